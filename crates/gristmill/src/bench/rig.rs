//! A whole engine in a folder of its own, with jobs whose inputs are stored before the clock starts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gristmill_blob::Stored;
use gristmill_doorbell::{Bell, Doorbell};
use gristmill_engine::Request;
use gristmill_engine::worker::Settings;
use gristmill_guard::Allow;
use gristmill_model::JobId;
use gristmill_model::credits::Credits;
use gristmill_model::job::{JobStatus, Priority};
use gristmill_operate::Registry;
use gristmill_store::{NewFile, NewJob, Notify, Plan};
use uuid::Uuid;

use crate::config::{Config, StoreUrl, Synchronous, WebhooksUrl};
use crate::run::spool;
use crate::wiring::{self, Mill, OWNER};

/// How long to wait for a ring before looking anyway.
const POLL: Duration = Duration::from_millis(200);

/// How long to rest between two looks.
const REST: Duration = Duration::from_millis(10);

/// An input that is stored already. Many files may share one.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    key: String,
    stored: Stored,
}

/// The engine.
pub struct Rig {
    /// Its parts.
    pub mill: Mill,
    /// What submits ring: a line to the doorbell's server beside the worker's own, as another process has it.
    bell: Arc<dyn Doorbell>,
    folder: tempfile::TempDir,
}

/// Where rows are kept while something is measured; anew for each.
#[derive(Debug, Clone)]
pub enum Rows {
    /// In a file of the rig's folder.
    Sqlite(Synchronous),
    /// In this database.
    Postgres(String),
}

impl Rig {
    /// Opens an engine with one pipeline (TOML) more than usual, and starts its worker.
    pub async fn start(config: &Config, pipeline: &str, operations: Registry, rows: &Rows) -> anyhow::Result<Self> {
        let mut rig = Self::open(config, pipeline, operations, rows).await?;
        rig.work(wiring::settings(config));
        Ok(rig)
    }

    /// Opens an engine that does nothing yet.
    pub async fn open(config: &Config, pipeline: &str, operations: Registry, rows: &Rows) -> anyhow::Result<Self> {
        Self::open_with(config, pipeline, operations, rows, None).await
    }

    /// The same with a doorbell of its own, over which its worker hears of submits.
    pub async fn open_with(
        config: &Config,
        pipeline: &str,
        operations: Registry,
        rows: &Rows,
        doorbell: Option<&str>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("gristmill-bench-").tempdir().context("no temporary folder")?;
        let own = folder.path().join("pipelines");
        std::fs::create_dir(&own)?;
        std::fs::write(own.join("bench.toml"), pipeline)?;
        let mut config = Config { pipelines: own, ..config.within(folder.path()) };
        // Receivers of a bench are on this machine.
        config.messages.webhooks = WebhooksUrl::Post(Allow { http: true, loopback: true, private: false });
        match rows {
            Rows::Sqlite(synchronous) => config.synchronous = *synchronous,
            Rows::Postgres(url) => {
                (config.store, config.doorbell) = (StoreUrl::Postgres(url.clone()), url.clone());
            }
        }
        if let Some(url) = doorbell {
            config.doorbell = url.to_owned();
        }
        let mill = Mill::open(&config, operations).await?;
        let bell = match doorbell {
            Some(url) if !url.starts_with("memory:") => gristmill_doorbell::connect(url).await?,
            _ => Arc::clone(&mill.doorbell),
        };
        Ok(Self { mill, bell, folder })
    }

    /// Starts its worker and duties.
    pub fn work(&mut self, settings: Settings) {
        self.mill.work(settings);
        self.mill.attend();
    }

    /// A folder for inputs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Stores a copy of a file.
    pub async fn store(&self, file: &Path) -> anyhow::Result<Source> {
        let blobs = self.mill.engine.blobs();
        let copy = blobs.spool().join(Uuid::now_v7().to_string());
        tokio::fs::copy(file, &copy).await.with_context(|| file.display().to_string())?;
        let key = format!("bench/{}", Uuid::now_v7());
        let stored = blobs.put_file(&key.parse()?, &copy).await?;
        Ok(Source { name: spool::name_of(file), key, stored })
    }

    /// Submits a job over stored inputs: the engine's own rows, without the uploads.
    pub async fn submit_for(&self, owner: &str, pipeline: &str, sources: &[Source]) -> anyhow::Result<JobId> {
        let request = Request { owner: owner.to_owned(), pipeline: pipeline.to_owned(), ..Request::default() };
        let plan = Arc::new(Plan::new(self.mill.engine.check(&request)?));
        self.write(self.job(owner, &plan, sources)).await
    }

    /// Submits a job of the usual owner of which these are told.
    pub async fn submit_told(&self, pipeline: &str, sources: &[Source], notify: Notify) -> anyhow::Result<JobId> {
        let request = Request { owner: OWNER.to_owned(), pipeline: pipeline.to_owned(), ..Request::default() };
        let plan = Arc::new(Plan::new(self.mill.engine.check(&request)?));
        self.write(NewJob { notify: Some(notify), ..self.job(OWNER, &plan, sources) }).await
    }

    async fn write(&self, job: NewJob) -> anyhow::Result<JobId> {
        let id = job.id;
        self.mill.engine.store().submit(vec![job]).await?;
        self.bell.ring(Bell::Tasks).await;
        Ok(id)
    }

    /// Submits a job of the usual owner.
    pub async fn submit(&self, pipeline: &str, sources: &[Source]) -> anyhow::Result<JobId> {
        self.submit_for(OWNER, pipeline, sources).await
    }

    fn job(&self, owner: &str, plan: &Arc<Plan>, sources: &[Source]) -> NewJob {
        let file = |s: &Source| NewFile {
            name: s.name.clone(),
            source: s.key.clone(),
            bytes: s.stored.bytes,
            sha256: s.stored.sha256.clone(),
            tag: None,
            password: None,
            awaited: false,
            estimates: self.mill.engine.estimates(plan, s.stored.bytes),
            price: Credits::ZERO,
        };
        NewJob {
            id: JobId::from_uuid(Uuid::now_v7()),
            owner: owner.to_owned(),
            plan: plan.clone(),
            options: gristmill_model::job::Overrides::new(),
            priority: Priority::Normal,
            group: None,
            metadata: serde_json::Map::new(),
            notify: None,
            files: sources.iter().map(file).collect(),
            open_files: 0,
            delay: Duration::ZERO,
            expires: None,
            timeout: Duration::from_secs(3600),
            // What is measured is made.
            anew: true,
            pace: gristmill_store::Pace::default(),
            keep_files: false,
            idempotency: None,
        }
    }

    /// Waits until the job has ended; anything but success is an error with the first file's reason.
    pub async fn ended(&self, id: JobId) -> anyhow::Result<()> {
        self.ended_for(OWNER, id).await
    }

    /// The same for a job of another owner.
    pub async fn ended_for(&self, owner: &str, id: JobId) -> anyhow::Result<()> {
        let mut ear = self.mill.engine.listen();
        loop {
            let job = self.mill.engine.job(owner, id).await?;
            if job.status == JobStatus::Completed && job.counts.succeeded == job.counts.files {
                return Ok(());
            }
            if job.status.ended() {
                let view = self.mill.engine.view(owner, id).await?;
                let why = view.files.iter().find_map(|f| f.file.error.as_ref()).map_or_else(String::new, |p| format!(": {}", p.message));
                anyhow::bail!("the measured job ended {}{why}", job.status);
            }
            // Not at every ring: the looking must not be a part of what is measured.
            tokio::time::sleep(REST).await;
            let _ = tokio::time::timeout(POLL, ear.wait()).await;
        }
    }
}
