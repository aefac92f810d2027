//! Configuration: text from [`source`], checked against [`keys`], made into one typed [`Config`].

pub mod alias;
pub mod keys;
pub mod show;
pub mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use source::{Given, Said};

/// How often the store waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit.
    Full,
    /// At checkpoints.
    Normal,
}

/// Slots a class has; `None` is as many as the cores suggest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slots {
    /// Checks, probes, copies.
    pub io: Option<u32>,
    /// Images.
    pub cpu_small: Option<u32>,
    /// Videos.
    pub cpu_large: Option<u32>,
}

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for everything.
    pub data: PathBuf,
    /// Where `serve` listens.
    pub listen: String,
    /// The database file.
    pub database: PathBuf,
    /// How often it waits for the disk.
    pub synchronous: Synchronous,
    /// Folder of uploads and results.
    pub blobs: PathBuf,
    /// Folder of the user's own pipelines.
    pub pipelines: PathBuf,
    /// Slots of the worker.
    pub slots: Slots,
    /// How long running work may go on after a request to stop.
    pub grace: std::time::Duration,
    /// The largest file that is accepted.
    pub max_upload_bytes: u64,
    /// The server that clients talk to.
    pub server: String,
    /// What was said, and where; `DATA` already replaced.
    pub said: BTreeMap<&'static str, Said>,
}

impl Config {
    /// Reads every source. The user's folders come from `HOME` and the XDG variables in `given`.
    pub fn load(given: &Given) -> anyhow::Result<Self> {
        let mut said = source::gather(given)?;
        let folders = Folders::of(&given.environment);
        if said["data"].value.is_empty() {
            said.entry("data").and_modify(|s| s.value = folders.data.display().to_string());
        }
        let data = said["data"].value.clone();
        let cache = folders.cache.display().to_string();
        for entry in said.values_mut() {
            entry.value = placed(&placed(&entry.value, "DATA", &data), "CACHE", &cache);
        }
        Ok(Self::typed(said))
    }

    /// For one-shot commands: the defaults and environment of `self`, in a folder of its own.
    pub fn within(&self, folder: &Path) -> Self {
        let (database, blobs) = (folder.join("gristmill.db"), folder.join("blobs"));
        Self { data: folder.to_owned(), database, blobs, ..self.clone() }
    }

    /// The checked texts as their types; every value has passed [`keys::Key::check`].
    fn typed(said: BTreeMap<&'static str, Said>) -> Self {
        let text = |name: &str| said[name].value.clone();
        let path =
            |name: &str| PathBuf::from(text(name).split_once(':').map_or(String::new(), |(_, p)| p.trim_start_matches("//").to_owned()));
        let slots = |name: &str| text(name).parse().ok();
        Self {
            data: text("data").into(),
            listen: text("listen"),
            database: path("store.url"),
            synchronous: if text("store.synchronous") == "normal" { Synchronous::Normal } else { Synchronous::Full },
            blobs: path("blobs.url"),
            pipelines: text("pipelines.dir").into(),
            slots: Slots {
                io: slots("worker.slots_io"),
                cpu_small: slots("worker.slots_cpu_small"),
                cpu_large: slots("worker.slots_cpu_large"),
            },
            grace: std::time::Duration::from_secs(text("worker.grace_seconds").parse().unwrap_or(10)),
            max_upload_bytes: text("limits.max_upload_bytes").parse().unwrap_or(u64::MAX),
            server: text("server.url"),
            said,
        }
    }
}

/// `DATA/x` and `scheme:DATA/x` with the folder in place of the word; anything else as it is.
fn placed(value: &str, word: &str, folder: &str) -> String {
    let begins = |rest: &str| rest == word || rest.starts_with(&format!("{word}/"));
    match value.split_once(':') {
        Some((scheme, rest)) if begins(rest) => format!("{scheme}:{folder}{}", &rest[word.len()..]),
        _ if begins(value) => format!("{folder}{}", &value[word.len()..]),
        _ => value.to_owned(),
    }
}

/// The user's folders by the XDG base directory rules.
struct Folders {
    data: PathBuf,
    cache: PathBuf,
}

impl Folders {
    fn of(environment: &[(String, String)]) -> Self {
        let get = |name: &str| environment.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| PathBuf::from(v));
        let home = |below: &str| get("HOME").map(|h| h.join(below));
        let of = |xdg: &str, below: &str| get(xdg).or_else(|| home(below)).map_or_else(|| "gristmill-data".into(), |f| f.join("gristmill"));
        Self { data: of("XDG_DATA_HOME", ".local/share"), cache: of("XDG_CACHE_HOME", ".cache") }
    }
}
