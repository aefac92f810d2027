//! The right to read one object, for as long as it is held, and what became of it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gristmill_blob::{BlobError, Object};
use tokio_util::sync::CancellationToken;

use crate::parts::Parts;
use crate::runs::Runs;
use crate::server::Links;

/// What went over a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Bytes that were asked of the object for this link. What another link had fetched is not among them.
    pub fetched: u64,
    /// Bytes that were handed to tools; some may not have been read by them.
    pub served: u64,
    /// Requests of tools.
    pub requests: u64,
}

/// The right to read one object. Dropping it takes the right back and breaks off what is being answered.
pub struct Link {
    pub(crate) token: String,
    pub(crate) port: u16,
    pub(crate) shared: Arc<Shared>,
    pub(crate) links: Arc<Links>,
}

impl Link {
    /// The address of the object. Whoever knows it can read the object while the link lives: it belongs in no log.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.token)
    }

    /// The one TCP port of this machine that a reader must be able to connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The object that is read.
    pub fn object(&self) -> &Object {
        &self.shared.object
    }

    /// What went over it so far.
    pub fn counts(&self) -> Counts {
        let Shared { fetched, served, requests, .. } = &*self.shared;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { fetched: read(fetched), served: read(served), requests: read(requests) }
    }

    /// The first error of the object. A tool saw no more of it than a connection that broke off, and may take that for the end of the
    /// file: ask here even when it says that all went well.
    pub fn error(&self) -> Option<Arc<BlobError>> {
        self.shared.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Link {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("object", &self.shared.object.name()).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.links.remove(&self.token);
        self.shared.closed.cancel();
    }
}

/// What a link and its answers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) object: Object,
    /// What its parts are kept under.
    pub(crate) version: Arc<str>,
    pub(crate) parts: Arc<Parts>,
    pub(crate) runs: Mutex<Runs>,
    pub(crate) closed: CancellationToken,
    pub(crate) fetched: AtomicU64,
    pub(crate) served: AtomicU64,
    pub(crate) requests: AtomicU64,
    /// Bytes a second of the last requests, or 0.
    pub(crate) speed: AtomicU64,
    error: Mutex<Option<Arc<BlobError>>>,
}

impl Shared {
    pub(crate) fn new(object: Object, version: Arc<str>, parts: Arc<Parts>) -> Self {
        Self {
            object,
            version,
            parts,
            runs: Mutex::default(),
            closed: CancellationToken::new(),
            fetched: AtomicU64::new(0),
            served: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            speed: AtomicU64::new(0),
            error: Mutex::default(),
        }
    }

    /// Keeps the first one.
    pub(crate) fn failed(&self, error: Arc<BlobError>) {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}
