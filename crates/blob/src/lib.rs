//! Bytes by key and range. One trait, [`Blobs`]; [`Local`] keeps them on a disk, [`S3`] in a bucket. `contract` holds the promises as
//! tests. What is remote is read through [`Object`] and copied to this node by [`pull()`].
//!
//! A blob is published whole or not at all, is never changed afterwards, and is known by a key such as
//! `jobs/job_…/file_…/source`. Who may read it is decided by those who know the key.

mod answer;
mod backoff;
mod cache;
mod client;
pub mod contract;
mod error;
mod held;
mod journal;
mod key;
mod local;
mod object;
mod pace;
mod pull;
mod reading;
mod remote;
#[cfg(feature = "s3")]
pub mod s3;
mod spool;
mod web;

use std::ops::Range;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;

pub use cache::Cache;
pub use error::{BlobError, Result};
pub use gristmill_guard as guard;
pub use gristmill_guard::provide_tls;
pub use held::HeldPath;
pub use key::{InvalidKey, Key};
pub use local::Local;
pub use object::Object;
pub use pull::{Pulled, pull};
pub use reading::Reading;
#[cfg(feature = "s3")]
pub use s3::S3;
pub use web::Web;

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

/// Storage of blobs.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Publishes the file at `path` under `key` and takes it away from there. Readers see all of it or nothing, and once
    /// this returns it survives a crash. Publishing the same key again replaces the blob as a whole.
    async fn put_file(&self, key: &Key, path: &Path) -> Result<Stored>;

    /// Publishes the contents of `parts`, one after the other, under `to`, and answers the size. The parts stay. Bytes are moved through
    /// this process only where the storage cannot do it by itself.
    async fn concat(&self, parts: &[Key], to: &Key) -> Result<u64>;

    /// The content from `range` (all of it if `None`).
    async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Content>;

    /// Its size.
    async fn size(&self, key: &Key) -> Result<u64>;

    /// A local, read-only path with its bytes, for tools that need one. It is there for as long as it is held. What is copied to this node
    /// must have this SHA-256, if one is known: else it is [`BlobError::Damaged`], and gone again.
    async fn local(&self, key: &Key, sha256: Option<&str>) -> Result<HeldPath>;

    /// Whether blobs are somewhere else, so that [`local`](Blobs::local) copies them to this node first.
    fn is_remote(&self) -> bool {
        false
    }

    /// The blob as it is now, for those who read ranges of it: all of them are of this one version.
    async fn object(&self, key: &Key) -> Result<Object>;

    /// The keys under a prefix that ends at a `/`.
    async fn list(&self, prefix: &Key) -> Result<Vec<Key>>;

    /// Removes one. Removing what is not there is done already.
    async fn delete(&self, key: &Key) -> Result<()>;

    /// Removes all under a prefix that ends at a `/`.
    async fn delete_prefix(&self, prefix: &Key) -> Result<()>;

    /// Itself as a bucket, for bytes that are to go there without passing through here; `None` when it is none.
    #[cfg(feature = "s3")]
    fn bucket(&self) -> Option<&S3> {
        None
    }

    /// A folder for files that are to be published: from here [`put_file`](Blobs::put_file) need not copy.
    fn spool(&self) -> &Path;

    /// Removes what was begun and then left for `age`: unfinished uploads in parts, copies that nobody uses. Answers how many things went.
    async fn tidy(&self, age: Duration) -> Result<usize>;

    /// Whether it can be written; the error says what is wrong.
    async fn probe(&self) -> Result<()>;
}

/// Runs what may wait for the disk where that hinders nobody.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

/// Tries until it succeeds, fails for good, or has failed `tries` times.
pub(crate) async fn retried<T, F: Future<Output = Result<T>>>(tries: u32, mut work: impl FnMut() -> F) -> Result<T> {
    for failed in 1..tries {
        match work().await {
            Err(error) if error.retry() => tokio::time::sleep(backoff::after(failed)).await,
            done => return done,
        }
    }
    work().await
}

/// Lower-case hexadecimal, as hashes and tokens are written.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
