//! Where bytes lie, and how a result is found by its name.

use gristmill_blob::Key;
use gristmill_model::report::Artifact;
use gristmill_model::{Fence, FileId, JobId, TaskId};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::report;

/// A result and its bytes.
#[derive(Debug)]
pub struct Found {
    /// What it is.
    pub artifact: Artifact,
    /// Its bytes.
    pub body: Body,
}

/// Where the bytes of a result are.
#[derive(Debug)]
pub enum Body {
    /// In blob storage.
    Blob(Key),
    /// Here; reports are made from rows when they are asked for.
    Here(Vec<u8>),
}

impl Engine {
    /// The result `name` of a file.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is none, or the job belongs to someone else.
    pub async fn artifact(&self, owner: &str, job: JobId, file: FileId, name: &str) -> Result<Found, EngineError> {
        let row = self.job(owner, job).await?;
        let missing = || EngineError::NotFound { what: "artifact", id: name.to_owned() };
        if let Some(minified) = report::variant(name) {
            let view = self.file_view(&row, file).await?.filter(|v| v.file.status.ended()).ok_or_else(missing)?;
            let bytes = report::render(&row, &view, minified);
            return Ok(Found { artifact: report::artifact(name, &bytes), body: Body::Here(bytes) });
        }
        let found = self.parts.store.artifacts(job, Some(file)).await?;
        let found = found.into_iter().find(|p| p.artifact.name == name).ok_or_else(missing)?;
        let key = found.key.parse().map_err(|_| missing())?;
        Ok(Found { artifact: found.artifact, body: Body::Blob(key) })
    }
}

/// A key made of ids and checked names; it cannot be bad.
fn key(text: String) -> Key {
    text.parse().unwrap_or_else(|_| unreachable!("ids make good keys"))
}

/// All blobs of a job lie below this.
pub(crate) fn job_prefix(job: JobId) -> Key {
    key(format!("jobs/{job}"))
}

/// The blobs of all jobs lie below this.
pub(crate) fn all_jobs() -> Key {
    key("jobs".to_owned())
}

/// The bytes of a file as they were uploaded.
pub(crate) fn source_key(file: FileId) -> Key {
    key(format!("jobs/{}/{file}/source", file.job))
}

/// A result of one attempt. The fence is part of the key, so a stale worker can never overwrite a newer attempt's bytes.
pub(crate) fn artifact_key(task: TaskId, fence: Fence, name: &str) -> Option<Key> {
    format!("{}/{name}", attempt_prefix(task, fence)).parse().ok()
}

/// All results of one attempt lie below this.
pub(crate) fn attempt_prefix(task: TaskId, fence: Fence) -> Key {
    key(format!("jobs/{}/{}/{task}/{fence}", task.job(), task.file))
}
