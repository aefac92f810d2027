//! Pipelines as the door shows them: with the class each step really takes.

use gristmill_model::pipeline as declared;
use gristmill_operate::Registry;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A graph of steps that a job runs on each of its files.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Pipeline {
    /// What a job names it by.
    pub name: String,
    /// Raised with every change of meaning.
    pub version: u32,
    /// One sentence about it.
    pub about: String,
    /// Kinds of files it takes: `image`, `video`, `audio`, `document`.
    pub accepts: Vec<String>,
    /// Its steps.
    pub steps: Vec<PipelineStep>,
}

impl Pipeline {
    /// A declared pipeline; `operations` tell the class where a step does not.
    pub(crate) fn new(pipeline: &declared::Pipeline, operations: &Registry) -> Self {
        Self {
            name: pipeline.name.clone(),
            version: pipeline.version,
            about: pipeline.about.clone(),
            accepts: pipeline.accepts.iter().map(|k| k.as_str().to_owned()).collect(),
            steps: pipeline.steps.iter().map(|s| PipelineStep::new(s, operations)).collect(),
        }
    }
}

/// One node of a pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PipelineStep {
    /// Its name in this pipeline.
    pub id: String,
    /// The operation it runs.
    pub op: String,
    /// Steps that must have ended well before it runs.
    pub after: Vec<String>,
    /// Which slots it takes: `io`, `cpu-small`, `cpu-large`.
    pub class: Option<String>,
    /// Whether the file may succeed without it.
    pub optional: bool,
    /// The hard deadline of one attempt.
    pub timeout_seconds: u64,
    /// The operation's options.
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
}

impl PipelineStep {
    fn new(step: &declared::Step, operations: &Registry) -> Self {
        let class = step.class.or_else(|| operations.get(&step.op).map(|o| o.class()));
        Self {
            id: step.id.clone(),
            op: step.op.clone(),
            after: step.after.clone(),
            class: class.map(|c| c.as_str().to_owned()),
            optional: step.optional,
            timeout_seconds: step.timeout.0.as_secs(),
            options: step.options.clone(),
        }
    }
}

/// The pipelines a job may name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PipelinePage {
    /// By name.
    pub items: Vec<Pipeline>,
}

/// Whether a declaration would be accepted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// Whether it would.
    pub accepted: bool,
    /// Every reason why not.
    pub refusals: Vec<Refusal>,
}

/// A reason why a declaration is not accepted, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Refusal {
    /// Line of the declaration, from 1, where it is known.
    pub line: Option<usize>,
    /// The reason, with the next step.
    pub reason: String,
}

impl From<declared::Refusal> for Refusal {
    fn from(refusal: declared::Refusal) -> Self {
        Self { line: refusal.line, reason: refusal.reason }
    }
}
