//! `submit`: a request and received files become a job with its first tasks, in one transaction.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use gristmill_blob::{Key, Object, Stored};
use gristmill_model::credits::{Credits, Measure};
use gristmill_model::job::{Overrides, Priority};
use gristmill_model::pipeline::{Pipeline, Step};
use gristmill_model::{FileId, JobId, UploadId};
use gristmill_store::{Idempotency, NewFile, NewJob, Notify, Password, Plan, Submitted, Upload};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::artifact::source_key;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::measure;
use crate::pointer::Pointer;

/// The most files one job may have.
const MOST_FILES: usize = 10_000;
/// Files that are measured at once.
const MEASURED_AT_ONCE: usize = 4;
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
    /// Who is told of what.
    pub notify: Option<Notify>,
    /// Nothing of it is started before this much time has passed.
    pub delay: Duration,
    /// How long it may wait for its start; the queue's time unless it says otherwise.
    pub expires: Option<Duration>,
    /// How long it may run, when that is more than usual.
    pub timeout: Option<Duration>,
    /// Whether its stored files are kept when it cannot go on.
    pub keep_files: bool,
    /// Whether everything is made anew, also what was made before of the same file.
    pub anew: bool,
    /// Whether files that are not there yet are waited for, until the job expires.
    pub wait_for_files: bool,
    /// Key and fingerprint of the request, if it may be sent again.
    pub idempotency: Option<Idempotency>,
}

/// A file of a request.
#[derive(Debug, Clone)]
pub struct File {
    /// The owner's name for it; empty for that of its upload.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// What it is opened with, when it asks for it.
    pub password: Option<Password>,
}

impl File {
    /// A file that is opened without a password.
    pub fn new(name: impl Into<String>, bytes: Bytes) -> Self {
        Self { name: name.into(), bytes, password: None }
    }
}

/// Where the bytes of a file are before its submit.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// In a file that the submit takes away; best under [`gristmill_blob::Blobs::spool`].
    Spool(PathBuf),
    /// In an upload of the same owner, which stays.
    Upload(UploadId),
    /// Where they are; nothing is copied by the submit, and what stands there then is what is read.
    Pointer(Pointer),
}

/// The answer to a submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The job.
    pub job: JobId,
    /// Whether an earlier request with the same key made it.
    pub before: bool,
}

/// A file whose bytes were found.
struct Resolved {
    name: String,
    /// How much there is of it; not yet known of an upload.
    measure: Option<Measure>,
    from: Place,
    password: Option<Password>,
}

enum Place {
    Spool(PathBuf),
    Upload(Box<Upload>),
    Pointer(Pointer, Object),
    /// Nothing is there yet.
    Awaited(Pointer),
}

/// A file whose bytes are durable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    name: String,
    source: String,
    bytes: u64,
    sha256: String,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    awaited: bool,
    #[serde(flatten)]
    measure: Measure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<Password>,
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
        for step in &mut laid.steps {
            step.class = step.class.or(self.parts.operations.get(&step.op).map(|o| o.class()));
        }
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
    /// [`EngineError::Invalid`] when the request cannot run, [`EngineError::KeyTaken`] for a used idempotency key,
    /// [`EngineError::Short`] when the owner's credits do not suffice.
    pub async fn submit(&self, request: Request, given: Vec<File>) -> Result<Received, EngineError> {
        let plan = Arc::new(Plan::new(self.check(&request)?));
        if given.is_empty() || given.len() > MOST_FILES {
            let message = format!("a job has from 1 to {MOST_FILES} files; this one has {}", given.len());
            return Err(EngineError::invalid("files_invalid", message));
        }
        let given = self.resolved(&request.owner, given, request.wait_for_files).await?;
        self.affordable(&request.owner, &given).await?;
        let id = JobId::from_uuid(Uuid::now_v7());
        let mut files = Vec::with_capacity(given.len());
        for (no, file) in (0u32..).zip(given) {
            let key = source_key(FileId::new(id, no));
            match self.store_file(key, file).await {
                Ok(file) => files.push(self.new_file(&plan, file)),
                Err(error) => {
                    self.withdraw(id).await?;
                    return Err(error);
                }
            }
        }
        let answer = match self.parts.store.submit(vec![self.new_job(id, request, plan, files)]).await {
            Ok(mut answers) => answers.pop(),
            // The answer may have been lost and the job written: then its rows name these bytes. What no row names is swept later.
            Err(error) => return Err(error.into()),
        };
        if answer == Some(Submitted::Created) {
            self.ring().await;
            return Ok(Received { job: id, before: false });
        }
        self.withdraw(id).await?;
        match answer {
            Some(Submitted::Before(job)) => Ok(Received { job, before: true }),
            Some(Submitted::Short { needed, available }) => Err(EngineError::Short { needed, available }),
            _ => Err(EngineError::KeyTaken),
        }
    }

    /// What files of these measures cost.
    pub fn quote(&self, measures: &[Measure]) -> Vec<Credits> {
        measures.iter().map(|m| self.parts.terms.prices.price(m)).collect()
    }

    /// Finds the uploads that are meant, and measures what lies in files.
    async fn resolved(&self, owner: &str, given: Vec<File>, wait: bool) -> Result<Vec<Resolved>, EngineError> {
        let resolving = given.into_iter().map(|file| async move {
            let password = file.password;
            Ok(match file.bytes {
                Bytes::Spool(path) => {
                    Resolved { name: file.name, measure: Some(self.measure(path.clone()).await), from: Place::Spool(path), password }
                }
                Bytes::Upload(id) => {
                    let upload = self.upload(owner, id).await?;
                    let name = if file.name.is_empty() { upload.name.clone() } else { file.name };
                    Resolved { name, measure: None, from: Place::Upload(Box::new(upload)), password }
                }
                Bytes::Pointer(pointer) => {
                    let name = if file.name.is_empty() { pointer.file_name().to_owned() } else { file.name };
                    let from = match self.parts.sources.open(owner, &pointer).await {
                        Ok(object) => Place::Pointer(pointer, object),
                        Err(error) if wait && error.is_absent() => Place::Awaited(pointer),
                        Err(error) => return Err(error.refused(&pointer)),
                    };
                    Resolved { name, measure: None, from, password }
                }
            })
        });
        futures::stream::iter(resolving).buffered(MEASURED_AT_ONCE).try_collect().await
    }

    /// How much there is of a file, if any price asks for that.
    pub(crate) async fn measure(&self, path: PathBuf) -> Measure {
        if measure::matters(&self.parts.terms.prices) { self.parts.measurer.measure(path).await } else { Measure::default() }
    }

    /// The same of what a pointer names, for which a tool needs a copy.
    pub(crate) async fn measure_object(&self, pointer: &Pointer, object: &Object) -> Result<Measure, EngineError> {
        if !measure::matters(&self.parts.terms.prices) {
            return Ok(Measure::default());
        }
        let copy = self.parts.sources.copy(object).await.map_err(|e| e.refused(pointer))?;
        Ok(self.measure(copy.to_path_buf()).await)
    }

    /// Refuses early, before bytes are moved; the hold itself is made with the job's rows. An upload is measured only then.
    async fn affordable(&self, owner: &str, given: &[Resolved]) -> Result<(), EngineError> {
        let measures: Vec<Measure> = given.iter().filter_map(|file| file.measure).collect();
        let needed = Credits(self.quote(&measures).iter().map(|c| c.0).sum());
        if needed == Credits::ZERO {
            return Ok(());
        }
        let available = self.parts.store.account(owner.to_owned()).await?.available;
        if needed > available { Err(EngineError::Short { needed, available }) } else { Ok(()) }
    }

    /// Takes back the bytes of a job that was not written.
    async fn withdraw(&self, job: JobId) -> Result<(), EngineError> {
        Ok(self.parts.blobs.delete_prefix(&crate::artifact::job_prefix(job)).await?)
    }

    /// Makes a file durable under `key`; what a pointer names stays where it is.
    async fn store_file(&self, key: Key, file: Resolved) -> Result<StoredFile, EngineError> {
        let name = file.name.replace('\0', "");
        let (source, stored, tag) = match &file.from {
            Place::Spool(path) => (key.to_string(), self.parts.blobs.put_file(&key, path).await?, None),
            Place::Upload(upload) => (key.to_string(), self.publish_upload(upload, &key).await?, None),
            Place::Pointer(pointer, object) => {
                let stored = Stored { bytes: object.size(), sha256: String::new() };
                (pointer.text(), stored, object.tag().map(str::to_owned))
            }
            Place::Awaited(pointer) => (pointer.text(), Stored { bytes: 0, sha256: String::new() }, None),
        };
        let awaited = matches!(file.from, Place::Awaited(_));
        let measure = match (file.measure, &file.from) {
            (Some(measure), _) => measure,
            (None, Place::Awaited(_)) => Measure::default(),
            (None, _) if !measure::matters(&self.parts.terms.prices) => Measure::default(),
            (None, Place::Pointer(pointer, object)) => self.measure_object(pointer, object).await?,
            (None, _) => self.measure(self.parts.blobs.local(&key, Some(&stored.sha256)).await?.to_path_buf()).await,
        };
        Ok(StoredFile { name, source, bytes: stored.bytes, sha256: stored.sha256, tag, awaited, measure, password: file.password })
    }

    /// Makes files durable that are not of one job only: each under `prefix` and its place.
    pub(crate) async fn store_files(&self, owner: &str, prefix: &str, given: Vec<File>) -> Result<Vec<StoredFile>, EngineError> {
        let mut files = Vec::with_capacity(given.len());
        for (no, file) in self.resolved(owner, given, false).await?.into_iter().enumerate() {
            let key = format!("{prefix}/{no}").parse().map_err(|_| EngineError::invalid("files_invalid", "a file cannot be stored"))?;
            files.push(self.store_file(key, file).await?);
        }
        Ok(files)
    }

    pub(crate) fn new_file(&self, plan: &Plan, file: StoredFile) -> NewFile {
        let StoredFile { name, source, bytes, sha256, tag, awaited, measure, password } = file;
        // What is not there yet has no price yet either.
        let price = if awaited { Credits::ZERO } else { self.parts.terms.prices.price(&measure) };
        NewFile { name, source, bytes, sha256, tag, password, estimates: self.estimates(plan, bytes), price, awaited }
    }

    /// Predicted run time of each step on a file of this size.
    pub fn estimates(&self, pipeline: &Pipeline, bytes: u64) -> Vec<Duration> {
        let estimate = |step: &Step| self.parts.operations.get(&step.op).map(|o| o.estimate(bytes)).unwrap_or_default();
        pipeline.steps.iter().map(estimate).collect()
    }

    /// A pipeline with a step that may run for longer than jobs usually may asks for that much.
    fn job_timeout(&self, plan: &Plan) -> Duration {
        let longest = plan.steps.iter().map(|s| s.timeout.0).max().unwrap_or_default();
        self.parts.terms.job_timeout.max(longest)
    }

    /// Who is told; with announcements, other programs too.
    fn told(&self, notify: Option<Notify>) -> Option<Notify> {
        match (self.parts.terms.announce, notify) {
            (true, notify) => Some(Notify { announce: true, ..notify.unwrap_or_default() }),
            (false, notify) => notify,
        }
    }

    pub(crate) fn new_job(&self, id: JobId, request: Request, plan: Arc<Plan>, files: Vec<NewFile>) -> NewJob {
        NewJob {
            timeout: request.timeout.unwrap_or_else(|| self.job_timeout(&plan)),
            id,
            owner: request.owner,
            plan,
            options: request.options,
            priority: request.priority.unwrap_or(Priority::Normal),
            group: request.group,
            metadata: request.metadata,
            notify: self.told(request.notify),
            files,
            open_files: self.parts.terms.open_files,
            delay: request.delay,
            expires: request.expires,
            keep_files: request.keep_files,
            anew: request.anew,
            pace: self.parts.terms.pace,
            idempotency: request.idempotency,
        }
    }
}
