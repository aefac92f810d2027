//! Why a service did not do its work, whose fault that was, and whether trying again can help. Never a key, an address or the words of
//! the service, which may repeat them: of those its code alone.

use std::time::Duration;

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The operator: an address, a key, what was paid for, how much may be spent.
    Settings,
    /// The service, or the way to it.
    Service,
    /// What it was given: a picture or a document that it cannot take.
    Input,
}

/// Why a service did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The settings cannot be used.
    #[error("The settings of {service} are wrong: {why}.")]
    Settings {
        /// Which service.
        service: &'static str,
        /// What is wrong with which of them.
        why: &'static str,
    },
    /// The service does not know us, or does not let us.
    #[error("{service} does not let us ({code}): check the key, what it permits, and whether the service is enabled and paid for.")]
    Credentials {
        /// Which service.
        service: &'static str,
        /// The status and the service's code, such as `403 SERVICE_DISABLED`.
        code: String,
    },
    /// We asked too often, or for too much in a while.
    #[error("{service} takes no more of us for now ({code}): ask again later, or raise the quota.")]
    Quota {
        /// Which service.
        service: &'static str,
        /// The status and the service's code.
        code: String,
        /// How long the service wants us to wait, a day at most.
        after: Option<Duration>,
    },
    /// The service did not do it, for a reason of its own or because of how it was asked.
    #[error("{service} refused ({code}): {}.", if *retry { "ask again later" } else { "check its address and what is asked of it" })]
    Refused {
        /// Which service.
        service: &'static str,
        /// The status and the service's code.
        code: String,
        /// Whether the same may be answered later.
        retry: bool,
        /// How long the service wants us to wait, a day at most.
        after: Option<Duration>,
    },
    /// No connection could be made, or it broke.
    #[error("{service} was not reached: {why}; is it running, and is its address right?")]
    Unreachable {
        /// Which service.
        service: &'static str,
        /// What happened.
        why: &'static str,
    },
    /// There was no whole answer in time.
    #[error("{service} did not answer within {} s: ask again later, or give it more time.", limit.as_secs_f64())]
    TooSlow {
        /// Which service.
        service: &'static str,
        /// How long it had.
        limit: Duration,
    },
    /// The answer is not one that we understand.
    #[error("{service} gave an answer that makes no sense: {why}.")]
    Answer {
        /// Which service.
        service: &'static str,
        /// What it lacks.
        why: &'static str,
    },
    /// What a model answered breaks the schema, also after it was told so.
    #[error("The language model answered twice what the schema does not allow, in {} places the second time: try another model.", violations.len())]
    Invalid {
        /// In sentences, each with its path. They quote the answer, and thereby the document: show them to its owner only.
        violations: Vec<String>,
    },
    /// The picture is none, or not one that the service reads.
    #[error("{service} cannot read this picture ({code}); it may be damaged or of an extreme shape.")]
    Unreadable {
        /// Which service.
        service: &'static str,
        /// The service's code.
        code: String,
    },
    /// More than the service takes at once.
    #[error("This is too large for {service}: {why}.")]
    TooLarge {
        /// Which service.
        service: &'static str,
        /// How much it is and how much may be.
        why: String,
    },
    /// Asking would cost more than may be spent on one document.
    #[error(
        "The language model was not asked: that takes at least {least} tokens, and {left} may be spent. Raise the budget, or look at fewer pages."
    )]
    Budget {
        /// What the question takes at the very least.
        least: u64,
        /// What was left of the budget.
        left: u64,
    },
}

impl ServiceError {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            Self::Quota { .. } | Self::Unreachable { .. } | Self::TooSlow { .. } => true,
            Self::Refused { retry, .. } => *retry,
            _ => false,
        }
    }

    /// The soonest at which the service wants to be asked again, if it says so.
    pub fn after(&self) -> Option<Duration> {
        match self {
            Self::Quota { after, .. } | Self::Refused { after, .. } => *after,
            _ => None,
        }
    }

    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Settings { .. } | Self::Credentials { .. } | Self::Refused { retry: false, .. } | Self::Budget { .. } => Blame::Settings,
            Self::Unreadable { .. } | Self::TooLarge { .. } => Blame::Input,
            _ => Blame::Service,
        }
    }
}
