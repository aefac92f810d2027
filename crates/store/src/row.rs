//! What the store keeps and gives back: jobs, files, tasks, artifacts, events. Plain data.

use std::time::Duration;

use gristmill_model::job::{FileStatus, JobStatus, Overrides, Priority};
use gristmill_model::operation::{Class, Kind};
use gristmill_model::report::Artifact;
use gristmill_model::retry::Retry;
use gristmill_model::rollup::FileCounts;
use gristmill_model::task::{State, Tally};
use gristmill_model::{AttemptNumber, Fence, FileId, JobId, Problem, TaskId, Timestamp, WorkerId};
use serde_json::{Map, Value};

/// A job to be written by [`Store::submit`](crate::Store::submit).
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Who asked.
    pub owner: String,
    /// Its pipeline's name.
    pub pipeline: String,
    /// Its pipeline's version.
    pub pipeline_version: u32,
    /// What the job sets over the pipeline's options.
    pub options: Overrides,
    /// Who goes first.
    pub priority: Priority,
    /// The owner's own name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    pub metadata: Map<String, Value>,
    /// Its files, in order.
    pub files: Vec<NewFile>,
    /// The caller's idempotency key and a fingerprint of the request.
    pub idempotency: Option<Idempotency>,
}

/// A key under which a request may be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The `Idempotency-Key`.
    pub key: String,
    /// A hash of the request's content; another content under the same key is refused.
    pub fingerprint: String,
}

/// A file of a [`NewJob`].
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its id.
    pub id: FileId,
    /// The owner's name for it.
    pub name: String,
    /// Blob key of its bytes.
    pub source: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its tasks: one a step.
    pub tasks: Vec<NewTask>,
}

/// A task of a [`NewFile`]. It starts `Ready` when `after` is empty, else `Waiting`.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// The step it runs.
    pub step: String,
    /// The operation.
    pub op: String,
    /// Steps it comes after.
    pub after: Vec<String>,
    /// The operation's options, the job's own already laid over them.
    pub options: Map<String, Value>,
    /// Kinds the pipeline accepts.
    pub accepts: Vec<Kind>,
    /// Which slots it takes.
    pub class: Class,
    /// When it runs again.
    pub retry: Retry,
    /// Hard deadline of one attempt.
    pub timeout: Duration,
    /// Predicted run time; the weight of its progress.
    pub estimate: Duration,
    /// Whether the file may succeed without it.
    pub optional: bool,
}

/// What a submit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// A new job was written.
    Created,
    /// The same key and request made this job before.
    Before(JobId),
    /// The key belongs to another request.
    KeyTaken,
}

/// A task with the right to run it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its job.
    pub job: JobId,
    /// Its file.
    pub file: FileId,
    /// Itself.
    pub task: TaskId,
    /// Whoever holds an older one can write nothing.
    pub fence: Fence,
    /// Which run this is, from 1.
    pub attempt: AttemptNumber,
    /// The step.
    pub step: String,
    /// The operation.
    pub op: String,
    /// Steps it comes after.
    pub after: Vec<String>,
    /// The operation's options.
    pub options: Map<String, Value>,
    /// Kinds the pipeline accepts.
    pub accepts: Vec<Kind>,
    /// Which slot it takes.
    pub class: Class,
    /// Hard deadline of this attempt, from now.
    pub timeout: Duration,
    /// The owner's name for the file.
    pub name: String,
    /// Blob key of the file's bytes.
    pub source: String,
    /// Its size.
    pub bytes: u64,
}

/// The end of an attempt, to be written by [`Store::settle`](crate::Store::settle).
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
    /// Spread for the wait before a retry, 0..=1.
    pub jitter: f64,
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

/// A sign of life for one lease.
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

/// A lease or deadline that has passed.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// The task.
    pub task: TaskId,
    /// Its fence.
    pub fence: Fence,
    /// Whether the deadline passed (the worker may live), rather than the lease.
    pub deadline: bool,
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
    /// Who goes first.
    pub priority: Priority,
    /// The owner's name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data.
    pub metadata: Map<String, Value>,
    /// Where it stands.
    pub status: JobStatus,
    /// How its files stand.
    pub counts: FileCounts,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its first task was claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// 0..=1, weighted by the estimates of its tasks.
    pub progress: f64,
    /// What its furthest running task is doing.
    pub phase: Option<String>,
}

/// A file as stored.
#[derive(Debug, Clone)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The owner's name for it.
    pub name: String,
    /// Blob key of its bytes.
    pub source: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Where it stands.
    pub status: FileStatus,
    /// Why it was skipped or failed.
    pub error: Option<Problem>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A task as stored.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its file.
    pub file: FileId,
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
    /// 0..=1; never falls while the task runs.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// Predicted run time.
    pub estimate: Duration,
    /// Whether the file may succeed without it.
    pub optional: bool,
    /// When it may be claimed next, while it is `Ready`.
    pub run_at: Timestamp,
    /// When its last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The last problem, if any.
    pub error: Option<Problem>,
    /// What the operation reported.
    pub report: Value,
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

/// Something that happened to a job. Sequence numbers only grow, over all jobs.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the order of all events.
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

/// Counts for `/metrics` and the older surfaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Jobs by status.
    pub jobs: Vec<(JobStatus, u64)>,
    /// Tasks by state and class, ended ones left out.
    pub tasks: Vec<(State, Class, u64)>,
    /// Jobs that ended since the given time: completed, others.
    pub ended_since: (u64, u64),
    /// Sum of (end - start) and of (start - creation) over those, in milliseconds.
    pub spent_ms: (u64, u64),
}

/// The holder of leases.
pub type Holder = WorkerId;
