//! Uploads that go straight to the bucket.

use gristmill_engine::Direct;
use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file that is to come.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDirectUpload {
    /// The owner's name for it.
    #[serde(default)]
    pub name: Option<String>,
    /// Its size.
    pub bytes: u64,
}

/// An upload and where its parts go.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DirectUpload {
    /// `upload_` and 32 hexadecimal digits.
    pub id: String,
    /// What a job names it by, once it is complete.
    pub source: String,
    /// Bytes of each part but the last.
    pub part_bytes: u64,
    /// Its parts, in order.
    pub parts: Vec<UploadPart>,
    /// When it is forgotten and the addresses are good no more.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UploadPart {
    /// From 1.
    pub number: u32,
    /// Where it is PUT, without any further header. Whoever has it may write this part.
    pub url: String,
    /// Whether it has come.
    pub come: bool,
}

/// An upload that is complete.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CompleteUpload {
    /// Its id.
    pub id: String,
    /// What a job names it by.
    pub source: String,
    /// Its size.
    pub bytes: u64,
}

fn source(upload: &rows::Upload) -> String {
    format!("upload:{}", upload.id)
}

impl From<Direct> for DirectUpload {
    fn from(direct: Direct) -> Self {
        let part =
            |part: gristmill_engine::DirectPart| UploadPart { number: part.number, url: part.url.secret().to_owned(), come: part.come };
        Self {
            id: direct.upload.id.to_string(),
            source: source(&direct.upload),
            part_bytes: direct.part,
            parts: direct.parts.into_iter().map(part).collect(),
            expires_at: direct.upload.expires_at.to_string(),
        }
    }
}

impl From<rows::Upload> for CompleteUpload {
    fn from(upload: rows::Upload) -> Self {
        Self { id: upload.id.to_string(), source: source(&upload), bytes: upload.length }
    }
}
