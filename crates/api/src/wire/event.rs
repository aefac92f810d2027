//! Events of a job, as pages and as a stream.

use gristmill_store as rows;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Its number among the events of its job, from 1 without gaps; null for progress, which is not kept.
    pub seq: Option<i64>,
    /// When it happened.
    #[schema(format = DateTime)]
    pub at: String,
    /// `job.created`, `job.started`, `task.started`, `task.progress`, `task.ended`, `file.ended`, `job.progress`, `job.ended`, …
    #[schema(example = "task.ended")]
    pub kind: String,
    /// Its job.
    pub job_id: String,
    /// What else belongs to its kind: `file_id`, `task_id`, `step`, `progress`, `status`, …
    #[serde(flatten)]
    #[schema(value_type = std::collections::BTreeMap<String, Object>)]
    pub data: Map<String, Value>,
}

impl From<rows::Event> for Event {
    fn from(row: rows::Event) -> Self {
        let named = |key: &String| !matches!(key.as_str(), "seq" | "at" | "kind" | "job_id");
        let data = row.data.into_iter().filter(|(key, _)| named(key)).collect();
        Self { seq: Some(row.seq), at: row.at.to_string(), kind: row.kind, job_id: row.job.to_string(), data }
    }
}

/// One page of events, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// The events.
    pub items: Vec<Event>,
    /// Give this as `after` for what comes next.
    pub next_after: i64,
}
