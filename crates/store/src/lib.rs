//! Durable truth. One trait, [`Store`], whose every method is one transaction and one promise; [`sqlite`] keeps it in a file.
//!
//! The store moves rows; what may follow what is decided by `gristmill_model::task::advance` and `rollup`, which every
//! backend calls inside its transaction. `contract` holds the promises as tests that every backend must pass.

pub mod contract;
mod error;
mod row;
pub mod sqlite;

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_model::{Fence, FileId, JobId, TaskId, Timestamp, WorkerId};

pub use error::StoreError;
pub use row::{
    Beat, Claimed, Event, File, Holder, Idempotency, Job, JobFilter, NewFile, NewJob, NewTask, Overdue, Published, Settled, Settlement,
    Submitted, Task, Totals,
};

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

/// Durable truth about jobs. Time is the store's own clock throughout.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a job with its files, first tasks and event, or nothing. Once it returns, the job survives a crash.
    async fn submit(&self, job: NewJob) -> Result<Submitted>;

    /// Leases up to `slots` ready tasks per class to `worker`: best priority first, then oldest. Counts the attempt.
    async fn claim(&self, worker: WorkerId, slots: &[(Class, u32)], lease: Duration) -> Result<Vec<Claimed>>;

    /// When the first ready task that may not be claimed before `after` may be claimed.
    async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>>;

    /// Renews the leases and writes progress. Answers the claims that the worker no longer holds and must stop.
    async fn heartbeat(&self, worker: WorkerId, beats: Vec<Beat>, lease: Duration) -> Result<Vec<(TaskId, Fence)>>;

    /// Ends an attempt: next state, report, artifact pointers, released dependants, file and job roll-up and events, together or
    /// not at all. Refused as [`Settled::Stale`] when the fence is not the latest.
    async fn settle(&self, settlement: Settlement) -> Result<Settled>;

    /// Running tasks whose lease or deadline has passed, oldest first, at most `limit`.
    async fn overdue(&self, limit: u32) -> Result<Vec<Overdue>>;

    /// Running tasks held by anyone but `worker`. For a store that serves one process, all these holders are gone.
    async fn orphans(&self, worker: WorkerId) -> Result<Vec<Overdue>>;

    /// Stops a job: every task that has not ended becomes cancelled. `false` when it had ended already.
    async fn cancel(&self, job: JobId) -> Result<bool>;

    /// Runs an ended job again. Answers how many tasks were redriven.
    async fn retry(&self, job: JobId, from: RetryFrom) -> Result<u64>;

    /// Forgets an ended job and all its rows. `false` when it has not ended.
    async fn delete(&self, job: JobId) -> Result<bool>;

    /// One job.
    async fn job(&self, job: JobId) -> Result<Option<Job>>;

    /// Jobs, newest first.
    async fn jobs(&self, filter: JobFilter) -> Result<Vec<Job>>;

    /// The files of a job, in order.
    async fn files(&self, job: JobId) -> Result<Vec<File>>;

    /// The tasks of a job, in the order of files and steps; of one file if given.
    async fn tasks(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Task>>;

    /// The artifacts of a job, by file and name; of one file if given.
    async fn artifacts(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Published>>;

    /// Events of a job after `seq`, oldest first.
    async fn events(&self, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>>;

    /// Counts over all jobs.
    async fn totals(&self, since: Timestamp) -> Result<Totals>;

    /// Jobs that ended and whose unreferenced blobs were not swept yet.
    async fn unswept(&self, limit: u32) -> Result<Vec<JobId>>;

    /// Marks a job as swept.
    async fn swept(&self, job: JobId) -> Result<()>;

    /// The store's clock.
    async fn now(&self) -> Result<Timestamp>;

    /// Whether it can be read and written; the error says what is wrong.
    async fn probe(&self) -> Result<()>;
}
