//! Records of what was read out of files, and what people make of them.

use std::collections::BTreeMap;

use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::names::mirror;
use super::time;

mirror! {
    /// Where a record stands.
    RecordState of rows::RecordState {
        /// A person is to look at it.
        Open,
        /// It stands.
        Accepted,
        /// It is not to be used.
        Rejected,
    }
}

/// A record in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordSummary {
    /// The file it was read out of; its id.
    pub file_id: String,
    /// The job of that file.
    pub job_id: String,
    /// The owner's name for the file.
    pub name: String,
    /// What it holds: the name of a schema.
    #[schema(example = "receipt")]
    pub schema: String,
    /// Where it stands.
    pub state: RecordState,
    /// How sure its least sure value is, 0..=1.
    pub confidence: f64,
    /// How many of its fields a person should look at.
    pub doubts: u32,
    /// Grows with every change; a review names the one it saw.
    pub revision: u32,
    /// The values, as the schema nests them; corrections are in them.
    #[schema(value_type = Object)]
    pub data: Value,
    /// When it was first written.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// Who judged it last; nobody did when it was accepted without a person.
    pub reviewed_by: Option<String>,
    /// When that was.
    #[schema(format = DateTime)]
    pub reviewed_at: Option<String>,
}

/// A record with all there is to judge it by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordDetail {
    /// The record.
    #[serde(flatten)]
    pub record: RecordSummary,
    /// Field by field: `path`, `label`, `type`, `value`, `text`, `page`, `box`, `confidence`, `status`, `required`, `checks`,
    /// `found_in_text`, `source`, `alternatives`; as in `fields.json`.
    #[schema(value_type = Vec<Object>)]
    pub fields: Value,
    /// What people changed, oldest first.
    pub corrections: Vec<RecordCorrection>,
}

/// A change that a person made.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordCorrection {
    /// The field: a JSON pointer into the values.
    #[schema(example = "/total")]
    pub path: String,
    /// What it was; null is nothing.
    #[schema(value_type = Object)]
    pub before: Option<Value>,
    /// What it is; null is nothing.
    #[schema(value_type = Object)]
    pub after: Option<Value>,
    /// Who.
    pub by: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

/// A page of records.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RecordPage {
    /// The records, those of the newest job first.
    pub items: Vec<RecordSummary>,
    /// Ask with this as `cursor` for the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

/// What a person makes of a record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewRecord {
    /// The revision that was seen. A record that somebody else changed meanwhile is not changed.
    pub revision: u32,
    /// Where it stands from now on; left out: where it did.
    #[serde(default)]
    pub state: Option<RecordState>,
    /// Values by their paths, as they were typed. Null says that the document has none; the value a field has already confirms it.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"/total": "12,50"}))]
    pub corrections: BTreeMap<String, Value>,
    /// Who looks, if the key does not say it.
    #[serde(default)]
    pub reviewer: Option<String>,
}

impl From<&rows::Record> for RecordSummary {
    fn from(row: &rows::Record) -> Self {
        let (reviewed_by, reviewed_at) = row.reviewed.clone().unzip();
        Self {
            file_id: row.file.to_string(),
            job_id: row.file.job.to_string(),
            name: row.name.clone(),
            schema: row.schema.clone(),
            state: row.state.into(),
            confidence: row.confidence,
            doubts: row.doubts,
            revision: row.revision,
            data: row.data.clone(),
            created_at: row.created_at.to_string(),
            changed_at: row.changed_at.to_string(),
            reviewed_by,
            reviewed_at: time(reviewed_at),
        }
    }
}

impl RecordDetail {
    /// A record with what people changed in it.
    pub(crate) fn new(row: &rows::Record, corrections: Vec<rows::Correction>) -> Self {
        let correction =
            |c: rows::Correction| RecordCorrection { path: c.path, before: c.before, after: c.after, by: c.reviewer, at: c.at.to_string() };
        Self { record: row.into(), fields: row.fields.clone(), corrections: corrections.into_iter().map(correction).collect() }
    }
}
