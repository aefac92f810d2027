//! What is read: pictures of pages with their truth beside them, made by this program in another process or given in a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::process::Command;

/// Pictures or PDFs of one kind.
pub struct Set {
    /// What they are.
    pub name: String,
    /// The files, by name.
    pub files: Vec<PathBuf>,
}

/// What stands on one, beside the file: `NAME.txt`, and perhaps `NAME.json`.
pub struct Truth {
    /// Its text, a row a line.
    pub text: String,
    /// `{"schema", "record"}`, or `{"schema": "form", "pairs"}`; null where nobody wrote it.
    pub fields: Value,
}

impl Set {
    /// Makes some. In another process, whose memory is gone before anything is measured.
    pub async fn made(kind: &str, folder: &Path, first: u64, count: u64, pages: u32) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench", "specimens", "--only", kind]).arg(folder);
        command.args(["--first", &first.to_string(), "--count", &count.to_string(), "--pages", &pages.to_string()]);
        let ended = command.kill_on_drop(true).output().await?;
        ensure!(ended.status.success(), "specimens could not be made: {}", String::from_utf8_lossy(&ended.stderr).trim());
        Self::given(&folder.join(kind), kind)
    }

    /// Every picture and PDF of a folder that has its text beside it.
    pub fn given(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        let paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
        let page = |p: &PathBuf| {
            let kind = p.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
            ["jpg", "jpeg", "png", "pdf"].contains(&kind.as_str()) && p.with_extension("txt").is_file()
        };
        let mut files: Vec<PathBuf> = paths.into_iter().filter(page).collect();
        files.sort();
        ensure!(!files.is_empty(), "{} has no picture with a .txt of the same name beside it", folder.display());
        Ok(Self { name: name.to_owned(), files })
    }

    /// What stands on them.
    pub fn truths(&self) -> anyhow::Result<Vec<Truth>> {
        self.files.iter().map(|file| truth(file)).collect()
    }
}

fn truth(file: &Path) -> anyhow::Result<Truth> {
    let text = std::fs::read_to_string(file.with_extension("txt")).with_context(|| file.display().to_string())?;
    let fields = match std::fs::read(file.with_extension("json")) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| file.display().to_string())?,
        Err(_) => Value::Null,
    };
    Ok(Truth { text, fields })
}
