//! `submit`: a request and received files become a job with its first tasks, in one transaction.

use std::path::PathBuf;

use gristmill_model::job::{Overrides, Priority};
use gristmill_model::pipeline::{Pipeline, Step};
use gristmill_model::{FileId, JobId, TaskId};
use gristmill_store::{Idempotency, NewFile, NewJob, NewTask, Submitted};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::artifact::source_key;
use crate::engine::Engine;
use crate::error::EngineError;

/// The most files one job may have.
const MOST_FILES: usize = 10_000;
/// The most bytes of options and metadata together; bytes of files never travel in rows.
const MOST_TEXT: usize = 64 * 1024;

/// What an owner asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Who asks.
    pub owner: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// Options by step, laid over the pipeline's own.
    pub options: Overrides,
    /// Who goes first; default normal.
    pub priority: Option<Priority>,
    /// The owner's name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    pub metadata: Map<String, Value>,
    /// Key and fingerprint of the request, if it may be sent again.
    pub idempotency: Option<Idempotency>,
}

/// A received file in the spool.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The owner's name for it.
    pub name: String,
    /// Where it lies; taken away by the submit. Best under [`gristmill_blob::Blobs::spool`].
    pub path: PathBuf,
}

/// The answer to a submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The job.
    pub job: JobId,
    /// Whether an earlier request with the same key made it.
    pub before: bool,
}

impl Engine {
    /// Refuses a request that could never run, before any byte is uploaded for it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for the pipeline, [`EngineError::Invalid`] for options.
    pub fn check(&self, request: &Request) -> Result<Pipeline, EngineError> {
        let known = || self.parts.pipelines.all().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
        let pipeline = self.parts.pipelines.get(&request.pipeline).ok_or_else(|| {
            EngineError::invalid("pipeline_unknown", format!("there is no pipeline `{}`; there are {}", request.pipeline, known()))
        })?;
        let text = serde_json::to_string(&(&request.options, &request.metadata)).map_or(0, |t| t.len());
        if text > MOST_TEXT {
            return Err(EngineError::invalid(
                "request_too_large",
                format!("options and metadata are {text} bytes; {MOST_TEXT} are allowed"),
            ));
        }
        let mut laid = pipeline.clone();
        for (step, options) in &request.options {
            self.lay_over(&mut laid, step, options)?;
        }
        Ok(laid)
    }

    /// Lays a job's options for one step over those of its pipeline, and has the operation check the result.
    fn lay_over(&self, pipeline: &mut Pipeline, id: &str, options: &Value) -> Result<(), EngineError> {
        let steps = || pipeline.steps.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
        let Value::Object(options) = options else {
            return Err(EngineError::invalid("options_invalid", format!("options of `{id}` must be an object of option names and values")));
        };
        if pipeline.step(id).is_none() {
            let message = format!("pipeline `{}` has no step `{id}`; it has {}", pipeline.name, steps());
            return Err(EngineError::invalid("options_invalid", message));
        }
        for step in pipeline.steps.iter_mut().filter(|s| s.id == id) {
            step.options.extend(options.clone());
            let operation = self.parts.operations.get(&step.op);
            if let Some(Err(why)) = operation.map(|o| o.check_options(&step.options)) {
                return Err(EngineError::invalid("options_invalid", format!("step `{id}`: {why}")));
            }
        }
        Ok(())
    }

    /// Makes the files durable, then writes the job. Once it returns, every task of the job reaches an end.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when the request cannot run, [`EngineError::KeyTaken`] for a used idempotency key.
    pub async fn submit(&self, request: Request, uploads: Vec<Upload>) -> Result<Received, EngineError> {
        let pipeline = self.check(&request)?;
        if uploads.is_empty() || uploads.len() > MOST_FILES {
            let message = format!("a job has from 1 to {MOST_FILES} files; this one has {}", uploads.len());
            return Err(EngineError::invalid("files_invalid", message));
        }
        let id = JobId::from_uuid(Uuid::now_v7());
        let mut files = Vec::with_capacity(uploads.len());
        for upload in uploads {
            match self.store_file(id, &pipeline, upload).await {
                Ok(file) => files.push(file),
                Err(error) => {
                    self.parts.blobs.delete_prefix(&crate::artifact::job_prefix(id)).await?;
                    return Err(error);
                }
            }
        }
        let done = self.parts.store.submit(new_job(id, request, &pipeline, files)).await;
        match done {
            Ok(Submitted::Created) => {
                self.ring().await;
                Ok(Received { job: id, before: false })
            }
            other => {
                self.parts.blobs.delete_prefix(&crate::artifact::job_prefix(id)).await?;
                match other? {
                    Submitted::Before(job) => Ok(Received { job, before: true }),
                    _ => Err(EngineError::KeyTaken),
                }
            }
        }
    }

    async fn store_file(&self, job: JobId, pipeline: &Pipeline, upload: Upload) -> Result<NewFile, EngineError> {
        let id = FileId::from_uuid(Uuid::now_v7());
        let key = source_key(job, id);
        let stored = self.parts.blobs.put_file(&key, &upload.path).await?;
        let tasks = pipeline.steps.iter().map(|step| self.new_task(pipeline, step, stored.bytes)).collect();
        Ok(NewFile { id, name: upload.name, source: key.to_string(), bytes: stored.bytes, sha256: stored.sha256, tasks })
    }

    fn new_task(&self, pipeline: &Pipeline, step: &Step, bytes: u64) -> NewTask {
        let operation = self.parts.operations.get(&step.op);
        NewTask {
            id: TaskId::from_uuid(Uuid::now_v7()),
            step: step.id.clone(),
            op: step.op.clone(),
            after: step.after.clone(),
            options: step.options.clone(),
            accepts: pipeline.accepts.clone(),
            class: step.class.or(operation.map(|o| o.class())).unwrap_or(gristmill_model::operation::Class::Io),
            retry: step.retry,
            timeout: step.timeout.0,
            estimate: operation.map(|o| o.estimate(bytes)).unwrap_or_default(),
            optional: step.optional,
        }
    }
}

fn new_job(id: JobId, request: Request, pipeline: &Pipeline, files: Vec<NewFile>) -> NewJob {
    NewJob {
        id,
        owner: request.owner,
        pipeline: pipeline.name.clone(),
        pipeline_version: pipeline.version,
        options: request.options,
        priority: request.priority.unwrap_or(Priority::Normal),
        group: request.group,
        metadata: request.metadata,
        files,
        idempotency: request.idempotency,
    }
}
