//! Work that comes again and again.

use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Priority, time};

/// A job that is to be submitted at each time of a rule.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCron {
    /// Its name; the same name replaces.
    #[schema(example = "nightly")]
    pub name: String,
    /// Five fields as in crontab, in UTC: minute, hour, day, month, weekday.
    #[schema(example = "30 4 * * *")]
    pub rule: String,
    /// The pipeline to run.
    #[schema(example = "image")]
    pub pipeline: String,
    /// Options laid over those of the pipeline: step id to option name to value.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
    /// Who goes first; default `normal`.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The owner's name for a set of jobs.
    #[serde(default)]
    pub group: Option<String>,
    /// The owner's own data, given back as it came.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

/// A cron sent as a form: the request first, then its files.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the form is read part by part")]
pub(crate) struct CronForm {
    /// The request, as JSON. Must come first.
    pub request: CreateCron,
    /// The files, each with its file name. They are kept, and every job reads them.
    #[schema(value_type = Vec<String>, format = Binary)]
    pub file: Vec<Vec<u8>>,
}

/// Work that comes again and again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Cron {
    /// Its name.
    pub name: String,
    /// Its rule of time, UTC.
    pub rule: String,
    /// The pipeline it runs.
    pub pipeline: Option<String>,
    /// Names of its files.
    pub files: Vec<String>,
    /// When it comes next.
    #[schema(format = DateTime)]
    pub next_at: String,
    /// When it came last.
    #[schema(format = DateTime)]
    pub last_at: Option<String>,
}

impl From<rows::Cron> for Cron {
    fn from(row: rows::Cron) -> Self {
        let files = row.body["files"].as_array().into_iter().flatten();
        Self {
            pipeline: row.body["pipeline"].as_str().map(str::to_owned),
            files: files.filter_map(|f| f["name"].as_str().map(str::to_owned)).collect(),
            name: row.name,
            rule: row.rule,
            next_at: row.next_at.to_string(),
            last_at: time(row.last_at),
        }
    }
}

/// All crons of an owner.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CronPage {
    /// The crons.
    pub items: Vec<Cron>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}
