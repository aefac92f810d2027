//! The engine: the parts it is made of, and the verbs that doors and commands call.

use std::sync::Arc;
use std::time::Duration;

use gristmill_blob::Blobs;
use gristmill_deliver::Deliver;
use gristmill_deliver::mail::Templates;
use gristmill_doorbell::{Bell, Doorbell, Ear};
use gristmill_model::credits::Prices;
use gristmill_model::{JobId, Timestamp};
use gristmill_operate::Registry;
use gristmill_store::{Event, Job, JobFilter, Pace, Retried, RetryFrom, Stop, Store, Totals};
use tokio::sync::Notify;

use crate::error::EngineError;
use crate::measure::Measurer;
use crate::notice::DropFolder;
use crate::pipelines::Pipelines;
use crate::pointer::Sources;
use crate::upload::UploadTerms;

/// What an engine is made of.
#[derive(Clone)]
pub struct Parts {
    /// Durable truth.
    pub store: Arc<dyn Store>,
    /// Hints.
    pub doorbell: Arc<dyn Doorbell>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Telling people.
    pub deliver: Arc<dyn Deliver>,
    /// Operations by name.
    pub operations: Registry,
    /// Accepted pipelines by name.
    pub pipelines: Arc<Pipelines>,
    /// Where files may be read from beside our own storage.
    pub sources: Sources,
    /// How much there is of a file.
    pub measurer: Measurer,
    /// What jobs may have and cost.
    pub terms: Terms,
    /// Wakes the sweeper and the outbox of this process when there is something for them.
    pub wake: Arc<Wake>,
}

/// What jobs may have and cost, unless they ask for less.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What things cost.
    pub prices: Prices,
    /// Files of a job that are worked on at once; 0 is all.
    pub open_files: u32,
    /// How long a job may run from its start, unless it asks for more.
    pub job_timeout: Duration,
    /// Who is mailed when a job cannot go on.
    pub admin: Option<String>,
    /// Of whose new objects jobs are made.
    pub drops: Vec<DropFolder>,
    /// How often files that are not there yet are looked for.
    pub pace: Pace,
    /// What may be on its way in.
    pub uploads: UploadTerms,
    /// Where the dashboard is reached, for links in mails.
    pub public_url: Option<String>,
    /// The words of mails.
    pub templates: Templates,
    /// Whether what happens to jobs is announced to other programs.
    pub announce: bool,
}

impl Default for Terms {
    /// Free, five files at once, one hour, nobody to mail.
    fn default() -> Self {
        let uploads = UploadTerms::default();
        let (job_timeout, pace) = (Duration::from_secs(3600), Pace::default());
        let (prices, templates) = (Prices::default(), Templates::default());
        Self {
            prices,
            open_files: 5,
            job_timeout,
            admin: None,
            drops: Vec::new(),
            pace,
            uploads,
            public_url: None,
            templates,
            announce: false,
        }
    }
}

/// Duties of this process that need not wait for their turn.
#[derive(Debug, Default)]
pub struct Wake {
    /// A job has ended.
    pub sweeper: Notify,
    /// An effect was written.
    pub outbox: Notify,
    /// A file that is waited for may have come.
    pub lookout: Notify,
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

    /// What jobs may have and cost.
    pub fn terms(&self) -> &Terms {
        &self.parts.terms
    }

    /// The store, for probes and for what no verb stands before: keys, queues, workers.
    pub fn store(&self) -> &dyn Store {
        &*self.parts.store
    }

    /// Rings whenever events, progress or ends may have been written.
    pub fn listen(&self) -> Ear {
        self.parts.doorbell.listen(Bell::Events)
    }

    /// How other processes are heard.
    pub fn doorbell(&self) -> crate::DoorbellState {
        self.parts.doorbell.state()
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
        if !self.parts.store.stop(id, Stop::Cancelled).await? {
            return Err(EngineError::Ended);
        }
        self.ended().await;
        Ok(())
    }

    /// Runs an ended job again, all of it or a part.
    ///
    /// # Errors
    /// [`EngineError::NotEnded`] while it runs; [`EngineError::Invalid`] when there is nothing to run;
    /// [`EngineError::Short`] when its files' credits cannot be held again.
    pub async fn retry(&self, owner: &str, id: JobId, from: RetryFrom) -> Result<(), EngineError> {
        if !self.job(owner, id).await?.status.ended() {
            return Err(EngineError::NotEnded);
        }
        match self.parts.store.retry(id, from).await? {
            Retried::Tasks(0) => Err(EngineError::invalid("nothing_to_retry", "no step of this job would run again; name `all` or a step")),
            Retried::Short { needed, available } => Err(EngineError::Short { needed, available }),
            Retried::Tasks(_) => {
                self.ring().await;
                Ok(())
            }
        }
    }

    /// Forgets an ended job with its files and results.
    ///
    /// # Errors
    /// [`EngineError::NotEnded`] while it runs.
    pub async fn delete(&self, owner: &str, id: JobId) -> Result<(), EngineError> {
        self.job(owner, id).await?;
        if !self.parts.store.delete(id, crate::artifact::job_prefix(id).to_string()).await? {
            return Err(EngineError::NotEnded);
        }
        self.parts.wake.outbox.notify_one();
        Ok(())
    }

    /// Counts over an owner's jobs, and over those that ended since `since`; over all jobs without an owner.
    pub async fn totals(&self, owner: Option<&str>, since: Timestamp) -> Result<Totals, EngineError> {
        Ok(self.parts.store.totals(owner.map(str::to_owned), since).await?)
    }

    /// Tells everybody to look: tasks may have become ready.
    pub async fn ring(&self) {
        self.parts.doorbell.ring(Bell::Tasks).await;
        self.parts.doorbell.ring(Bell::Events).await;
    }

    /// Tells listeners and duties that jobs may have ended.
    pub(crate) async fn ended(&self) {
        self.parts.wake.sweeper.notify_one();
        self.parts.wake.outbox.notify_one();
        self.ring().await;
    }
}
