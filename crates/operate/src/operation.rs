//! What an operation is, what it answers, and how it fails.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_model::{Fault, Problem};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::context::{Context, Input, Tools};

/// A step's options as declared; each operation reads them into a struct of its own with [`read_options`].
pub type Options = Map<String, Value>;

/// One kind of work a step may name.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// The name a step gives: `image.resize`.
    fn name(&self) -> &'static str;

    /// One sentence for `gristmill pipelines` and the docs.
    fn about(&self) -> &'static str;

    /// Which slots it takes unless its step says otherwise.
    fn class(&self) -> Class;

    /// Whether these options suit it. The error is a sentence that back-quotes the offending option first.
    fn check_options(&self, options: &Options) -> Result<(), String>;

    /// How long it will run on one core-set of its class, from the size of the file and what earlier steps measured.
    /// Only the order of work and the weight of progress depend on it, so a rough figure is enough.
    fn estimate(&self, bytes: u64) -> Duration;

    /// Whether it writes files. One that does not is spared the making and removing of a scratch folder, which for small work
    /// costs more than the work.
    fn writes(&self) -> bool {
        true
    }

    /// How often it reads all of its input when it reads by URL; a look at the head or a stretch counts as none. `None`: it reads local
    /// files only.
    fn passes(&self) -> Option<u32> {
        None
    }

    /// Counts what it makes of the same input and options: another number when that is something else than before. `None`: what it
    /// made is never used again.
    fn version(&self) -> Option<u32> {
        None
    }

    /// What its results depend on beside the input and the options: the models and services that this worker has. A part of what a result
    /// is known by.
    fn depends_on(&self, _tools: &Tools) -> Vec<String> {
        Vec::new()
    }

    /// Does the work. Everything it writes stays under [`Context::scratch`]; the engine publishes what the outcome names.
    ///
    /// # Errors
    /// [`OperationError`] with whose fault it was. Dropping the future must kill every child it started.
    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError>;
}

/// How an operation ended when it did not fail.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The work is done.
    Done(Produced),
    /// There was nothing to do for this file, and why ("the file has no picture").
    NotApplicable(String),
    /// The work is split: each part becomes a task of its own, on any worker, and when all have ended well the operation runs once
    /// more with [`Input::parts`] to join them.
    Parts(Vec<PartPlan>),
}

/// One part of a split task.
#[derive(Debug, Clone, PartialEq)]
pub struct PartPlan {
    /// What it is, in the operation's own words; given back in [`Input::part`]. At most 64 KiB as JSON.
    pub spec: Value,
    /// How long it will run.
    pub estimate: Duration,
}

/// What an operation leaves behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Produced {
    /// What was measured and decided: its part of `report.json`. An object.
    pub report: Value,
    /// Files under the scratch folder to publish.
    pub artifacts: Vec<Draft>,
    /// What it read out of the file for the table of records.
    pub record: Option<Record>,
    /// Whether it was made with less than was asked for, so that the same step may make something better another day.
    pub makeshift: bool,
}

/// A row for the table of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The schema it is of.
    pub schema: String,
    /// The values, as the schema nests them.
    pub data: Value,
    /// The same field by field, each with what speaks for it.
    pub fields: Value,
    /// How sure its least sure field is, 0..=1.
    pub confidence: f64,
    /// How many of its fields a person should look at.
    pub doubts: u32,
    /// Whether it stands as it is, without a person.
    pub accepted: bool,
}

/// A file in scratch space that is to become an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its name within the file's results, such as `hls/master.m3u8`.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Where it lies now; under [`Context::scratch`].
    pub path: PathBuf,
}

/// Why an operation failed, and whose fault it was.
#[derive(Debug, thiserror::Error)]
#[error("{}", problem.message)]
pub struct OperationError {
    /// What owners and programs are told.
    pub problem: Problem,
    /// What operators find in the log.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl OperationError {
    /// The file does not qualify.
    pub fn input(code: &str, message: impl Into<String>) -> Self {
        Self::new(Fault::Input, code, message)
    }

    /// The file is larger than a limit allows.
    pub fn limit(code: &str, message: impl Into<String>) -> Self {
        Self::new(Fault::Limit, code, message)
    }

    /// A tool, a disk or a service failed.
    pub fn tool(code: &str, message: impl Into<String>) -> Self {
        Self::new(Fault::Tool, code, message)
    }

    /// We did.
    pub fn bug(code: &str, message: impl Into<String>) -> Self {
        Self::new(Fault::Bug, code, message)
    }

    /// The same error with what caused it.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    fn new(fault: Fault, code: &str, message: impl Into<String>) -> Self {
        Self { problem: Problem::new(fault, code, message), source: None }
    }
}

impl From<std::io::Error> for OperationError {
    /// A disk that is full or gone is the machine's fault: retry, elsewhere if possible.
    fn from(error: std::io::Error) -> Self {
        let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
        let (code, message) = if full {
            ("disk_full", "The worker's disk is full; the step is tried again later. Free some space or move the data folder.")
        } else {
            ("io_failed", "The worker could not read or write its scratch space; the step is tried again.")
        };
        Self::tool(code, message).because(error)
    }
}

/// Reads options into an operation's own struct (with `#[serde(default, deny_unknown_fields)]`).
///
/// # Errors
/// A sentence that names the option: "unknown field `widht`, expected one of `width`, `height`".
pub fn read_options<T: DeserializeOwned>(options: &Options) -> Result<T, String> {
    serde_json::from_value(Value::Object(options.clone())).map_err(|e| e.to_string())
}
