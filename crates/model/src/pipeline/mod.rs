//! Declared pipelines: a named graph of steps. [`Pipeline::parse`] reads one, [`check`] accepts or refuses it with the place.

mod check;
mod duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::operation::{Class, Kind};
use crate::retry::Retry;

pub use check::{Refusal, Verdict, check};
pub use duration::Span;

/// A graph of steps that a job runs on each of its files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// What a job names it by: lower-case letters, digits and dashes.
    pub name: String,
    /// Raised by its author with every change of meaning. Jobs remember the version they began with.
    #[serde(default = "first_version")]
    pub version: u32,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// Kinds of files it takes, by content. Anything else is skipped with `type_not_accepted`.
    pub accepts: Vec<Kind>,
    /// The steps, in any order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One node of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in this pipeline.
    pub id: String,
    /// The operation it runs.
    pub op: String,
    /// Steps that must have ended well before it runs.
    #[serde(default)]
    pub after: Vec<String>,
    /// The operation's options.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// When a failed attempt runs again.
    #[serde(default)]
    pub retry: Retry,
    /// The hard deadline of one attempt: seconds, or text such as `90s`, `5m`, `1h`. Default 5 minutes.
    #[serde(default)]
    pub timeout: Span,
    /// Which slots it takes; default is the operation's own.
    #[serde(default)]
    pub class: Option<Class>,
    /// Whether the file may succeed without it.
    #[serde(default)]
    pub optional: bool,
    /// How many tasks of one key may run at once, over all workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
}

/// A limit that tasks of one key share, whatever pipeline they belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    /// The key. `{owner}` in it stands for the job's owner, `{group}` for the job's group.
    pub key: String,
    /// The most that run at once; at least 1.
    pub most: u32,
}

impl Concurrency {
    /// The key for a job of this owner and group.
    pub fn key_for(&self, owner: &str, group: Option<&str>) -> String {
        self.key.replace("{owner}", owner).replace("{group}", group.unwrap_or_default())
    }
}

fn first_version() -> u32 {
    1
}

/// The two forms a pipeline file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.toml`
    Toml,
    /// `.json`
    Json,
}

impl Pipeline {
    /// Reads a declaration. The error names the line and what was wrong.
    pub fn parse(text: &str, format: Format) -> Result<Self, Refusal> {
        match format {
            Format::Toml => toml::from_str(text)
                .map_err(|e| Refusal { line: e.span().map(|s| check::line_of(text, s.start)), reason: e.message().to_owned() }),
            Format::Json => serde_json::from_str(text).map_err(|e| Refusal { line: Some(e.line()), reason: e.to_string() }),
        }
    }

    /// The step of that id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == id)
    }
}
