//! Dead letters: tasks that are out of retries.

use gristmill_model::queue::Queue;
use gristmill_model::{AttemptNumber, Problem, TaskId, Timestamp};

/// A task that is out of retries.
#[derive(Debug, Clone)]
pub struct Dead {
    /// Itself.
    pub task: TaskId,
    /// Whose it is.
    pub owner: String,
    /// The pipeline of its job.
    pub pipeline: String,
    /// The owner's name for the file.
    pub file: String,
    /// The step.
    pub step: String,
    /// Where it waited.
    pub queue: Queue,
    /// Attempts it had.
    pub attempts: AttemptNumber,
    /// Why it died.
    pub error: Option<Problem>,
    /// When.
    pub ended_at: Timestamp,
    /// Until when it is kept.
    pub dead_until: Timestamp,
}

/// Which dead letters.
#[derive(Debug, Clone, Default)]
pub struct DeadFilter {
    /// Only this owner's.
    pub owner: Option<String>,
    /// Only these.
    pub tasks: Vec<TaskId>,
    /// Only with this error code.
    pub code: Option<String>,
    /// Only of this queue.
    pub queue: Option<Queue>,
    /// Only of this pipeline.
    pub pipeline: Option<String>,
    /// How many at most.
    pub limit: u32,
}
