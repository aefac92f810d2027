//! Files as they stand, and where the price of each is.

use gristmill_model::credits::Credits;
use gristmill_model::job::FileStatus;
use gristmill_model::{FileId, Problem, Timestamp};
use serde::{Deserialize, Serialize};

/// A file as stored.
#[derive(Debug, Clone)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The owner's name for it.
    pub name: String,
    /// Blob key of its bytes, or where else they are.
    pub source: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes; empty when nobody of ours has seen them all.
    pub sha256: String,
    /// Where it stands.
    pub status: FileStatus,
    /// Why it was skipped or failed.
    pub error: Option<Problem>,
    /// What it costs.
    pub price: Credits,
    /// What became of that.
    pub money: Money,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Where the price of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Money {
    /// Nothing was asked for it.
    #[default]
    None,
    /// Held.
    Held,
    /// Captured: the file succeeded.
    Captured,
    /// Given back.
    Refunded,
}

impl Money {
    /// The number that rows carry.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Held => 1,
            Self::Captured => 2,
            Self::Refunded => 3,
        }
    }

    pub(crate) fn from_code(code: i16) -> Option<Self> {
        [Self::None, Self::Held, Self::Captured, Self::Refunded].into_iter().find(|m| m.code() == code)
    }
}

/// What a file is opened with, when it asks for it. It is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}
