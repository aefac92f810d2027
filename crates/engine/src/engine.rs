//! The engine: the parts it is made of, and the verbs that doors and commands call.

use std::sync::Arc;

use gristmill_blob::Blobs;
use gristmill_doorbell::{Bell, Doorbell, Ear};
use gristmill_model::{JobId, Timestamp};
use gristmill_operate::Registry;
use gristmill_store::{Event, Job, JobFilter, RetryFrom, Store, Totals};
use tokio::sync::Notify;

use crate::error::EngineError;
use crate::pipelines::Pipelines;

/// What an engine is made of.
#[derive(Clone)]
pub struct Parts {
    /// Durable truth.
    pub store: Arc<dyn Store>,
    /// Hints.
    pub doorbell: Arc<dyn Doorbell>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Operations by name.
    pub operations: Registry,
    /// Accepted pipelines by name.
    pub pipelines: Arc<Pipelines>,
    /// Wakes the sweeper of this process when a job has ended.
    pub sweep: Arc<Notify>,
}

/// The verbs. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) parts: Parts,
}

impl Engine {
    /// An engine over these parts. It runs nothing by itself: see [`crate::worker`] and [`crate::duty`].
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// The pipelines a job may name.
    pub fn pipelines(&self) -> &Pipelines {
        &self.parts.pipelines
    }

    /// The operations a step may name.
    pub fn operations(&self) -> &Registry {
        &self.parts.operations
    }

    /// Blob storage.
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.parts.blobs
    }

    /// The store, for probes.
    pub fn store(&self) -> &dyn Store {
        &*self.parts.store
    }

    /// Rings whenever events, progress or ends may have been written.
    pub fn listen(&self) -> Ear {
        self.parts.doorbell.listen(Bell::Events)
    }

    /// A job's row, if it is this owner's.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn job(&self, owner: &str, id: JobId) -> Result<Job, EngineError> {
        let found = self.parts.store.job(id).await?.filter(|j| j.owner == owner);
        found.ok_or_else(|| EngineError::no_job(id))
    }

    /// This owner's jobs, newest first.
    pub async fn jobs(&self, owner: &str, filter: JobFilter) -> Result<Vec<Job>, EngineError> {
        Ok(self.parts.store.jobs(JobFilter { owner: Some(owner.to_owned()), ..filter }).await?)
    }

    /// Events of a job after `seq`, oldest first, at most `limit`.
    pub async fn events(&self, owner: &str, id: JobId, after: i64, limit: u32) -> Result<Vec<Event>, EngineError> {
        self.job(owner, id).await?;
        Ok(self.parts.store.events(id, after, limit).await?)
    }

    /// Stops a job. Running children are told within a heartbeat.
    ///
    /// # Errors
    /// [`EngineError::Ended`] when there is nothing left to stop.
    pub async fn cancel(&self, owner: &str, id: JobId) -> Result<(), EngineError> {
        self.job(owner, id).await?;
        if !self.parts.store.cancel(id).await? {
            return Err(EngineError::Ended);
        }
        self.ring().await;
        Ok(())
    }

    /// Runs an ended job again, all of it or a part.
    ///
    /// # Errors
    /// [`EngineError::NotEnded`] while it runs; [`EngineError::Invalid`] when there is nothing to run.
    pub async fn retry(&self, owner: &str, id: JobId, from: RetryFrom) -> Result<(), EngineError> {
        if !self.job(owner, id).await?.status.ended() {
            return Err(EngineError::NotEnded);
        }
        if self.parts.store.retry(id, from).await? == 0 {
            return Err(EngineError::invalid("nothing_to_retry", "no step of this job would run again; name `all` or a step"));
        }
        self.ring().await;
        Ok(())
    }

    /// Forgets an ended job with its files and results.
    ///
    /// # Errors
    /// [`EngineError::NotEnded`] while it runs.
    pub async fn delete(&self, owner: &str, id: JobId) -> Result<(), EngineError> {
        self.job(owner, id).await?;
        if !self.parts.store.delete(id).await? {
            return Err(EngineError::NotEnded);
        }
        Ok(self.parts.blobs.delete_prefix(&crate::artifact::job_prefix(id)).await?)
    }

    /// Counts over all jobs, and over those that ended since `since`.
    pub async fn totals(&self, since: Timestamp) -> Result<Totals, EngineError> {
        Ok(self.parts.store.totals(since).await?)
    }

    pub(crate) async fn ring(&self) {
        self.parts.doorbell.ring(Bell::Tasks).await;
        self.parts.doorbell.ring(Bell::Events).await;
    }
}
