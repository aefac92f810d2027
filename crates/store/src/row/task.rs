//! Tasks as they stand, and what they published.

use std::time::Duration;

use gristmill_model::report::Artifact;
use gristmill_model::task::{State, Tally};
use gristmill_model::{AttemptNumber, FileId, Problem, TaskId, Timestamp};
use serde_json::Value;

/// A task as stored; also one that is only planned yet.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The step.
    pub step: String,
    /// The operation.
    pub op: String,
    /// Steps it comes after.
    pub after: Vec<String>,
    /// Where it stands.
    pub state: State,
    /// Attempts begun.
    pub attempts: AttemptNumber,
    /// Attempts that failed or lost their worker.
    pub tally: Tally,
    /// 0..=1; never falls.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// Predicted run time.
    pub estimate: Duration,
    /// Whether the file may succeed without it.
    pub optional: bool,
    /// When it may be claimed, while it waits for its time.
    pub due: Option<Timestamp>,
    /// When its last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The last problem, if any.
    pub error: Option<Problem>,
    /// What the operation reported.
    pub report: Value,
}

/// What a task made that is known by a key.
#[derive(Debug, Clone)]
pub struct Made {
    /// The task.
    pub task: TaskId,
    /// What its operation reported.
    pub report: Value,
    /// What it published.
    pub artifacts: Vec<Published>,
}

/// A published artifact with where its bytes are.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its file.
    pub file: FileId,
    /// The task that made it.
    pub task: TaskId,
    /// What it is.
    pub artifact: Artifact,
    /// Its blob key.
    pub key: String,
}
