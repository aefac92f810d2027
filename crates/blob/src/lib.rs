//! Bytes by key and range. One trait, [`Blobs`]; [`Local`] keeps them on a disk. `contract` holds the promises as tests.
//!
//! A blob is published whole or not at all, is never changed afterwards, and is known by a key such as
//! `jobs/job_…/file_…/source`. Who may read it is decided by those who know the key.

pub mod contract;
mod key;
mod local;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;

pub use key::{InvalidKey, Key};
pub use local::Local;

/// The result of every blob call.
pub type Result<T> = std::result::Result<T, BlobError>;

/// The content of a blob, piece by piece.
pub type Content = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, lower-case hexadecimal.
    pub sha256: String,
}

/// Why a blob call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no such blob.
    #[error("there is no blob `{0}`")]
    NotFound(String),
    /// The range does not lie within the blob.
    #[error("the range {}..{} does not lie within the {bytes} bytes of the blob", range.start, range.end)]
    Range {
        /// What was asked for.
        range: Range<u64>,
        /// The blob's size.
        bytes: u64,
    },
    /// The storage failed.
    #[error("blob storage failed")]
    Io(#[from] std::io::Error),
}

impl BlobError {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// Storage of blobs.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Publishes the file at `path` under `key` and takes it away from there. Readers see all of it or nothing, and once
    /// this returns it survives a crash. Publishing the same key again replaces the blob as a whole.
    async fn put_file(&self, key: &Key, path: &Path) -> Result<Stored>;

    /// The content from `range` (all of it if `None`).
    async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Content>;

    /// Its size.
    async fn size(&self, key: &Key) -> Result<u64>;

    /// A local, read-only path with its bytes, for tools that need one.
    async fn local(&self, key: &Key) -> Result<PathBuf>;

    /// The keys under a prefix that ends at a `/`.
    async fn list(&self, prefix: &Key) -> Result<Vec<Key>>;

    /// Removes one. Removing what is not there is done already.
    async fn delete(&self, key: &Key) -> Result<()>;

    /// Removes all under a prefix that ends at a `/`.
    async fn delete_prefix(&self, prefix: &Key) -> Result<()>;

    /// A folder for files that are to be published: from here [`put_file`](Blobs::put_file) need not copy.
    fn spool(&self) -> &Path;

    /// Whether it can be written; the error says what is wrong.
    async fn probe(&self) -> Result<()>;
}
