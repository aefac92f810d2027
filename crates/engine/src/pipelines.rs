//! The pipelines a job may name: the built-in ones, and the user's own.

use std::collections::BTreeMap;

use gristmill_model::pipeline::{Format, Pipeline, Refusal, check};
use gristmill_operate::Registry;

/// The built-in declarations, compiled in.
const BUILT_IN: [(&str, &str); 3] = [
    ("pipelines/document.toml", include_str!("../../../pipelines/document.toml")),
    ("pipelines/image.toml", include_str!("../../../pipelines/image.toml")),
    ("pipelines/video.toml", include_str!("../../../pipelines/video.toml")),
];

/// Accepted pipelines by name.
#[derive(Debug, Clone, Default)]
pub struct Pipelines {
    by_name: BTreeMap<String, Pipeline>,
}

impl Pipelines {
    /// The built-in pipelines.
    ///
    /// # Errors
    /// When one of them does not suit the operations of this build; its file and the reason.
    pub fn built_in(operations: &Registry) -> Result<Self, String> {
        let mut all = Self::default();
        for (file, text) in BUILT_IN {
            all.add(text, Format::Toml, operations).map_err(|r| format!("{file}: {}", r[0]))?;
        }
        Ok(all)
    }

    /// The text of a built-in declaration, for reading and copying.
    pub fn source(name: &str) -> Option<&'static str> {
        let file = format!("pipelines/{name}.toml");
        BUILT_IN.iter().find(|(f, _)| *f == file).map(|(_, text)| *text)
    }

    /// Accepts a declaration, replacing one of the same name, or answers every reason why not.
    pub fn add(&mut self, text: &str, format: Format, operations: &Registry) -> Result<&Pipeline, Vec<Refusal>> {
        let pipeline = Self::check(text, format, operations)?;
        let name = pipeline.name.clone();
        Ok(self.by_name.entry(name).insert_entry(pipeline).into_mut())
    }

    /// Reads and checks a declaration without accepting it.
    pub fn check(text: &str, format: Format, operations: &Registry) -> Result<Pipeline, Vec<Refusal>> {
        let pipeline = Pipeline::parse(text, format).map_err(|r| vec![r])?;
        let refusals = check(&pipeline, text, &|op, options| operations.verdict(op, options));
        if refusals.is_empty() { Ok(pipeline) } else { Err(refusals) }
    }

    /// The pipeline of that name.
    pub fn get(&self, name: &str) -> Option<&Pipeline> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Pipeline> {
        self.by_name.values()
    }
}
