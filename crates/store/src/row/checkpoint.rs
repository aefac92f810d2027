//! What an attempt leaves for the next when it is interrupted.

use gristmill_model::{Fence, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an attempt has done so far, to begin from when it is interrupted.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The task.
    pub task: TaskId,
    /// The fence it was claimed with.
    pub fence: Fence,
    /// The operation's own words.
    pub data: Value,
    /// Blobs it needs to go on.
    pub blobs: Vec<KeptBlob>,
}

/// A blob that a checkpoint names, with what its bytes must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBlob {
    /// The operation's name for it.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}
