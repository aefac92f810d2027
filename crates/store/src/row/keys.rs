//! API keys and what they allow.

use gristmill_model::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One's own jobs and credits.
    Owner,
    /// Besides, queues, workers and dead letters of all.
    Operator,
    /// Besides, keys and credits of all.
    Admin,
}

impl Role {
    /// The name in rows and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Owner, Self::Operator, Self::Admin].into_iter().find(|r| r.as_str() == name)
    }
}

/// An API key without its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// The public half.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// For whom it speaks.
    pub owner: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the secret half, lower-case hexadecimal.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
}
