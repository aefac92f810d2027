//! What is done to each file of a job, as it was frozen when the job was submitted.

use std::ops::Deref;

use gristmill_model::pipeline::Pipeline;

/// A pipeline with the job's options laid over it and every step's class filled in, frozen when the job is submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pipeline: Pipeline,
    text: String,
}

impl Plan {
    /// The plan of this pipeline.
    pub fn new(pipeline: Pipeline) -> Self {
        let text = serde_json::to_string(&pipeline).unwrap_or_default();
        Self { pipeline, text }
    }

    /// The plan of a stored text. One that cannot be read has no steps, so that its job can still be listed and stopped.
    pub(crate) fn from_text(text: String) -> Self {
        let none = || Pipeline { name: String::new(), version: 0, about: String::new(), accepts: Vec::new(), steps: Vec::new() };
        Self { pipeline: serde_json::from_str(&text).unwrap_or_else(|_| none()), text }
    }

    /// Whether it could be read.
    pub(crate) fn is_readable(&self) -> bool {
        !self.pipeline.steps.is_empty()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Deref for Plan {
    type Target = Pipeline;
    fn deref(&self) -> &Pipeline {
        &self.pipeline
    }
}
