//! Why a verb did not do what was asked. Doors map each meaning to a status or exit code in one table of their own.

use gristmill_blob::BlobError;
use gristmill_model::credits::Credits;
use gristmill_store::{Quota, StoreError};

use crate::upload::Cut;

/// An error by meaning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no such thing, or it belongs to someone else.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// `job`, `file`, `artifact`, `pipeline`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The request cannot be carried out as it is; the text says which part and what to do.
    #[error("{message}")]
    Invalid {
        /// Stable, snake case.
        code: &'static str,
        /// The cause and the next step.
        message: String,
    },
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request; use a new key for a new request")]
    KeyTaken,
    /// The owner has not enough credits.
    #[error("this needs {needed} credits and {available} are there; ask whoever runs this service for more")]
    Short {
        /// What it needs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
    /// The owner has too much on its way in.
    #[error("{uploads} uploads with {bytes} bytes are on their way already, and {} with {} bytes may be; finish some, or delete them", quota.uploads, quota.bytes)]
    Quota {
        /// Uploads there are.
        uploads: u32,
        /// Bytes they announced.
        bytes: u64,
        /// What may be.
        quota: Quota,
    },
    /// An upload does not stand where the bytes begin.
    #[error("this upload stands at {at}; ask with HEAD and go on from there")]
    Moved {
        /// How many bytes it has.
        at: u64,
    },
    /// Bytes do not have the checksum that was sent with them.
    #[error("the bytes do not have the checksum that came with them; none of them was kept, send them again")]
    Checksum,
    /// Bytes ended early; what had come is kept.
    #[error(transparent)]
    Cut(#[from] Cut),
    /// A file cannot be read from where it is; later it may.
    #[error("{message}")]
    Source {
        /// Which, and why.
        message: String,
    },
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed this since it was seen; look at it again")]
    Changed,
    /// The job has not ended, so it cannot be deleted or retried.
    #[error("the job has not ended; cancel it first, or wait")]
    NotEnded,
    /// The job has ended, so it cannot be cancelled.
    #[error("the job has already ended")]
    Ended,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Blob storage failed.
    #[error("blob storage failed")]
    Blob(#[from] BlobError),
    /// The disk failed.
    #[error("the spool could not be written")]
    Io(#[from] std::io::Error),
}

impl EngineError {
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { code, message: message.into() }
    }

    pub(crate) fn no_job(id: gristmill_model::JobId) -> Self {
        Self::NotFound { what: "job", id: id.to_string() }
    }

    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            Self::Store(e) => e.retry(),
            Self::Blob(e) => e.retry(),
            Self::Io(_) | Self::Source { .. } | Self::Cut(_) | Self::Moved { .. } | Self::Checksum => true,
            _ => false,
        }
    }
}
