//! What callers send, and what a submit answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{JobStatus, Notify, Priority};

/// A request for a job.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateJob {
    /// The pipeline to run.
    #[schema(example = "image")]
    pub pipeline: String,
    /// Files that are somewhere already. Not needed for files that come as parts of the same form.
    #[serde(default)]
    pub files: Vec<FileSource>,
    /// What files that come as parts of the form are opened with, by their file names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(write_only)]
    pub passwords: BTreeMap<String, String>,
    /// Options laid over those of the pipeline: step id to option name to value.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
    /// Who goes first; default `normal`.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The owner's name for a set of jobs.
    #[serde(default)]
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// Whom to tell of what happens to it.
    #[serde(default)]
    pub notify: Option<Notify>,
    /// Whether to wait for `s3://` and `https://` sources that do not exist yet, until the job expires. It starts when all are there.
    #[serde(default)]
    pub wait_for_files: bool,
    /// Whether steps may be answered from what was made before of the same file, with the same options, for the same owner.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub reuse: bool,
    /// How long it may wait before it starts; default is what its queue allows.
    #[serde(default)]
    pub expires_in_seconds: Option<u64>,
    /// Nothing of it is started before this much time has passed.
    #[serde(default)]
    pub delay_seconds: Option<u64>,
    /// How long it may run from its start.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
    /// Whether its stored files are kept when it cannot go on through a fault of ours.
    #[serde(default)]
    pub keep_files: bool,
}

/// A file that is somewhere already.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSource {
    /// `upload:…`, `s3://bucket/key` or `https://…`.
    pub source: String,
    /// The owner's name for it.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is opened with, when it asks for that. It is never shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only)]
    pub password: Option<String>,
}

// Passwords are in both: neither is ever printed whole.
impl std::fmt::Debug for CreateJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateJob").field("pipeline", &self.pipeline).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSource").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A job sent as a form: the request first, then its files.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the form is read part by part")]
pub(crate) struct CreateForm {
    /// The request, as JSON. Must come first.
    pub request: CreateJob,
    /// The files, each with its file name.
    #[schema(value_type = Vec<String>, format = Binary)]
    pub file: Vec<Vec<u8>>,
}

/// The answer to a submit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// The job.
    pub id: String,
    /// `pending`: it has been accepted and nothing of it has started.
    pub status: JobStatus,
    /// Where to look at it, on this server.
    pub url: String,
    /// Its files, in the order they were given.
    pub files: Vec<AcceptedFile>,
}

/// A file of an accepted job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AcceptedFile {
    /// `file_`, 32 hexadecimal digits, and its place in the job.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
}

/// From which step a job is run again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryJob {
    /// `failed` (the default): what did not succeed. `all`: everything. Else the id of a step: it and all that come after it.
    #[serde(default = "failed")]
    #[schema(default = "failed", example = "failed")]
    pub from: String,
}

fn yes() -> bool {
    true
}

fn failed() -> String {
    "failed".to_owned()
}
