//! A whole mill in this process: store, blobs, doorbell, worker and duties in a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gristmill_blob::{Blobs, Local};
use gristmill_deliver::Sink;
use gristmill_engine::duty::Duties;
use gristmill_engine::worker::{Settings, Streaming, Worker};
use gristmill_engine::{Bytes, Engine, File, JobView, Measurer, Parts, Pipelines, Request, Sources, Terms};
use gristmill_model::pipeline::Format;
use gristmill_model::{JobId, WorkerId};
use gristmill_operate::{Registry, Tools};

use crate::{backends, until};

/// The owner of every job here.
const OWNER: &str = "local";

/// A running mill. End it with [`App::finish`], which checks what must hold when all is done.
pub struct App {
    /// Its verbs.
    pub engine: Engine,
    worker: Worker,
    _duties: Duties,
    folder: tempfile::TempDir,
}

impl App {
    /// Starts one. `binary` is the gristmill program, whose image child decodes; `pipelines` are declared besides the built-in ones.
    pub async fn start(binary: &Path, pipelines: &[&str]) -> Self {
        Self::start_with(binary, pipelines, Registry::standard()).await
    }

    /// Starts one with operations of the test's own.
    pub async fn start_with(binary: &Path, pipelines: &[&str], operations: Registry) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let blobs = Arc::new(Local::open(&folder.path().join("blobs")).expect("blobs"));
        Self::start_in(folder, blobs, Streaming::default(), (binary, pipelines, operations)).await
    }

    /// Starts one over blobs that are elsewhere.
    pub async fn start_over(blobs: Arc<dyn Blobs>, streaming: Streaming, binary: &Path, pipelines: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_in(folder, blobs, streaming, (binary, pipelines, Registry::standard())).await
    }

    async fn start_in(
        folder: tempfile::TempDir,
        blobs: Arc<dyn Blobs>,
        streaming: Streaming,
        (binary, pipelines, operations): (&Path, &[&str], Registry),
    ) -> Self {
        let mut declared = Pipelines::built_in(&operations).expect("the built-in pipelines are sound");
        for text in pipelines {
            declared.add(text, Format::Toml, &operations).expect("a sound pipeline");
        }
        let sink = Sink::new();
        let parts = Parts {
            store: backends::store(folder.path()).await,
            doorbell: backends::doorbell(folder.path()).await,
            blobs,
            deliver: Arc::new(sink.clone()),
            operations,
            pipelines: Arc::new(declared),
            sources: Sources::default(),
            measurer: Measurer::blind(),
            terms: Terms::default(),
            wake: Arc::default(),
        };
        let engine = Engine::new(parts);
        let tools = Tools::new(binary, 2, crate::media::models());
        let id = WorkerId::from_uuid(uuid());
        let settings = Settings { beat: Duration::from_millis(200), streaming, ..Settings::for_cores(2) };
        let worker = Worker::start_as(id, engine.clone(), tools, settings);
        Self { _duties: Duties::start(engine.clone(), (!backends::shared_store()).then_some(id)), engine, worker, folder }
    }

    /// Submits copies of these files.
    pub async fn submit(&self, pipeline: &str, files: &[PathBuf], options: serde_json::Value) -> JobId {
        let spool = self.engine.blobs().spool();
        let mut files_given = Vec::new();
        for (n, file) in files.iter().enumerate() {
            let path = spool.join(format!("{}-{n}", uuid_text()));
            tokio::fs::copy(file, &path).await.expect("copied");
            let name = file.file_name().expect("a file name").to_string_lossy().into_owned();
            files_given.push(File::new(name, Bytes::Spool(path)));
        }
        let options = options.as_object().cloned().unwrap_or_default();
        let request = Request { owner: OWNER.into(), pipeline: pipeline.into(), options, ..Request::default() };
        self.engine.submit(request, files_given).await.expect("submitted").job
    }

    /// A job as it stands.
    pub async fn view(&self, job: JobId) -> JobView {
        self.engine.view(OWNER, job).await.expect("the job is there")
    }

    /// Waits for a job's end.
    pub async fn ended(&self, job: JobId) -> JobView {
        until("the job to end", Duration::from_secs(180), async || {
            let view = self.view(job).await;
            view.job.status.ended().then_some(view)
        })
        .await
    }

    /// Ends the mill and checks that nothing runs, nothing is left in the spool, and every blob of an ended job is named by a row.
    pub async fn finish(self) {
        self.worker.drain(Duration::from_secs(10)).await;
        let store = self.engine.store();
        until("ended jobs to be swept", Duration::from_secs(60), async || store.unswept(1).await.ok()?.is_empty().then_some(())).await;
        let left: Vec<_> = std::fs::read_dir(self.engine.blobs().spool()).expect("the spool").collect();
        assert!(left.is_empty(), "left in the spool: {left:?}");
        assert!(store.orphans(WorkerId::from_uuid(uuid())).await.expect("asked").is_empty(), "a task still runs");
        drop(self.folder);
    }
}

fn uuid() -> gristmill_model::id::Uuid {
    gristmill_model::id::Uuid::now_v7()
}

fn uuid_text() -> String {
    uuid().simple().to_string()
}
