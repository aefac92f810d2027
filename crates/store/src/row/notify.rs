//! Who is told of which moments of a job.

use gristmill_model::EndpointId;
use serde::{Deserialize, Serialize};

/// Who is told of what happens to a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Where mail goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Which moments are mailed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Moment>,
    /// Where webhooks go, when the job has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<String>,
    /// The owner's endpoints that were there when the job was submitted; written by the submit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Listener>,
    /// Whether what happens to it is announced to other programs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub announce: bool,
}

/// An endpoint, and the moments it is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Which.
    pub id: EndpointId,
    /// Of what.
    pub on: Vec<Moment>,
}

/// A moment in the life of a job, or of a group of jobs, that somebody may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Its first task was claimed.
    Started,
    /// It ended with at least one file that succeeded.
    Finished,
    /// It ended without one, or was stopped.
    Failed,
    /// It ended, and credits for files of it were given back.
    Refunded,
    /// All jobs of its group have ended.
    Group,
}

impl Moment {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Started, Self::Finished, Self::Failed, Self::Refunded, Self::Group];

    /// What programs that are told call it.
    pub fn event(self) -> &'static str {
        match self {
            Self::Started => "job.started",
            Self::Finished => "job.finished",
            Self::Failed => "job.failed",
            Self::Refunded => "job.refunded",
            Self::Group => "group.ended",
        }
    }

    /// Whether a job has ended then.
    pub(crate) fn ends_job(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}
