//! Configuration: text from [`source`], checked against [`keys`], made into one typed [`Config`].

pub mod alias;
mod blobs;
mod intake;
pub mod keys;
mod messages;
mod services;
pub mod show;
pub mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use blobs::{BlobsUrl, SourcesUrl};
use gristmill_engine::worker::Streaming;
use gristmill_engine::{Terms, UploadTerms};
use gristmill_model::credits::{Credits, Prices};
use gristmill_store::{Pace, Quota};
pub use intake::Intake;
pub use messages::{MailUrl, Messages, WebhooksUrl};
pub use services::ServicesSaid;
use source::{Given, Said};

/// How often the store waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit.
    Full,
    /// At checkpoints.
    Normal,
}

/// Where rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// In a file.
    Sqlite(PathBuf),
    /// In a server; the URL may hold a password.
    Postgres(String),
}

impl std::fmt::Display for StoreUrl {
    /// For people: without a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => f.write_str(&show::hidden(url)),
        }
    }
}

/// The store's own notifications, unless another way is named.
fn doorbell(url: &str, store: &str) -> String {
    match (url.split_once(':').unwrap_or((url, "")), store) {
        (("auto", _), store) if store.starts_with("postgres") => store.to_owned(),
        (("auto", _), _) => "memory:".to_owned(),
        (("hostile", rest), store) => match rest.split_once(':') {
            Some((seed, inner)) => format!("hostile:{seed}:{}", doorbell(inner, store)),
            None => url.to_owned(),
        },
        _ => url.to_owned(),
    }
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
    /// Where rows are.
    pub store: StoreUrl,
    /// Who tells workers to look; the URL may hold a password.
    pub doorbell: String,
    /// From where requests come by message; `None` is from nowhere.
    pub intake: Option<Intake>,
    /// How often it waits for the disk.
    pub synchronous: Synchronous,
    /// Where uploads and results are.
    pub blobs: BlobsUrl,
    /// Where files may be read from beside uploads.
    pub sources: SourcesUrl,
    /// How much copies of objects may take on this node.
    pub cache_bytes: u64,
    /// Folder of the user's own pipelines.
    pub pipelines: PathBuf,
    /// Folder of models.
    pub models: PathBuf,
    /// Services outside that steps may ask.
    pub services: ServicesSaid,
    /// Slots of the worker.
    pub slots: Slots,
    /// Jobs a worker runs at once; `None` is as many as cores and memory suggest.
    pub max_jobs: Option<u32>,
    /// No new task while more than this share of the memory is in use.
    pub most_memory: Option<f64>,
    /// How long a lost ring can delay a task.
    pub poll: Duration,
    /// How long a silent worker counts as alive.
    pub lease: Duration,
    /// How files in a bucket are read.
    pub streaming: Streaming,
    /// How people are told.
    pub messages: Messages,
    /// The most bytes one step may have in its scratch folder; `None` is as many as fit.
    pub most_scratch: Option<u64>,
    /// What jobs may have and cost.
    pub terms: Terms,
    /// How long running work may go on after a request to stop.
    pub grace: Duration,
    /// The largest request that is accepted, in bytes, all its files together.
    pub max_upload_bytes: u64,
    /// Whether a key is asked for on a loopback address too.
    pub keys_required: bool,
    /// The server that clients talk to.
    pub server: String,
    /// The key that they send; empty is none.
    pub key: String,
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
        let blobs = BlobsUrl::of(&said, &given.environment)?;
        let sources = SourcesUrl::of(&said, &given.environment)?;
        let messages = Messages::of(&said)?;
        let intake = Intake::of(&said)?;
        let services = ServicesSaid::of(&said)?;
        Ok(Self { intake, services, ..Self::typed(said, blobs, sources, messages) })
    }

    /// For one-shot commands: the defaults and environment of `self`, in a folder of its own.
    pub fn within(&self, folder: &Path) -> Self {
        let (store, doorbell) = (StoreUrl::Sqlite(folder.join("gristmill.db")), "memory:".to_owned());
        // Nobody is charged for work on one's own machine, and nobody waits for it but its owner.
        let job_timeout = Duration::from_secs(7 * 86_400);
        let terms = Terms { prices: Prices::default(), job_timeout, announce: false, ..self.terms.clone() };
        let (blobs, messages) = (BlobsUrl::Folder(folder.join("blobs")), self.messages.within(&folder.join("mail")));
        Self { data: folder.to_owned(), store, doorbell, intake: None, blobs, messages, terms, ..self.clone() }
    }

    /// The checked texts as their types; every value has passed [`keys::Key::check`].
    fn typed(said: BTreeMap<&'static str, Said>, blobs: BlobsUrl, sources: SourcesUrl, messages: Messages) -> Self {
        let text = |name: &str| said[name].value.clone();
        let path =
            |name: &str| PathBuf::from(text(name).split_once(':').map_or(String::new(), |(_, p)| p.trim_start_matches("//").to_owned()));
        let slots = |name: &str| text(name).parse().ok();
        let seconds = |name: &str, usual| Duration::from_secs(text(name).parse().unwrap_or(usual));
        let mebibytes = |name: &str, usual: u64| text(name).parse().unwrap_or(usual) << 20;
        let credits = |name: &str| text(name).parse::<Credits>().unwrap_or_default();
        let (drops, templates, announce) = (sources.drops.clone(), messages.templates.clone(), messages.announce.is_some());
        Self {
            data: text("data").into(),
            listen: text("listen"),
            doorbell: doorbell(&text("doorbell.url"), &text("store.url")),
            store: match text("store.url") {
                url if url.starts_with("sqlite:") => StoreUrl::Sqlite(path("store.url")),
                url => StoreUrl::Postgres(url),
            },
            intake: None,
            services: ServicesSaid::default(),
            synchronous: if text("store.synchronous") == "normal" { Synchronous::Normal } else { Synchronous::Full },
            blobs,
            sources,
            cache_bytes: text("blobs.cache_bytes").parse().unwrap_or(10 << 30),
            pipelines: text("pipelines.dir").into(),
            models: text("models.dir").into(),
            slots: Slots {
                io: slots("worker.slots_io"),
                cpu_small: slots("worker.slots_cpu_small"),
                cpu_large: slots("worker.slots_cpu_large"),
            },
            grace: Duration::from_secs(text("worker.grace_seconds").parse().unwrap_or(10)),
            max_jobs: slots("worker.max_jobs"),
            most_memory: text("worker.memory_percent").parse().ok().filter(|p| *p < 100.0).map(|p: f64| p / 100.0),
            poll: seconds("worker.poll_seconds", 1),
            lease: seconds("worker.lease_seconds", 30),
            streaming: Streaming {
                enabled: text("streaming.enabled") == "true",
                chunk: mebibytes("streaming.chunk_mb", 8),
                threshold: mebibytes("streaming.threshold_mb", 64),
            },
            messages,
            most_scratch: text("scratch.max_bytes").parse().ok().filter(|bytes| *bytes > 0),
            terms: Terms {
                prices: Prices {
                    per_file: credits("credits.per_file"),
                    per_megapixel: credits("credits.per_megapixel"),
                    per_media_minute: credits("credits.per_media_minute"),
                    per_page: credits("credits.per_page"),
                },
                open_files: text("limits.open_files").parse().unwrap_or(5),
                job_timeout: seconds("limits.job_seconds", 3600),
                uploads: UploadTerms {
                    kept: seconds("uploads.kept_seconds", 86_400),
                    quota: Quota {
                        uploads: text("uploads.most").parse().unwrap_or(1_000),
                        bytes: text("uploads.most_bytes").parse().unwrap_or(1 << 40),
                    },
                },
                drops,
                pace: Pace { first: seconds("sources.look_seconds", 30), ..Pace::default() },
                admin: Some(text("mail.admin")).filter(|t| !t.is_empty()),
                public_url: Some(text("public.url")).filter(|t| !t.is_empty()),
                templates,
                announce,
            },
            max_upload_bytes: text("limits.max_upload_bytes").parse().unwrap_or(u64::MAX),
            keys_required: text("auth.required") == "true",
            server: text("server.url"),
            key: text("server.key"),
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
