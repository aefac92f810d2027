//! Effects: what the world must see, where each stands, and how a try ended.

use std::time::Duration;

use gristmill_model::critical::Step;
use gristmill_model::{EffectId, JobId, Problem, Timestamp};
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
    /// Its name in rows and lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Mail { .. } => "mail",
            Self::Webhook { .. } => "webhook",
            Self::Critical { .. } => "critical",
            Self::Delete { .. } => "delete",
        }
    }
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
    /// It is not tried any more.
    GaveUp(String),
}
