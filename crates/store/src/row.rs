//! What the store takes and gives back. Plain data.

mod upload;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::critical::Step;
use gristmill_model::id::Uuid;
use gristmill_model::job::{FileStatus, JobStatus, Overrides, Priority};
use gristmill_model::operation::Class;
use gristmill_model::pipeline::Pipeline;
use gristmill_model::queue::Queue;
use gristmill_model::report::Artifact;
use gristmill_model::rollup::FileCounts;
use gristmill_model::task::{State, Tally};
use gristmill_model::{AttemptNumber, EffectId, Fence, FileId, JobId, KeyId, Problem, TaskId, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use upload::{Begun, Growth, NewUpload, Quota, Segment, Upload};

/// A pipeline with the job's options laid over it and every step's class filled in, frozen when the job is submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pipeline: Pipeline,
    text: String,
}

impl Plan {
    /// The plan of this pipeline.
    pub fn new(pipeline: Pipeline) -> Self {
        let text = serde_json::to_string(&pipeline).unwrap_or_default();
        Self { pipeline, text }
    }

    /// The plan of a stored text. One that cannot be read has no steps, so that its job can still be listed and stopped.
    pub(crate) fn from_text(text: String) -> Self {
        let none = || Pipeline { name: String::new(), version: 0, about: String::new(), accepts: Vec::new(), steps: Vec::new() };
        Self { pipeline: serde_json::from_str(&text).unwrap_or_else(|_| none()), text }
    }

    /// Whether it could be read.
    pub(crate) fn is_readable(&self) -> bool {
        !self.pipeline.steps.is_empty()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Deref for Plan {
    type Target = Pipeline;
    fn deref(&self) -> &Pipeline {
        &self.pipeline
    }
}

/// A job to be written by [`Jobs::submit`](crate::Jobs::submit).
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Who asked.
    pub owner: String,
    /// What is done to each of its files.
    pub plan: Arc<Plan>,
    /// What the job sets over the pipeline's options.
    pub options: Overrides,
    /// Who goes first.
    pub priority: Priority,
    /// The owner's own name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    pub metadata: Map<String, Value>,
    /// Who is told of what.
    pub notify: Option<Notify>,
    /// Its files, in order.
    pub files: Vec<NewFile>,
    /// Files of it that are worked on at once; 0 is all.
    pub open_files: u32,
    /// Nothing of it is started before this much time has passed.
    pub delay: Duration,
    /// How long it may wait for its start; `None` is what its queue allows.
    pub expires: Option<Duration>,
    /// How long it may run from its start.
    pub timeout: Duration,
    /// Whether the critical-error path keeps its stored files.
    pub keep_files: bool,
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

/// A file of a [`NewJob`]. Its number is its place there.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The owner's name for it.
    pub name: String,
    /// Blob key of its bytes.
    pub source: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Predicted run time of each step of the plan.
    pub estimates: Vec<Duration>,
    /// What is held for it, and captured when it succeeds.
    pub price: Credits,
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
    /// The owner has not enough credits. Nothing was written.
    Short {
        /// What the job needs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
}

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
    /// Blob key of the file's bytes.
    pub source: String,
    /// Its size.
    pub bytes: u64,
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
    /// What it is split into, when `input` is `Expanded`.
    pub parts: Vec<Part>,
    /// Spread for the wait before a retry, 0..=1.
    pub jitter: f64,
}

impl Settlement {
    /// An end that leaves nothing behind.
    pub fn bare(task: TaskId, fence: Fence, input: gristmill_model::task::Input) -> Self {
        Self { task, fence, input, report: Value::Null, artifacts: Vec::new(), parts: Vec::new(), jitter: 1.0 }
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

/// What an attempt has done so far, to begin from when it is interrupted.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The task.
    pub task: TaskId,
    /// The fence it was claimed with.
    pub fence: Fence,
    /// The operation's own words.
    pub data: Value,
    /// Blobs it needs to go on.
    pub blobs: Vec<KeptBlob>,
}

/// A blob that a checkpoint names, with what its bytes must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBlob {
    /// The operation's name for it.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
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
    /// What it costs.
    pub price: Credits,
    /// What became of that.
    pub money: Money,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Where the price of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Money {
    /// Nothing was asked for it.
    #[default]
    None,
    /// Held.
    Held,
    /// Captured: the file succeeded.
    Captured,
    /// Given back.
    Refunded,
}

impl Money {
    /// The number that rows carry.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Held => 1,
            Self::Captured => 2,
            Self::Refunded => 3,
        }
    }

    pub(crate) fn from_code(code: i16) -> Option<Self> {
        [Self::None, Self::Held, Self::Captured, Self::Refunded].into_iter().find(|m| m.code() == code)
    }
}

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
    /// Tasks that wait or run, by state and class.
    pub tasks: Vec<(State, Class, u64)>,
    /// Jobs that ended since the given time: completed, others.
    pub ended_since: (u64, u64),
    /// Sum of (end - start) and of (start - creation) over those, in milliseconds.
    pub spent_ms: (u64, u64),
}

/// How a queue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Which.
    pub queue: Queue,
    /// Since when it is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Tasks (or effects) that may be claimed now.
    pub ready: u64,
    /// Tasks (or effects) that wait for their time.
    pub delayed: u64,
    /// Tasks that run.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Since when the longest waiting one waits.
    pub oldest: Option<Timestamp>,
}

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

/// What an owner has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Free to be held.
    pub available: Credits,
    /// Held for jobs.
    pub held: Credits,
}

/// Credits that moved.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub owner: String,
    /// From which account to which.
    pub kind: Kind,
    /// How much.
    pub amount: Credits,
    /// For which job.
    pub job: Option<JobId>,
    /// For which file of it.
    pub file: Option<u32>,
    /// Why, in an operator's words.
    pub note: Option<String>,
}

/// What does not add up in the ledger; all zero when it is sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audit {
    /// Accounts whose balance is not the sum of their transfers.
    pub wrong_balances: u64,
    /// Ended files whose price is still held, or open ones whose price is not.
    pub wrong_holds: u64,
    /// Holds that were ended twice, or ends without a hold.
    pub wrong_ends: u64,
    /// Credits held by accounts, less the prices of files that are held.
    pub held_difference: i64,
}

/// Something the world must see, written with the state that caused it. Sent again until it is done, always under the same id.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The same at every try.
    pub id: EffectId,
    /// The job that caused it.
    pub job: Option<JobId>,
    /// Whose that is.
    pub owner: String,
    /// What it is.
    pub body: EffectBody,
    /// Where it stands.
    pub state: EffectState,
    /// How often it was tried, this time included when it was taken.
    pub tries: u32,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due: Timestamp,
}

/// What an effect is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum EffectBody {
    /// A mail to whoever the job names.
    Mail {
        /// The address.
        to: String,
        /// What it tells of.
        about: Moment,
    },
    /// A webhook.
    Webhook {
        /// Where it goes.
        url: String,
        /// What it tells of.
        about: Moment,
    },
    /// A step of the critical-error path.
    Critical {
        /// Which.
        step: Step,
        /// Why the job could not go on.
        problem: Problem,
    },
    /// Stored bytes of a job that was deleted, to be removed.
    Delete {
        /// The prefix of their keys.
        prefix: String,
    },
    /// Workers are to look again.
    Wake,
}

impl EffectBody {
    /// Its name in rows and lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Mail { .. } => "mail",
            Self::Webhook { .. } => "webhook",
            Self::Critical { .. } => "critical",
            Self::Delete { .. } => "delete",
            Self::Wake => "wake",
        }
    }
}

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Given up.
    Dead,
}

impl EffectState {
    /// The name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Dead].into_iter().find(|s| s.as_str() == name)
    }
}

/// How one try of an effect ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectEnd {
    /// It is done.
    Done,
    /// It is tried again after this long.
    Again(Duration, String),
    /// It is not tried any more.
    GaveUp(String),
}

/// Who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One's own jobs and credits.
    Owner,
    /// Besides, queues, workers and dead letters of all.
    Operator,
    /// Besides, keys and credits of all.
    Admin,
}

impl Role {
    /// The name in rows and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Owner, Self::Operator, Self::Admin].into_iter().find(|r| r.as_str() == name)
    }
}

/// An API key without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// The public half.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// For whom it speaks.
    pub owner: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the secret half, lower-case hexadecimal.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
}

/// Work that comes again and again: a rule of time and what to submit.
#[derive(Debug, Clone)]
pub struct Cron {
    /// Whose.
    pub owner: String,
    /// Its name, one per owner.
    pub name: String,
    /// The rule, five fields as in crontab.
    pub rule: String,
    /// What is submitted.
    pub body: Value,
    /// When it is next.
    pub next_at: Timestamp,
    /// When it was last.
    pub last_at: Option<Timestamp>,
    /// Whether it waits.
    pub paused: bool,
}
