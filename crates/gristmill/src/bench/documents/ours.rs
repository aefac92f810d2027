//! Documents through the engine: stored before the clock starts, read as tasks in the child pool on all cores.

use std::path::PathBuf;

use gristmill_engine::Body;
use gristmill_layout::{Document, Page};
use gristmill_operate::Registry;

use super::rows::Read;
use crate::bench::rig::{Rig, Rows};
use crate::bench::usage::{Usage, Watch};
use crate::config::{Config, Synchronous};
use crate::wiring::{OWNER, cores};

/// An engine with one step.
pub struct Ours {
    rig: Rig,
}

impl Ours {
    /// With this reader (`auto`, `ppocr`, `tesseract`), which writes searchable PDFs or does not.
    pub async fn start(config: &Config, reader: &str, searchable: bool) -> anyhow::Result<Self> {
        let pipeline = format!(
            "name = \"bench\"\naccepts = [\"document\", \"image\"]\n[[step]]\nid = \"ocr\"\nop = \"document.ocr\"\ntimeout = \"6h\"\n\
             options = {{ ocr_provider = \"{reader}\", searchable = {searchable} }}\n"
        );
        Ok(Self { rig: Rig::start(config, &pipeline, Registry::standard(), &Rows::Sqlite(Synchronous::Full)).await? })
    }

    /// Reads a page a core that do not count, so that children run and have their models.
    pub async fn warm(&self, files: &[PathBuf]) -> anyhow::Result<()> {
        self.read(&files[..files.len().min(cores() as usize)]).await.map(drop)
    }

    /// Reads them as one job: what it took, and the layouts.
    pub async fn read(&self, files: &[PathBuf]) -> anyhow::Result<(Usage, Vec<Document>)> {
        let mut sources = Vec::new();
        for file in files {
            sources.push(self.rig.store(file).await?);
        }
        let watch = Watch::ours();
        let job = self.rig.submit("bench", &sources).await?;
        let ended = self.rig.ended(job).await;
        let used = watch.stop();
        ended?;
        let engine = &self.rig.mill.engine;
        let mut layouts = Vec::new();
        for file in &engine.view(OWNER, job).await?.files {
            let found = engine.artifact(OWNER, job, file.file.id, "layout.json").await?;
            let bytes = match found.body {
                Body::Here(bytes) => bytes.to_vec(),
                Body::Blob(key) => std::fs::read(engine.blobs().local(&key, None).await?)?,
            };
            layouts.push(serde_json::from_slice(&bytes)?);
        }
        Ok((used, layouts))
    }

    /// Ends it.
    pub async fn end(self) {
        self.rig.mill.drain(std::time::Duration::ZERO).await;
    }
}

/// The lines of a page, as they stand.
pub fn lines(page: &Page) -> Vec<Read> {
    page.lines().map(|line| Read { corners: line.bounds.corners(), text: line.text() }).collect()
}
