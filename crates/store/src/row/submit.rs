//! A job as it is handed in, and what came of that.

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::JobId;
use gristmill_model::credits::Credits;
use gristmill_model::job::{Overrides, Priority};
use serde_json::{Map, Value};

use super::awaited::Pace;
use super::file::Password;
use super::notify::Notify;
use super::plan::Plan;

/// A job to be written by [`Jobs::submit`](crate::Jobs::submit).
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Who asked.
    pub owner: String,
    /// What is done to each of its files.
    pub plan: Arc<Plan>,
    /// What the job sets over the pipeline's options.
    pub options: Overrides,
    /// Who goes first.
    pub priority: Priority,
    /// The owner's own name for a set of jobs.
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    pub metadata: Map<String, Value>,
    /// Who is told of what.
    pub notify: Option<Notify>,
    /// Its files, in order.
    pub files: Vec<NewFile>,
    /// Files of it that are worked on at once; 0 is all.
    pub open_files: u32,
    /// Nothing of it is started before this much time has passed.
    pub delay: Duration,
    /// How long it may wait for its start; `None` is what its queue allows.
    pub expires: Option<Duration>,
    /// How long it may run from its start.
    pub timeout: Duration,
    /// Whether the critical-error path keeps its stored files.
    pub keep_files: bool,
    /// Whether nothing of it is answered from what was made before.
    pub anew: bool,
    /// How often files that are not there yet are looked for.
    pub pace: Pace,
    /// The caller's idempotency key and a fingerprint of the request.
    pub idempotency: Option<Idempotency>,
}

/// A key under which a request may be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The `Idempotency-Key`.
    pub key: String,
    /// A hash of the request's content; another content under the same key is refused.
    pub fingerprint: String,
}

/// A file of a [`NewJob`]. Its number is its place there.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The owner's name for it.
    pub name: String,
    /// Blob key of its bytes, or where else they are.
    pub source: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes; empty when nobody of ours has seen them all.
    pub sha256: String,
    /// What tells the version of it that was submitted from others, when it is not a blob of ours.
    pub tag: Option<String>,
    /// What it is opened with, when it asks for it.
    pub password: Option<Password>,
    /// Predicted run time of each step of the plan.
    pub estimates: Vec<Duration>,
    /// What is held for it, and captured when it succeeds.
    pub price: Credits,
    /// Whether it is not there yet: it is looked for, and its job has no tasks until then. Its size and price are not known.
    pub awaited: bool,
}

/// What a submit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// A new job was written.
    Created,
    /// The same key and request made this job before.
    Before(JobId),
    /// The key belongs to another request.
    KeyTaken,
    /// The owner has not enough credits. Nothing was written.
    Short {
        /// What the job needs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
}
