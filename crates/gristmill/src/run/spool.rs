//! Copies input files into the spool. The originals are only read; memory stays constant whatever their size.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gristmill_engine::{Bytes, File};
use gristmill_store::Password;

use crate::failure::misused;

/// What files are opened with, by their names.
pub type Passwords = BTreeMap<String, String>;

/// Reads the file of passwords, if one is named. They come from a file because arguments can be seen by others.
pub fn passwords(file: Option<&Path>) -> anyhow::Result<Passwords> {
    let Some(file) = file else { return Ok(Passwords::new()) };
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).map_err(|_| {
        misused(
            format!("{} is no list of passwords", file.display()),
            r#"write a JSON object from file names to passwords: {"scan.pdf": "…"}"#,
        )
    })
}

/// Copies of `files` under `spool`, ready to be submitted.
pub async fn files(spool: &Path, files: &[PathBuf], passwords: &Passwords) -> anyhow::Result<Vec<File>> {
    let mut all = Vec::with_capacity(files.len());
    for (n, file) in files.iter().enumerate() {
        let (from, to) = (file.clone(), spool.join(format!("input-{n}")));
        let path = to.clone();
        tokio::task::spawn_blocking(move || copy(&from, &path)).await?.with_context(|| format!("{} cannot be copied", file.display()))?;
        let name = name_of(file);
        let password = passwords.get(&name).cloned().map(Password);
        all.push(File { password, ..File::new(name, Bytes::Spool(to)) });
    }
    Ok(all)
}

/// `std::fs::copy` would also copy the permissions, and an input that is read-only must not make our copy so.
fn copy(from: &Path, to: &Path) -> std::io::Result<u64> {
    let (mut from, mut to) = (std::fs::File::open(from)?, std::fs::File::create_new(to)?);
    std::io::copy(&mut from, &mut to)
}

/// Refuses what is not a readable ordinary file before any work is done.
pub fn check(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        let shown = file.display();
        let found = std::fs::metadata(file).map_err(|e| misused(format!("{shown} cannot be read: {e}"), "name files that exist"))?;
        if found.is_dir() {
            return Err(misused(format!("{shown} is a folder"), format!("name its files, such as {shown}/*")));
        }
        if !found.is_file() {
            return Err(misused(format!("{shown} is not an ordinary file"), "copy its content into a file first"));
        }
        std::fs::File::open(file).map_err(|e| misused(format!("{shown} cannot be read: {e}"), "make it readable, or leave it out"))?;
    }
    Ok(())
}

/// The last part of a path as text.
pub fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(|| "file".to_owned(), |n| n.to_string_lossy().into_owned())
}
