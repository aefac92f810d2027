//! Why a blob call failed: what it means, whose fault it is, and whether trying again can help. Never an address with a signature.

use std::io;
use std::ops::Range;

use gristmill_guard::Refusal;

/// The result of every blob call.
pub type Result<T> = std::result::Result<T, BlobError>;

/// Why a blob call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no such blob.
    #[error("there is no blob `{0}`")]
    NotFound(String),
    /// There is one already, and it was to be put only if there is none.
    #[error("there is a blob `{0}` already")]
    Exists(String),
    /// The bucket does not exist: a fault of the settings.
    #[error("the bucket of `{0}` does not exist: make it, or correct the URL of the blobs")]
    NoBucket(String),
    /// The range does not lie within the blob.
    #[error("the range {}..{} does not lie within the {bytes} bytes of the blob", range.start, range.end)]
    Range {
        /// What was asked for.
        range: Range<u64>,
        /// The blob's size.
        bytes: u64,
    },
    /// The object is not the one that was opened any more: read it again from the beginning.
    #[error("`{0}` was changed while it was read")]
    Changed(String),
    /// The bytes are not those that were stored: read it again, and when they stay so, store it again.
    #[error("the bytes of `{0}` are not those that were stored")]
    Damaged(String),
    /// The server does not let us: a fault of the keys, or of whoever gave the address.
    #[error("access to `{name}` was refused ({code}): check the keys, what they permit, and whether an address has expired")]
    Refused {
        /// What was asked for.
        name: String,
        /// The server's code, such as `403 SignatureDoesNotMatch`.
        code: String,
    },
    /// The address may not be read.
    #[error("this address may not be read")]
    Address(#[from] Refusal),
    /// The object is larger than may be read.
    #[error("`{name}` has {bytes} bytes, more than the {limit} that are allowed")]
    TooLarge {
        /// What was asked for.
        name: String,
        /// Its size.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The server could not be reached, broke off, stood still or failed, again and again.
    #[error("`{name}` could not be reached: {why}; try again later")]
    Unavailable {
        /// What was asked for.
        name: String,
        /// What happened last.
        why: String,
    },
    /// The server's answer makes no sense: a fault of the server, or of the settings.
    #[error("the server of `{name}` answered something unexpected: {why}")]
    Unexpected {
        /// What was asked for.
        name: String,
        /// What it answered.
        why: String,
    },
    /// The settings are wrong.
    #[error("the settings of the blobs are wrong: {0}")]
    Settings(String),
    /// The local disk failed, or is full.
    #[error("blob storage failed")]
    Io(#[from] io::Error),
}

impl BlobError {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Damaged(_) | Self::Unavailable { .. })
    }

    /// "No such file" told as "no such blob", without the path.
    pub(crate) fn named(self, key: &str) -> Self {
        match self {
            Self::Io(e) if e.kind() == io::ErrorKind::NotFound => Self::NotFound(key.to_owned()),
            other => other,
        }
    }

    pub(crate) fn unavailable(name: &str, why: impl Into<String>) -> Self {
        Self::Unavailable { name: name.to_owned(), why: why.into() }
    }

    pub(crate) fn unexpected(name: &str, why: impl Into<String>) -> Self {
        Self::Unexpected { name: name.to_owned(), why: why.into() }
    }
}
