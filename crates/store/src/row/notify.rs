//! Who is told of which moments of a job.

use serde::{Deserialize, Serialize};

/// Who is told of what happens to a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notify {
    /// Where mail goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Which ends and beginnings are mailed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Moment>,
    /// Where webhooks go, when the job has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<String>,
}

/// A moment in a job's life that somebody may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Its first task was claimed.
    Started,
    /// It ended with at least one file that succeeded.
    Finished,
    /// It ended without one, or was stopped.
    Failed,
}
