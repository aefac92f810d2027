//! Bytes on their way in. What has arrived is a list of blobs, each whole and durable; how far it came is known by the row alone.

use gristmill_model::{Timestamp, UploadId};
use serde::{Deserialize, Serialize};

/// An upload as it is begun.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUpload {
    /// Its id.
    pub id: UploadId,
    /// Whose it is.
    pub owner: String,
    /// The owner's name for the file.
    pub name: String,
    /// What the client said of it, given back as it came.
    pub metadata: String,
    /// How many bytes it will have; one that is joined has as many as its pieces.
    pub length: u64,
    /// Whether it is only a piece of another.
    pub partial: bool,
    /// Where its blobs lie.
    pub prefix: String,
    /// The id of a multipart upload at the object store, when its bytes do not come through here.
    pub multipart: Option<String>,
    /// It is forgotten when nothing comes for so long.
    pub kept: std::time::Duration,
}

/// How much an owner may have on its way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Uploads.
    pub uploads: u32,
    /// Bytes, as announced.
    pub bytes: u64,
}

/// Whether an upload was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It was.
    Created,
    /// The owner has too much on its way.
    Full {
        /// Uploads there are.
        uploads: u32,
        /// Bytes they announced.
        bytes: u64,
    },
    /// A piece that is to be joined is not there, not complete, or named twice; the new upload itself when no piece is named.
    Unfinished(UploadId),
}

/// A piece that has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The key of its blob.
    pub key: String,
    /// Its size.
    pub bytes: u64,
}

/// An upload as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Whose it is.
    pub owner: String,
    /// The owner's name for the file.
    pub name: String,
    /// What the client said of it.
    pub metadata: String,
    /// How many bytes it will have.
    pub length: u64,
    /// How many there are.
    pub received: u64,
    /// Whether it is only a piece of another.
    pub partial: bool,
    /// What has arrived, in order.
    pub segments: Vec<Segment>,
    /// The state of the hash over what has arrived, in the words of whoever computes it.
    pub hash: Option<String>,
    /// Where its blobs lie.
    pub prefixes: Vec<String>,
    /// The id of a multipart upload at the object store.
    pub multipart: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Upload {
    /// Whether all of it is there.
    pub fn complete(&self) -> bool {
        self.received == self.length && self.multipart.is_none()
    }
}

/// What came of an upload since it stood at `from`.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The upload.
    pub id: UploadId,
    /// How many bytes it had; it grows only if it still has as many.
    pub from: u64,
    /// The piece.
    pub segment: Segment,
    /// The state of the hash over all of it; `None` when nobody knows it.
    pub hash: Option<String>,
    /// It is forgotten when nothing comes for so long.
    pub kept: std::time::Duration,
}
