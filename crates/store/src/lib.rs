//! Durable truth. [`Store`] is a handful of small traits, whose every method is one transaction and one promise; [`sqlite`] keeps it in
//! a file, [`postgres`] in a server.
//!
//! A verb is written once: it loads rows, a pure function decides, and the rows that changed are written. What may follow what
//! is decided in `gristmill_model`; the two dialects bring connections, transactions and a few ways to touch rows. `contract`
//! holds the promises as tests that both must pass.

mod book;
pub mod contract;
mod error;
pub mod postgres;
mod row;
mod sql;
pub mod sqlite;
mod verbs;

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::credits::Credits;
use gristmill_model::queue::Queue;
use gristmill_model::{EffectId, EndpointId, Fence, FileId, JobId, KeyId, TaskId, Timestamp, UploadId, WorkerId};

pub use error::StoreError;
pub use row::{
    Account, ApiKey, Arrival, Arrived, Audit, Awaited, Beat, Begun, Checkpoint, Claim, Claimed, Come, Correction, Cron, Dead, DeadFilter,
    Delivery, DeliveryFilter, Effect, EffectBody, EffectEnd, EffectState, Endpoint, EndpointChange, Event, File, Growth, Heartbeat,
    Idempotency, Job, JobFilter, KeptBlob, Listener, Made, Moment, Money, NewFile, NewJob, NewRecord, NewUpload, NewWorker, Notify,
    Overdue, Pace, Part, Password, Plan, Published, QueueState, Quota, Record, RecordFilter, RecordState, Replay, Review, Reviewed, Role,
    Room, Secret, Segment, Settled, Settlement, Stop, Submitted, Task, Totals, Transfer, Upload, Way, Worker,
};

/// The number of the newest schema; that of a store once it is open.
pub fn schema() -> i64 {
    sqlite::schema()
}

/// The result of every store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// From which step a job is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryFrom {
    /// Every step that did not succeed, of every file that did not succeed.
    Failed,
    /// Every step of every file.
    All,
    /// This step and all that come after it, of every file.
    Step(String),
}

/// What a retry did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// So many tasks run again; none when nothing would.
    Tasks(u64),
    /// The owner has not enough credits to hold the price of the files again. Nothing was written.
    Short {
        /// What the retry needs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
}

/// The life of jobs as their owners see it.
#[async_trait]
pub trait Jobs {
    /// Writes jobs with their files, credit holds, first tasks and events: each whole or not at all. Once it returns, they survive a
    /// crash. Answers in the order they were given.
    async fn submit(&self, jobs: Vec<NewJob>) -> Result<Vec<Submitted>>;

    /// Ends a job before its files have: nothing of it waits or runs any more, and what was held for open files is given back.
    /// `false` when it had ended already, or the reason is none any more: it has started or has more time, or is on the
    /// critical-error path.
    async fn stop(&self, job: JobId, why: Stop) -> Result<bool>;

    /// Runs an ended job again; nothing of it while it is on the critical-error path.
    async fn retry(&self, job: JobId, from: RetryFrom) -> Result<Retried>;

    /// Forgets an ended job and all its rows but transfers, and leaves an effect that removes its blobs under `prefix`. `false`
    /// when it has not ended.
    async fn delete(&self, job: JobId, prefix: String) -> Result<bool>;

    /// One job.
    async fn job(&self, job: JobId) -> Result<Option<Job>>;

    /// Jobs, newest first.
    async fn jobs(&self, filter: JobFilter) -> Result<Vec<Job>>;

    /// The files of a job, in order.
    async fn files(&self, job: JobId) -> Result<Vec<File>>;

    /// The tasks of a job, in the order of files and steps; of one file if given. Steps that have no task yet are told as waiting.
    async fn tasks(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Task>>;

    /// The ended parts of a task that was split, in order.
    async fn parts(&self, task: TaskId) -> Result<Vec<Task>>;

    /// The artifacts of a job, by file and name; of one file if given.
    async fn artifacts(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Published>>;

    /// Events of a job after number `seq`, oldest first.
    async fn events(&self, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>>;

    /// Counts over all jobs of an owner, or of all.
    async fn totals(&self, owner: Option<String>, since: Timestamp) -> Result<Totals>;
}

/// The path of a task: leases and their ends.
#[async_trait]
pub trait Work {
    /// Introduces a worker.
    async fn enlist(&self, worker: NewWorker, lease: Duration) -> Result<()>;

    /// Leases ready tasks to a worker, chosen by `schedule::choose`, and counts the attempts. Also a sign of life. A job whose plan
    /// cannot be read goes on the critical-error path instead.
    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>>;

    /// How long until the first task that waits for its time may be claimed.
    async fn next_due(&self) -> Result<Option<Duration>>;

    /// Keeps the worker's leases and writes progress. Answers the claims that it no longer holds and must stop.
    async fn heartbeat(&self, beat: Heartbeat) -> Result<Vec<(TaskId, Fence)>>;

    /// Leases that the store has for a worker.
    async fn leases(&self, worker: WorkerId) -> Result<Vec<(TaskId, Fence)>>;

    /// What a task of this owner made that is known by this key, if it is still there.
    async fn made(&self, owner: String, key: String) -> Result<Option<Made>>;

    /// Ends attempts: next state, report, artifact pointers, money, released dependants, roll-ups, effects and events, together or not
    /// at all. Each is refused as [`Settled::Stale`] when its fence is not the latest. Answers in the order they were given.
    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<Settled>>;

    /// Writes down what a running attempt has done. `false` when its fence is not the latest.
    async fn keep(&self, checkpoint: Checkpoint) -> Result<bool>;

    /// The last checkpoint of a task.
    async fn kept(&self, task: TaskId) -> Result<Option<Checkpoint>>;

    /// Leases whose worker is gone or whose deadline has passed, at most `limit`.
    async fn overdue(&self, limit: u32) -> Result<Vec<Overdue>>;

    /// Leases held by anyone but `worker`. For a store that serves one process, all these holders are gone.
    async fn orphans(&self, worker: WorkerId) -> Result<Vec<Overdue>>;

    /// The workers that were heard of lately.
    async fn workers(&self) -> Result<Vec<Worker>>;
}

/// Queues and what died in them.
#[async_trait]
pub trait Queues {
    /// How each queue stands.
    async fn queues(&self) -> Result<Vec<QueueState>>;

    /// Lets nothing more of a queue be claimed, or lets it again.
    async fn pause(&self, queue: Queue, paused: bool, who: String) -> Result<()>;

    /// Dead letters, newest first.
    async fn dead(&self, filter: DeadFilter) -> Result<Vec<Dead>>;

    /// Runs dead letters again. Answers how many; those whose owner is short of credits are left.
    async fn redrive(&self, filter: DeadFilter) -> Result<u64>;

    /// Forgets dead letters. Their jobs stay as they are.
    async fn purge(&self, filter: DeadFilter) -> Result<u64>;
}

/// Credits: double entry, every transfer once.
#[async_trait]
pub trait Ledger {
    /// Gives an owner credits.
    async fn grant(&self, owner: String, amount: Credits, note: Option<String>) -> Result<Account>;

    /// The same, at most once for an idempotency key of whoever gives. Answers the transfer, also when it was made before; `None`
    /// when the key belongs to another request.
    async fn grant_once(
        &self,
        by: String,
        key: Option<Idempotency>,
        owner: String,
        amount: Credits,
        note: Option<String>,
    ) -> Result<Option<Transfer>>;

    /// What an owner has.
    async fn account(&self, owner: String) -> Result<Account>;

    /// Transfers of an owner, newest first, older than `before`.
    async fn transfers(&self, owner: String, before: Option<gristmill_model::id::Uuid>, limit: u32) -> Result<Vec<Transfer>>;

    /// Looks for what does not add up.
    async fn audit(&self) -> Result<Audit>;
}

/// Effects on their way to the world.
#[async_trait]
pub trait Outbox {
    /// Takes effects that are due, for `lease`: whoever asks next does not get them before.
    async fn take_effects(&self, limit: u32, lease: Duration) -> Result<Vec<Effect>>;

    /// Writes how a try ended, and what the critical-error path does next, together.
    async fn end_effect(&self, id: EffectId, end: EffectEnd) -> Result<()>;

    /// The same for a try to tell somebody that took so long: it is logged, an admin hears of a message that was given up (once a day for
    /// each receiver), and an endpoint that wants nothing more is disabled.
    async fn end_delivery(&self, id: EffectId, end: EffectEnd, took: Duration) -> Result<()>;

    /// The refund, the requeue and the status of the critical-error path: done together with the end of their effect, or not at all.
    /// `false` when it is no such step, or was done already.
    async fn do_critical(&self, id: EffectId) -> Result<bool>;

    /// Effects of a job.
    async fn effects(&self, job: JobId) -> Result<Vec<Effect>>;
}

/// Where owners are told of all their jobs, and what became of it.
#[async_trait]
pub trait Endpoints {
    /// Writes an endpoint. It is told of jobs that are submitted from now on.
    async fn add_endpoint(&self, endpoint: Endpoint) -> Result<Endpoint>;

    /// Those of an owner, or all.
    async fn endpoints(&self, owner: Option<String>) -> Result<Vec<Endpoint>>;

    /// One.
    async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>>;

    /// Changes one, and answers it as it is now, or was when it is removed. `None` when there is none.
    async fn change_endpoint(&self, id: EndpointId, change: EndpointChange) -> Result<Option<Endpoint>>;

    /// Tries to tell somebody, newest first.
    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>>;

    /// Sends webhooks of an owner again, under their ids. Answers how many.
    async fn replay(&self, owner: String, what: Replay) -> Result<u64>;
}

/// What was read out of files, and what people made of it.
#[async_trait]
pub trait Records {
    /// Records, those of the newest job first and within a job in the order of its files.
    async fn records(&self, filter: RecordFilter) -> Result<Vec<Record>>;

    /// One.
    async fn record(&self, file: FileId) -> Result<Option<Record>>;

    /// Writes what a person made of a record as it was seen, with what was changed; never over a change of somebody else.
    async fn review(&self, review: Review) -> Result<Reviewed>;

    /// What people changed in a record, oldest first.
    async fn corrections(&self, file: FileId) -> Result<Vec<Correction>>;
}

/// Who may come in.
#[async_trait]
pub trait Keys {
    /// Writes a key.
    async fn add_key(&self, key: ApiKey) -> Result<()>;

    /// A key by its public half, revoked or not.
    async fn key(&self, id: KeyId) -> Result<Option<ApiKey>>;

    /// All keys.
    async fn keys(&self) -> Result<Vec<ApiKey>>;

    /// Revokes a key. `false` when there is none, or it was revoked already.
    async fn revoke_key(&self, id: KeyId) -> Result<bool>;
}

/// Bytes on their way in.
#[async_trait]
pub trait Uploads {
    /// Writes an upload of which nothing has arrived, unless the owner has too much on its way; also of many begins at once.
    async fn begin_upload(&self, new: NewUpload, quota: Quota) -> Result<Begun>;

    /// Makes one upload of complete partial ones of the same owner, in this order. They are no uploads any more.
    async fn join_uploads(&self, new: NewUpload, pieces: Vec<UploadId>) -> Result<Begun>;

    /// One that has not expired.
    async fn upload(&self, id: UploadId) -> Result<Option<Upload>>;

    /// Adds a piece. `false`, and nothing written, when the upload does not stand where the piece begins, when the piece does not fit
    /// into its length, or when it is gone: the piece's blob is the caller's to remove then, unless a piece that was taken has its key.
    async fn grow_upload(&self, growth: Growth) -> Result<bool>;

    /// Forgets an upload, and leaves effects that remove its blobs. `false` when there is none.
    async fn end_upload(&self, id: UploadId) -> Result<bool>;

    /// The same for those that have expired. Answers how many.
    async fn prune_uploads(&self, limit: u32) -> Result<u64>;
}

/// Files that jobs name and that are not there yet.
#[async_trait]
pub trait Arrivals {
    /// Takes the looks that are due: each is due again after its wait, so that of many processes one looks.
    async fn looks(&self, pace: Pace, limit: u32) -> Result<Vec<Awaited>>;

    /// Makes the looks for this source due, of one owner's files or of all. Answers how many files that are.
    async fn look_now(&self, source: String, owner: Option<String>) -> Result<u64>;

    /// Writes down that a file has come, or never can. With the last of its files a job can start.
    async fn arrive(&self, arrival: Arrival) -> Result<Arrived>;
}

/// What duties ask for and clear away.
#[async_trait]
pub trait Upkeep {
    /// Jobs that waited or ran for too long, and why they are to be stopped.
    async fn too_long(&self, limit: u32) -> Result<Vec<(JobId, Stop)>>;

    /// Writes a warning event for jobs that have waited longer than this for their start; once each.
    async fn warn_waiting(&self, longer: Duration, limit: u32) -> Result<u64>;

    /// Ends files whose next task has waited in its queue for longer than the queue allows.
    async fn expire_tasks(&self, limit: u32) -> Result<u64>;

    /// Removes what is past its time: dead letters, old events, keys of old requests, workers that are gone.
    async fn prune(&self, limit: u32) -> Result<u64>;

    /// Jobs that ended and whose unreferenced blobs were not swept yet.
    async fn unswept(&self, limit: u32) -> Result<Vec<JobId>>;

    /// Marks a job as swept.
    async fn swept(&self, job: JobId) -> Result<()>;

    /// Writes work that comes again and again; the same name replaces.
    async fn put_cron(&self, cron: Cron) -> Result<()>;

    /// Removes one. `false` when there is none.
    async fn delete_cron(&self, owner: String, name: String) -> Result<bool>;

    /// Those of an owner, or all.
    async fn crons(&self, owner: Option<String>) -> Result<Vec<Cron>>;

    /// Submits a job for a cron's time, and sets its next: together, so that each time comes once. `false` when another was quicker.
    async fn fire(&self, cron: Cron, next: Timestamp, job: NewJob) -> Result<bool>;

    /// The store's clock.
    async fn now(&self) -> Result<Timestamp>;

    /// Whether it can be read and written; the error says what is wrong.
    async fn probe(&self) -> Result<()>;
}

/// Durable truth about jobs. Time is the store's own clock throughout.
pub trait Store:
    Arrivals + Endpoints + Jobs + Work + Queues + Ledger + Outbox + Records + Keys + Uploads + Upkeep + Send + Sync + 'static
{
}

impl<T> Store for T where
    T: Arrivals + Endpoints + Jobs + Work + Queues + Ledger + Outbox + Records + Keys + Uploads + Upkeep + Send + Sync + 'static
{
}
