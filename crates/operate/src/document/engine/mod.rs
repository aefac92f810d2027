//! The engines that read pages. Each is given a page as pixels and answers lines with boxes and confidences; which one is asked is a
//! job's choice, or the best that is there.

mod ppocr;
mod tesseract;
mod vision;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use gristmill_layout::{Line, Matrix};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::models::Models;
use crate::operation::OperationError;
use ppocr::PpOcr;
use tesseract::Tesseract;
use vision::GoogleVision;

/// Which engine reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    /// The best that is there and knows the languages.
    #[default]
    Auto,
    /// PP-OCR, in this process's own children.
    Ppocr,
    /// Tesseract, if it is installed.
    Tesseract,
    /// Google Cloud Vision, if it is set up; never chosen by `auto`.
    #[serde(rename = "google-vision")]
    GoogleVision,
}

/// A page to read.
#[derive(Debug)]
pub(crate) struct Pixels<'a> {
    /// A PPM.
    pub path: &'a Path,
    /// Whether it may be a photo of a sheet that lies askew in space.
    pub photo: bool,
    /// Dots an inch, for engines that want to know.
    pub dpi: u32,
    /// As Tesseract names them, the most frequent first.
    pub languages: &'a [String],
    /// An empty folder to work in.
    pub scratch: PathBuf,
}

/// What an engine read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// In any order; boxes in pixels of the straightened page.
    pub lines: Vec<Line>,
    /// Of the straightened page, in pixels.
    pub width: f64,
    pub height: f64,
    /// From pixels of the page as it came.
    pub straightened: Matrix,
}

/// Something that reads pages.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// What it calls itself, with its version.
    async fn name(&self, context: &Context) -> Result<String, OperationError>;

    /// Why it cannot read these languages here: it is not installed, or does not know one of them. `None`: it can.
    async fn lacks(&self, context: &Context, languages: &[String]) -> Result<Option<String>, OperationError>;

    /// Reads a page.
    ///
    /// # Errors
    /// Fault `Input` or `Limit` for the page's, `Tool` for the engine's.
    async fn read(&self, context: &Context, page: &Pixels<'_>) -> Result<Reading, OperationError>;
}

/// All engines of a worker.
#[derive(Debug)]
pub(crate) struct Engines {
    ppocr: PpOcr,
    tesseract: Tesseract,
}

impl Engines {
    pub(super) fn new(models: Models) -> Self {
        Self { ppocr: PpOcr::new(models), tesseract: Tesseract::default() }
    }

    /// Those that are there by the look of it, without asking them.
    pub(crate) fn there(&self) -> Vec<String> {
        self.ppocr.there().into_iter().chain(self.tesseract.there()).collect()
    }

    /// The engine that reads for a job; or why there is none.
    pub(crate) async fn choose(
        &self,
        context: &Context,
        provider: Provider,
        languages: &[String],
    ) -> Result<Result<&dyn Engine, String>, OperationError> {
        let candidates: Vec<&dyn Engine> = match provider {
            Provider::Auto => vec![&self.ppocr, &self.tesseract],
            Provider::Ppocr => vec![&self.ppocr],
            Provider::Tesseract => vec![&self.tesseract],
            Provider::GoogleVision => vec![&GoogleVision],
        };
        let mut lacks = Vec::new();
        for engine in candidates {
            match engine.lacks(context, languages).await? {
                None => return Ok(Ok(engine)),
                Some(why) => lacks.push(why),
            }
        }
        Ok(Err(lacks.join("; ")))
    }
}
