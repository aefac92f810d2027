//! Where owners are told of all their jobs, and the log of tries to tell.

use std::time::Duration;

use gristmill_model::id::Uuid;
use gristmill_model::{EffectId, EndpointId, JobId, Timestamp};
use serde::{Deserialize, Serialize};

use super::notify::Moment;

/// A receiver of webhooks that an owner has for all their jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose.
    pub owner: String,
    /// Where it is.
    pub url: String,
    /// What it is told of.
    pub on: Vec<Moment>,
    /// What its messages are signed with.
    pub secrets: Vec<Secret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing is sent there, and why.
    pub disabled: Option<(Timestamp, String)>,
}

/// A secret of an endpoint.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// `whsec_…` or `whsk_…`.
    pub text: String,
    /// Until when it signs beside a newer one; the newest has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("until", &self.until).finish_non_exhaustive()
    }
}

/// What an owner changes of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointChange {
    /// This secret signs from now on; those before sign beside it for so long.
    Rotate(String, Duration),
    /// Messages are sent there again.
    Enable,
    /// No messages are sent there, for this reason.
    Disable(String),
    /// It is no more.
    Remove,
}

/// One try to tell somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// What was to be told; the id that the receiver knows it by.
    pub effect: EffectId,
    /// Whose message.
    pub owner: String,
    /// The endpoint, if it was one.
    pub endpoint: Option<EndpointId>,
    /// The job, if it was about one.
    pub job: Option<JobId>,
    /// What it told of: `job.finished`.
    pub event: String,
    /// Who was to be told: an address of mail, or the address of a webhook without what may be secret in it.
    pub receiver: String,
    /// When the try ended.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The how many-th it was, from 1.
    pub number: u32,
    /// What became of the message: `done`, `open` when it is tried again, `dead` when it is given up.
    pub state: super::EffectState,
    /// Why it failed.
    pub error: Option<String>,
}

/// Which tries to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Only this owner's.
    pub owner: Option<String>,
    /// Only to this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Only about this job.
    pub job: Option<JobId>,
    /// Only older than this one.
    pub before: Option<Uuid>,
    /// How many at most.
    pub limit: u32,
}

/// Which webhooks are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// This one, whatever became of it.
    One(EffectId),
    /// All to this endpoint that were given up since then.
    Lost(EndpointId, Timestamp),
}
