//! PP-OCR by our own children: the default, where its models are.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_layout::Line;
use gristmill_ocr::{Alphabet, Engine as Net};

use super::super::documents::Document;
use super::super::wire::{Form, Straight, Work};
use super::{Engine, Pixels, Reading};
use crate::context::Context;
use crate::models::{Models, OCR_DETECTOR, OCR_RECOGNISER};
use crate::operation::OperationError;

/// A dense page takes a few seconds.
const WALL: Duration = Duration::from_secs(120);

/// More text than any page has.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Debug)]
pub(super) struct PpOcr {
    models: Models,
}

impl PpOcr {
    pub(super) fn new(models: Models) -> Self {
        Self { models }
    }

    pub(super) fn there(&self) -> Option<String> {
        self.files().map(|_| format!("{} {}", OCR_DETECTOR.sha256, OCR_RECOGNISER.sha256))
    }

    fn files(&self) -> Option<[PathBuf; 2]> {
        Some([self.models.file(&OCR_DETECTOR)?, self.models.file(&OCR_RECOGNISER)?])
    }
}

#[async_trait]
impl Engine for PpOcr {
    async fn name(&self, _context: &Context) -> Result<String, OperationError> {
        Ok(Net::NAME.to_owned())
    }

    async fn lacks(&self, _context: &Context, languages: &[String]) -> Result<Option<String>, OperationError> {
        if self.files().is_none() {
            return Ok(Some("the models of PP-OCR are not installed: `gristmill models fetch ocr`".to_owned()));
        }
        let unknown = languages.iter().find(|l| Alphabet::of([l.as_str()]).is_none());
        Ok(unknown.map(|l| format!("PP-OCR does not read `{l}`")))
    }

    async fn read(&self, context: &Context, page: &Pixels<'_>) -> Result<Reading, OperationError> {
        let Some([detector, recogniser]) = self.files() else {
            return Err(OperationError::tool("model_missing", "The models of PP-OCR are gone; the step is tried again."));
        };
        let lines = page.scratch.join("lines.json");
        let work = Work::Read { languages: page.languages.to_vec(), perspective: page.photo };
        let pixels = Document { path: page.path.to_owned(), form: Form::Picture, password: None };
        let (models, outputs) = ([detector.as_path(), recogniser.as_path()], [lines.clone()]);
        let done: Straight = context.tools.documents.ask(&pixels, work, &models, &outputs, WALL, &context.cancel).await?;
        let read = super::super::files::json::<Vec<Line>>(&lines, MOST_BYTES)?;
        Ok(Reading { lines: read, width: done.width, height: done.height, straightened: done.matrix })
    }
}
