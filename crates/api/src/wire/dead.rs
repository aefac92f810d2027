//! Dead letters: tasks that are out of retries.

use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Cause;

/// A task that is out of retries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// `task_…`
    pub task_id: String,
    /// Its job.
    pub job_id: String,
    /// Whose it is.
    pub owner: String,
    /// The pipeline of its job.
    pub pipeline: String,
    /// The owner's name for the file.
    pub file: String,
    /// The step.
    pub step: String,
    /// Where it waited.
    pub queue: &'static str,
    /// Attempts it had.
    pub attempts: u32,
    /// Why it died.
    pub error: Option<Cause>,
    /// When it died.
    #[schema(format = DateTime)]
    pub ended_at: String,
    /// Until when it is kept.
    #[schema(format = DateTime)]
    pub kept_until: String,
}

impl DeadLetter {
    pub(crate) fn new(row: &rows::Dead) -> Self {
        Self {
            task_id: row.task.to_string(),
            job_id: row.task.job().to_string(),
            owner: row.owner.clone(),
            pipeline: row.pipeline.clone(),
            file: row.file.clone(),
            step: row.step.clone(),
            queue: row.queue.as_str(),
            attempts: row.attempts,
            error: row.error.as_ref().map(Cause::new),
            ended_at: row.ended_at.to_string(),
            kept_until: row.dead_until.to_string(),
        }
    }
}

/// Dead letters that died of the same, at the same step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct DeadGroup {
    /// The error code.
    pub code: String,
    /// What the newest of them said.
    pub message: String,
    /// How many there are.
    pub count: u64,
    /// The pipeline.
    pub pipeline: String,
    /// The step.
    pub step: String,
    /// The newest of them.
    pub example: String,
}

/// One page of dead letters, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeadPage {
    /// The letters.
    pub items: Vec<DeadLetter>,
    /// Give this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All that the filter finds, by what they died of; the largest group first.
    pub groups: Vec<DeadGroup>,
    /// How many the filter finds; at most 5000 are counted.
    pub total: u64,
}

/// Which dead letters: some by their ids, or what a filter finds, or `all`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DeadChoice {
    /// Ids of tasks.
    pub tasks: Vec<String>,
    /// Only with this error code.
    pub code: Option<String>,
    /// Only of this queue.
    pub queue: Option<String>,
    /// Only of this pipeline.
    pub pipeline: Option<String>,
    /// Only of this owner; for operators.
    pub owner: Option<String>,
    /// Everything. Must be said when nothing else is.
    pub all: bool,
    /// How many at most, 1 to 10000; default 10000.
    pub limit: Option<u32>,
}

/// How many there were.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Count {
    /// How many.
    pub count: u64,
}
