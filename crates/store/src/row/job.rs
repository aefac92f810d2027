//! Jobs as they stand, what happened to them, and how many there are.

use std::sync::Arc;

use gristmill_model::job::{JobStatus, Overrides, Priority};
use gristmill_model::operation::Class;
use gristmill_model::rollup::FileCounts;
use gristmill_model::task::State;
use gristmill_model::{JobId, Problem, Timestamp};
use serde_json::{Map, Value};

use super::notify::Notify;
use super::plan::Plan;

/// Why a job ends before its files have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The owner said stop.
    Cancelled,
    /// It waited too long for its start.
    Expired,
    /// It ran for longer than it may.
    TimedOut,
    /// It cannot go on: the critical-error path takes over.
    Critical(Problem),
}

/// A job as stored.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Who asked.
    pub owner: String,
    /// Its pipeline.
    pub pipeline: String,
    /// The pipeline's version when it was submitted.
    pub pipeline_version: u32,
    /// What it set over the pipeline's options.
    pub options: Overrides,
    /// Its steps, as they were when it was submitted.
    pub plan: Arc<Plan>,
    /// Who goes first.
    pub priority: Priority,
    /// The owner's name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data.
    pub metadata: Map<String, Value>,
    /// Who is told of what.
    pub notify: Option<Notify>,
    /// Where it stands.
    pub status: JobStatus,
    /// How its files stand.
    pub counts: FileCounts,
    /// Files of it that are not there yet.
    pub awaits: u32,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it expires unless it has started.
    pub expires_at: Timestamp,
    /// When its first task was claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// 0..=1, weighted by the estimates of its tasks.
    pub progress: f64,
    /// What its furthest running task is doing.
    pub phase: Option<String>,
}

/// Which jobs to list. Newest first.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only this owner's.
    pub owner: Option<String>,
    /// Only in this status.
    pub status: Option<JobStatus>,
    /// Only of this pipeline.
    pub pipeline: Option<String>,
    /// Only of this group.
    pub group: Option<String>,
    /// Only with this text in the id, group, or a file's name.
    pub text: Option<String>,
    /// Only older than this one.
    pub before: Option<JobId>,
    /// How many at most.
    pub limit: u32,
}

/// Something that happened to a job.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place among the events of its job: 1, 2, 3, … without gaps.
    pub seq: i64,
    /// Its job.
    pub job: JobId,
    /// When it was written.
    pub at: Timestamp,
    /// `job.created`, `task.started`, …
    pub kind: String,
    /// The rest of it: an object.
    pub data: Map<String, Value>,
}

/// Counts for `/metrics` and the older surfaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Jobs by status.
    pub jobs: Vec<(JobStatus, u64)>,
    /// Tasks that wait or run, by state and class.
    pub tasks: Vec<(State, Class, u64)>,
    /// Jobs that ended since the given time: completed, others.
    pub ended_since: (u64, u64),
    /// Sum of (end - start) and of (start - creation) over those, in milliseconds.
    pub spent_ms: (u64, u64),
}
