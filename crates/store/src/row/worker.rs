//! Workers: how they introduce themselves, their signs of life, and leases that have run out.

use std::time::Duration;

use gristmill_model::operation::Class;
use gristmill_model::{Fence, TaskId, Timestamp, WorkerId};

/// A sign of life of a worker.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// Who.
    pub worker: WorkerId,
    /// How long it counts as alive from now.
    pub lease: Duration,
    /// Everything it holds; what the store has no lease for is answered.
    pub held: Vec<(TaskId, Fence)>,
    /// Progress to write; need not be of everything it holds.
    pub beats: Vec<Beat>,
    /// Whether it claims nothing more.
    pub draining: bool,
}

/// Progress of one lease.
#[derive(Debug, Clone)]
pub struct Beat {
    /// The task.
    pub task: TaskId,
    /// The fence it was claimed with.
    pub fence: Fence,
    /// How far it is, 0..=1.
    pub progress: f64,
    /// What it is doing.
    pub phase: String,
}

/// A worker process, as it introduces itself.
#[derive(Debug, Clone)]
pub struct NewWorker {
    /// Its id: another at every start.
    pub id: WorkerId,
    /// The machine and process, for people.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its slots.
    pub slots: Vec<(Class, u32)>,
}

/// A worker as stored.
#[derive(Debug, Clone)]
pub struct Worker {
    /// Its id.
    pub id: WorkerId,
    /// The machine and process.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its slots by class.
    pub slots: Vec<(Class, u32)>,
    /// When it started.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// Whether it counts as alive now.
    pub alive: bool,
    /// Whether it claims nothing more.
    pub draining: bool,
    /// Tasks it runs.
    pub running: u32,
}

/// A lease that has run out.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// The task.
    pub task: TaskId,
    /// Its fence.
    pub fence: Fence,
    /// Whether the deadline passed (the worker may live), rather than the worker's lease.
    pub deadline: bool,
}
