//! The store in one SQLite file. One writer thread owns the only writing connection and commits what has piled up as one
//! group; readers use connections of their own in WAL mode. So "database is locked" cannot happen inside one process, and a
//! lock beside the file keeps a second process out.

mod cancel;
mod claim;
mod codec;
mod events;
mod heartbeat;
mod lock;
mod migrate;
mod reader;
mod retry;
mod rollup;
mod rows;
mod settle;
mod submit;
mod totals;
mod writer;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_model::{Fence, FileId, JobId, TaskId, Timestamp, WorkerId};

use crate::row::{Beat, Claimed, Event, File, Job, JobFilter, NewJob, Overdue, Published, Settled, Settlement, Submitted, Task, Totals};
use crate::{Result, RetryFrom, Store};
use reader::Readers;
use writer::Writer;

/// How far a commit is pushed before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// `synchronous=FULL`: an acknowledged write survives a power cut. The default.
    #[default]
    Full,
    /// `synchronous=NORMAL`: it survives a kill of the process; a power cut may take the last commits.
    Normal,
}

/// A store in one file.
#[derive(Debug)]
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    _lock: lock::Lock,
}

impl Sqlite {
    /// Opens or makes the database at `path`, and migrates it.
    ///
    /// # Errors
    /// [`StoreError::InUse`](crate::StoreError::InUse) when another process has it,
    /// [`StoreError::Newer`](crate::StoreError::Newer) when a newer gristmill wrote it.
    pub fn open(path: &Path, durability: Durability) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let lock = lock::Lock::take(path)?;
        let mut connection = writer::connect(path, durability)?;
        migrate::migrate(&mut connection)?;
        Ok(Self { writer: Writer::start(connection)?, readers: Readers::open(path)?, _lock: lock })
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn submit(&self, job: NewJob) -> Result<Submitted> {
        self.writer.write(move |c, now| submit::submit(c, now, &job)).await
    }

    async fn claim(&self, worker: WorkerId, slots: &[(Class, u32)], lease: Duration) -> Result<Vec<Claimed>> {
        let slots = slots.to_vec();
        self.writer.write(move |c, now| claim::claim(c, now, worker, &slots, lease)).await
    }

    async fn next_due(&self, after: Timestamp) -> Result<Option<Timestamp>> {
        self.readers.read(move |c| claim::next_due(c, after)).await
    }

    async fn heartbeat(&self, worker: WorkerId, beats: Vec<Beat>, lease: Duration) -> Result<Vec<(TaskId, Fence)>> {
        self.writer.write(move |c, now| heartbeat::heartbeat(c, now, worker, &beats, lease)).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<Settled> {
        self.writer.write(move |c, now| settle::settle(c, now, &settlement)).await
    }

    async fn overdue(&self, limit: u32) -> Result<Vec<Overdue>> {
        self.readers.read(move |c| heartbeat::overdue(c, writer::now(), limit)).await
    }

    async fn orphans(&self, worker: WorkerId) -> Result<Vec<Overdue>> {
        self.readers.read(move |c| heartbeat::orphans(c, worker)).await
    }

    async fn cancel(&self, job: JobId) -> Result<bool> {
        self.writer.write(move |c, now| cancel::cancel(c, now, job)).await
    }

    async fn retry(&self, job: JobId, from: RetryFrom) -> Result<u64> {
        self.writer.write(move |c, now| retry::retry(c, now, job, &from)).await
    }

    async fn delete(&self, job: JobId) -> Result<bool> {
        self.writer.write(move |c, _| cancel::delete(c, job)).await
    }

    async fn job(&self, job: JobId) -> Result<Option<Job>> {
        self.readers.read(move |c| rows::job(c, job)).await
    }

    async fn jobs(&self, filter: JobFilter) -> Result<Vec<Job>> {
        self.readers.read(move |c| rows::jobs(c, &filter)).await
    }

    async fn files(&self, job: JobId) -> Result<Vec<File>> {
        self.readers.read(move |c| rows::files(c, job)).await
    }

    async fn tasks(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Task>> {
        self.readers.read(move |c| rows::tasks(c, job, file)).await
    }

    async fn artifacts(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Published>> {
        self.readers.read(move |c| rows::artifacts(c, job, file)).await
    }

    async fn events(&self, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>> {
        self.readers.read(move |c| events::events(c, job, after, limit)).await
    }

    async fn totals(&self, since: Timestamp) -> Result<Totals> {
        self.readers.read(move |c| totals::totals(c, since)).await
    }

    async fn unswept(&self, limit: u32) -> Result<Vec<JobId>> {
        self.readers.read(move |c| totals::unswept(c, limit)).await
    }

    async fn swept(&self, job: JobId) -> Result<()> {
        self.writer.write(move |c, _| totals::swept(c, job)).await
    }

    async fn now(&self) -> Result<Timestamp> {
        Ok(writer::now())
    }

    async fn probe(&self) -> Result<()> {
        self.writer.write(|c, _| Ok(c.execute_batch("SELECT 1")?)).await
    }
}

#[cfg(test)]
mod tests;
