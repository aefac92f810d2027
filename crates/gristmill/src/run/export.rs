//! Puts results where the user wants them: `DIR/<file name without its ending>/…` with both reports.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gristmill_engine::{Body, Engine, FileView, JobView};
use gristmill_model::report::is_artifact_name;

use super::folder::Folders;
use crate::wiring::OWNER;

/// Where the results of one file are now.
#[derive(Debug)]
pub struct Exported {
    /// The folder.
    pub folder: PathBuf,
    /// Names within it.
    pub names: Vec<String>,
}

/// Exports every file of an ended job, in order.
pub async fn all(engine: &Engine, view: &JobView, out: &Path) -> anyhow::Result<Vec<Exported>> {
    let mut folders = Folders::default();
    let mut exported = Vec::with_capacity(view.files.len());
    for file in &view.files {
        let occupied = |name: &str| out.join(name).symlink_metadata().is_ok_and(|m| !m.is_dir());
        let folder = out.join(folders.name(&file.file.name, occupied));
        let names = one(engine, view, file, &folder).await.with_context(|| format!("results cannot be written to {}", folder.display()))?;
        exported.push(Exported { folder, names });
    }
    Ok(exported)
}

async fn one(engine: &Engine, view: &JobView, file: &FileView, folder: &Path) -> anyhow::Result<Vec<String>> {
    std::fs::create_dir_all(folder)?;
    let mut names = Vec::new();
    for artifact in file.results(&view.job) {
        anyhow::ensure!(is_artifact_name(&artifact.name), "a result has an impossible name");
        let to = folder.join(&artifact.name);
        std::fs::create_dir_all(to.parent().unwrap_or(folder))?;
        match engine.artifact(OWNER, view.job.id, file.file.id, &artifact.name).await?.body {
            Body::Here(bytes) => replace(&to, |to| std::fs::write(to, &bytes))?,
            Body::Blob(key) => {
                let from = engine.blobs().local(&key, Some(&artifact.sha256)).await?;
                tokio::task::spawn_blocking(move || replace(&to, |to| link(&from, to))).await??;
            }
        }
        names.push(artifact.name);
    }
    Ok(names)
}

/// Never writes through what an earlier run or someone else left at that name: a link there would lead elsewhere.
fn replace(to: &Path, write: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
    match std::fs::remove_file(to) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => write(to),
    }
}

/// The private data folder is removed afterwards, so a second name for the same bytes is as good as a copy.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(drop))
}
