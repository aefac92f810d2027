//! The end of an attempt, and what came of writing it.

use std::time::Duration;

use gristmill_model::report::Artifact;
use gristmill_model::task::State;
use gristmill_model::{Fence, TaskId};
use serde_json::Value;

use super::record::NewRecord;

/// The end of an attempt, to be written by [`Work::settle`](crate::Work::settle).
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The task.
    pub task: TaskId,
    /// The fence it was claimed with.
    pub fence: Fence,
    /// What happened.
    pub input: gristmill_model::task::Input,
    /// The operation's report, when it succeeded.
    pub report: Value,
    /// What it published, with the blob keys.
    pub artifacts: Vec<(Artifact, String)>,
    /// What it read out of the file, when it succeeded.
    pub record: Option<NewRecord>,
    /// What it is split into, when `input` is `Expanded`.
    pub parts: Vec<Part>,
    /// By what its result is known again, when it succeeded: a hash of all it depends on.
    pub key: Option<String>,
    /// Spread for the wait before a retry, 0..=1.
    pub jitter: f64,
}

impl Settlement {
    /// An end that leaves nothing behind.
    pub fn bare(task: TaskId, fence: Fence, input: gristmill_model::task::Input) -> Self {
        Self { task, fence, input, report: Value::Null, artifacts: Vec::new(), record: None, parts: Vec::new(), key: None, jitter: 1.0 }
    }
}

/// A part of a task that was split.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is, in the operation's own words; at most 64 KiB as JSON.
    pub spec: Value,
    /// Predicted run time.
    pub estimate: Duration,
}

/// What a settle did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Written.
    Written {
        /// The task's state now.
        state: State,
        /// Whether other tasks became ready.
        released: bool,
        /// Whether its job has ended with this.
        job_ended: bool,
    },
    /// The fence is old, or the task has ended already. Nothing was written.
    Stale,
}
