//! A whole engine in a folder of its own, with jobs whose inputs are stored before the clock starts.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use gristmill_blob::Stored;
use gristmill_doorbell::Bell;
use gristmill_engine::worker::Settings;
use gristmill_model::job::{JobStatus, Priority};
use gristmill_model::operation::Class;
use gristmill_model::pipeline::Pipeline;
use gristmill_model::{FileId, JobId, TaskId};
use gristmill_operate::Registry;
use gristmill_store::{NewFile, NewJob, NewTask};
use uuid::Uuid;

use crate::config::{Config, Synchronous};
use crate::run::spool;
use crate::wiring::{self, Mill, OWNER};

/// How long to wait for a ring before looking anyway.
const POLL: Duration = Duration::from_millis(200);

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
    folder: tempfile::TempDir,
}

impl Rig {
    /// Opens an engine with one pipeline (TOML) more than usual, and starts its worker.
    pub async fn start(config: &Config, pipeline: &str, operations: Registry, synchronous: Synchronous) -> anyhow::Result<Self> {
        Self::start_with(config, pipeline, operations, synchronous, wiring::settings(config)).await
    }

    /// The same with a worker that works in its own way.
    pub async fn start_with(
        config: &Config,
        pipeline: &str,
        operations: Registry,
        synchronous: Synchronous,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("gristmill-bench-").tempdir().context("no temporary folder")?;
        let own = folder.path().join("pipelines");
        std::fs::create_dir(&own)?;
        std::fs::write(own.join("bench.toml"), pipeline)?;
        let config = Config { synchronous, pipelines: own, ..config.within(folder.path()) };
        let mut mill = Mill::open(&config, operations).await?;
        mill.work(settings);
        mill.attend();
        Ok(Self { mill, folder })
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

    /// Submits a job over stored inputs: the engine's own rows, without the upload.
    pub async fn submit(&self, pipeline: &str, sources: &[Source]) -> anyhow::Result<JobId> {
        let pipeline = self.mill.engine.pipelines().get(pipeline).context("the bench has no such pipeline")?;
        let id = JobId::from_uuid(Uuid::now_v7());
        let files = sources.iter().map(|s| self.file(pipeline, s)).collect();
        self.mill.engine.store().submit(job(id, pipeline, files)).await?;
        self.mill.doorbell.ring(Bell::Tasks).await;
        Ok(id)
    }

    fn file(&self, pipeline: &Pipeline, source: &Source) -> NewFile {
        NewFile {
            id: FileId::from_uuid(Uuid::now_v7()),
            name: source.name.clone(),
            source: source.key.clone(),
            bytes: source.stored.bytes,
            sha256: source.stored.sha256.clone(),
            tasks: pipeline.steps.iter().map(|step| self.task(pipeline, step, source)).collect(),
        }
    }

    fn task(&self, pipeline: &Pipeline, step: &gristmill_model::pipeline::Step, source: &Source) -> NewTask {
        let operation = self.mill.engine.operations().get(&step.op);
        NewTask {
            id: TaskId::from_uuid(Uuid::now_v7()),
            step: step.id.clone(),
            op: step.op.clone(),
            after: step.after.clone(),
            options: step.options.clone(),
            accepts: pipeline.accepts.clone(),
            class: step.class.or(operation.map(|o| o.class())).unwrap_or(Class::Io),
            retry: step.retry,
            timeout: step.timeout.0,
            estimate: operation.map(|o| o.estimate(source.stored.bytes)).unwrap_or_default(),
            optional: step.optional,
        }
    }

    /// Waits until the job has ended; anything but success is an error with the first file's reason.
    pub async fn ended(&self, id: JobId) -> anyhow::Result<()> {
        let mut ear = self.mill.engine.listen();
        loop {
            let job = self.mill.engine.job(OWNER, id).await?;
            if job.status == JobStatus::Completed && job.counts.succeeded == job.counts.files {
                return Ok(());
            }
            if job.status.ended() {
                let view = self.mill.engine.view(OWNER, id).await?;
                let why = view.files.iter().find_map(|f| f.file.error.as_ref()).map_or_else(String::new, |p| format!(": {}", p.message));
                anyhow::bail!("the measured job ended {}{why}", job.status);
            }
            let _ = tokio::time::timeout(POLL, ear.wait()).await;
        }
    }
}

fn job(id: JobId, pipeline: &Pipeline, files: Vec<NewFile>) -> NewJob {
    NewJob {
        id,
        owner: OWNER.to_owned(),
        pipeline: pipeline.name.clone(),
        pipeline_version: pipeline.version,
        options: gristmill_model::job::Overrides::new(),
        priority: Priority::Normal,
        group: None,
        metadata: serde_json::Map::new(),
        files,
        idempotency: None,
    }
}
