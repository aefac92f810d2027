//! Effects: what the world must see, where each stands, and how a try ended.

use std::time::Duration;

use gristmill_model::critical::Step;
use gristmill_model::queue::Queue;
use gristmill_model::{EffectId, EndpointId, JobId, Problem, Timestamp};
use serde::{Deserialize, Serialize};

use super::notify::Moment;

/// Something the world must see, written with the state that caused it. Sent again until it is done, always under the same id.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The same at every try.
    pub id: EffectId,
    /// The job that caused it.
    pub job: Option<JobId>,
    /// Whose that is.
    pub owner: String,
    /// What it is.
    pub body: EffectBody,
    /// Where it stands.
    pub state: EffectState,
    /// How often it was tried, this time included when it was taken.
    pub tries: u32,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due: Timestamp,
}

/// What an effect is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectBody {
    /// A mail to whoever the job names.
    Mail {
        /// The address.
        to: String,
        /// What it tells of.
        about: Moment,
    },
    /// A webhook.
    Webhook {
        /// Where it goes.
        url: String,
        /// What it tells of.
        about: Moment,
    },
    /// A webhook to an endpoint of the owner.
    Endpoint {
        /// Which.
        endpoint: EndpointId,
        /// What it tells of.
        about: Moment,
    },
    /// All jobs of a group have ended.
    Group {
        /// Who is told.
        way: Way,
        /// The owner's name for the group.
        group: String,
    },
    /// Something that other programs see on a broker.
    Announce {
        /// Where: events, notifications, or the queue in which a task died.
        queue: Queue,
        /// What happened: `job.ended`.
        kind: String,
        /// The rest of it.
        payload: serde_json::Value,
    },
    /// A mail to the admin: somebody could not be told.
    Undelivered {
        /// The message that was given up.
        message: EffectId,
        /// Who was to be told.
        receiver: String,
        /// What it was about.
        event: String,
        /// Why it was given up.
        why: String,
    },
    /// A step of the critical-error path.
    Critical {
        /// Which.
        step: Step,
        /// Why the job could not go on.
        problem: Problem,
    },
    /// Stored bytes of a job or upload that is no more, to be removed.
    Delete {
        /// The prefix of their keys.
        prefix: String,
    },
}

impl EffectBody {
    /// What it tells people or programs of, when it does.
    pub fn event(&self) -> Option<&'static str> {
        match self {
            Self::Mail { about, .. } | Self::Webhook { about, .. } | Self::Endpoint { about, .. } => Some(about.event()),
            Self::Group { .. } => Some(Moment::Group.event()),
            Self::Critical { .. } | Self::Delete { .. } | Self::Announce { .. } | Self::Undelivered { .. } => None,
        }
    }

    /// Who is told, without what only they may know: an address of mail, or scheme and host of a webhook. Empty for an endpoint.
    pub fn receiver(&self) -> String {
        match self {
            Self::Mail { to, .. } | Self::Group { way: Way::Mail(to), .. } => to.clone(),
            Self::Webhook { url, .. } | Self::Group { way: Way::Url(url), .. } => without_secrets(url),
            _ => String::new(),
        }
    }

    /// The endpoint it goes to, if it does.
    pub fn endpoint(&self) -> Option<EndpointId> {
        match self {
            Self::Endpoint { endpoint, .. } | Self::Group { way: Way::Endpoint(endpoint), .. } => Some(*endpoint),
            _ => None,
        }
    }

    /// Its name in rows and lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Mail { .. } | Self::Undelivered { .. } | Self::Group { way: Way::Mail(_), .. } => "mail",
            Self::Webhook { .. } | Self::Endpoint { .. } | Self::Group { .. } => "webhook",
            Self::Announce { .. } => "announce",
            Self::Critical { .. } => "critical",
            Self::Delete { .. } => "delete",
        }
    }
}

/// Scheme and host of an address: what stands behind them, or before the host, is often a secret.
pub(crate) fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// A way to somebody who is told of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To an address of mail.
    Mail(String),
    /// To an address of a webhook.
    Url(String),
    /// To an endpoint of the owner.
    Endpoint(EndpointId),
}

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Given up.
    Dead,
}

impl EffectState {
    /// The name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Dead].into_iter().find(|s| s.as_str() == name)
    }
}

/// How one try of an effect ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectEnd {
    /// It is done.
    Done,
    /// It is tried again after this long.
    Again(Duration, String),
    /// It is not tried any more: it can never be done, through no fault of the service.
    GaveUp(String),
    /// It is not tried any more, and the admin must know: the tries are used up, or the settings are wrong.
    Undelivered(String),
    /// It is not tried any more, and its receiver wants nothing more: an endpoint is disabled.
    Gone(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_scheme_and_host_are_told() {
        for (url, told) in [
            ("https://example.org/hook?key=secret", "https://example.org"),
            ("https://user:secret@example.org:8443?x", "https://example.org:8443"),
            ("http://[::1]:9/#secret", "http://[::1]:9"),
        ] {
            assert_eq!(without_secrets(url), told);
        }
    }
}
