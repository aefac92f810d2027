//! What a worker asks for, and the right to run a task that it gets.

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::operation::Class;
use gristmill_model::{AttemptNumber, Fence, JobId, TaskId, WorkerId};
use serde_json::Value;

use super::file::Password;
use super::plan::Plan;

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks.
    pub worker: WorkerId,
    /// What it has room for, by class.
    pub room: Vec<Room>,
    /// How long it counts as alive without a heartbeat.
    pub lease: Duration,
    /// Jobs it may run something of at once.
    pub most_jobs: u32,
    /// Jobs it runs something of now.
    pub jobs: Vec<JobId>,
    /// The owner it served last; the others come first this time.
    pub turn: String,
}

/// A worker's room for tasks of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The class.
    pub class: Class,
    /// Free slots.
    pub free: u32,
    /// All slots.
    pub slots: u32,
    /// Large tasks it runs now.
    pub large: u32,
}

/// A task with the right to run it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Itself.
    pub task: TaskId,
    /// Whose it is.
    pub owner: String,
    /// Whoever holds an older one can write nothing.
    pub fence: Fence,
    /// Which run this is, from 1.
    pub attempt: AttemptNumber,
    /// What is done to the file; the task runs one step of it.
    pub plan: Arc<Plan>,
    /// Which slot it takes.
    pub class: Class,
    /// The owner's name for the file.
    pub name: String,
    /// Blob key of the file's bytes, or where else they are.
    pub source: String,
    /// What tells the version that was submitted from others, when it is not a blob of ours.
    pub tag: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes; empty when nobody of ours has seen them all.
    pub sha256: String,
    /// What it is opened with, when it asks for it.
    pub password: Option<Password>,
    /// Whether nothing of its job is answered from what was made before.
    pub anew: bool,
    /// What this part is, when it is one.
    pub spec: Option<Value>,
    /// How many parts have ended, when this run joins them; else 0.
    pub parts: u32,
    /// Whether its predicted work is large, see `schedule::LARGE`.
    pub large: bool,
    /// Progress of earlier attempts, 0..=1.
    pub progress: f64,
}

impl Claimed {
    /// The step it runs.
    pub fn step(&self) -> &gristmill_model::pipeline::Step {
        &self.plan.steps[usize::from(self.task.step)]
    }
}
