//! API keys. The secret half of one is in the answer that makes it, and nowhere else.

use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::mirror;
use super::time;

mirror! {
    /// What a key may do.
    #[derive(Default)]
    Role of rows::Role {
        /// One's own jobs and credits.
        #[default]
        Owner,
        /// Besides, queues, workers and dead letters of all.
        Operator,
        /// Besides, keys and credits of all.
        Admin,
    }
}

/// A key that is wanted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// What people call it.
    #[schema(example = "build server")]
    pub name: String,
    /// For whom it speaks.
    pub owner: String,
    /// What it may do; default `owner`.
    #[serde(default)]
    pub role: Role,
}

/// A key without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Key {
    /// `key_` and 32 hexadecimal digits.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// For whom it speaks.
    pub owner: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was revoked.
    #[schema(format = DateTime)]
    pub revoked_at: Option<String>,
}

impl From<rows::ApiKey> for Key {
    fn from(k: rows::ApiKey) -> Self {
        Self {
            id: k.id.to_string(),
            name: k.name,
            owner: k.owner,
            role: k.role.into(),
            created_at: k.created_at.to_string(),
            revoked_at: time(k.revoked_at),
        }
    }
}

/// A new key with its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CreatedKey {
    #[serde(flatten)]
    pub row: Key,
    /// The key itself. It is shown this once; send it as `Authorization: Bearer …`.
    #[schema(example = "gm_…")]
    pub key: String,
}

/// All keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeyPage {
    /// The oldest first.
    pub items: Vec<Key>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}
