//! Where bytes are: a folder, or a bucket with what is known of its server.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use gristmill_blob::BlobError;
use gristmill_blob::guard::Allow;
use gristmill_blob::s3::Settings;
use gristmill_engine::DropFolder;

use super::source::Said;
use crate::failure::misused;

/// Where uploads and results are.
#[derive(Debug, Clone)]
pub enum BlobsUrl {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket; the settings may hold its keys, which they do not print.
    Bucket(Box<Settings>),
}

impl BlobsUrl {
    /// Keys of a bucket are read from the variables that every client of S3 knows, never from a file or a flag.
    pub(super) fn of(said: &BTreeMap<&'static str, Said>, environment: &[(String, String)]) -> anyhow::Result<Self> {
        let url = &said["blobs.url"];
        if let Some(path) = url.value.strip_prefix("file:") {
            return Ok(Self::Folder(path.trim_start_matches("//").into()));
        }
        let refused = |error: BlobError| {
            let why = if let BlobError::Settings(why) = error { why } else { error.to_string() };
            let next = "look at `blobs.*` in `gristmill config`, and at the AWS_… variables";
            misused(format!("`blobs.url` is `{}` ({}); {why}", url.value, url.source), next)
        };
        let settings = server(said, environment, &url.value).map_err(refused)?;
        Ok(Self::Bucket(Box::new(settings)))
    }
}

/// The settings of `s3://bucket/prefix` at the server of `blobs.*`; they can be opened.
fn server(said: &BTreeMap<&'static str, Said>, environment: &[(String, String)], url: &str) -> Result<Settings, BlobError> {
    let text = |name: &str| Some(said[name].value.clone()).filter(|value| !value.is_empty());
    let mut settings = Settings::from_url(url)?;
    (settings.endpoint, settings.region) = (text("blobs.endpoint"), text("blobs.region"));
    settings.path_style = said["blobs.path_style"].value.parse().ok();
    settings.cache = said["blobs.cache_bytes"].value.parse().unwrap_or(settings.cache);
    let variable = |name: &str| environment.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let settings = settings.or_from(variable);
    settings.check()?;
    Ok(settings)
}

/// Where jobs may read files from beside uploads.
#[derive(Debug, Clone)]
pub struct SourcesUrl {
    /// Buckets, and up to which prefix of each.
    pub buckets: Vec<(Settings, String)>,
    /// Addresses; `None` is none.
    pub web: Option<Allow>,
    /// Parts of buckets of whose new objects jobs are made.
    pub drops: Vec<DropFolder>,
}

impl SourcesUrl {
    pub(super) fn of(said: &BTreeMap<&'static str, Said>, environment: &[(String, String)]) -> anyhow::Result<Self> {
        let list = &said["sources.buckets"];
        let bucket = |entry: &str| {
            let (name, prefix) = entry.split_once('/').unwrap_or((entry, ""));
            Ok((server(said, environment, &format!("s3://{name}"))?, prefix.trim_end_matches('/').to_owned()))
        };
        let entries = list.value.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let buckets = entries.map(bucket).collect::<Result<_, BlobError>>();
        let buckets = buckets.map_err(|e| {
            misused(
                format!("`sources.buckets` is `{}` ({}); {e}", list.value, list.source),
                "write bucket, or bucket/prefix, separated by commas",
            )
        })?;
        let web = match said["sources.web"].value.as_str() {
            "off" => None,
            "loopback" => Some(Allow { http: true, loopback: true, ..Allow::default() }),
            _ => Some(Allow::default()),
        };
        let drops = &said["sources.drops"];
        let folders = drops.value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(drop_folder);
        let folders = folders.collect::<Option<_>>().ok_or_else(|| {
            misused(format!("`sources.drops` is `{}` ({})", drops.value, drops.source), "write bucket/prefix=pipeline, separated by commas")
        })?;
        Ok(Self { buckets, web, drops: folders })
    }
}

fn drop_folder(entry: &str) -> Option<DropFolder> {
    let (place, pipeline) = entry.split_once('=')?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let (bucket, prefix, pipeline) = (bucket.trim().to_owned(), prefix.trim_end_matches('/').to_owned(), pipeline.trim().to_owned());
    (!bucket.is_empty() && !pipeline.is_empty()).then_some(DropFolder { bucket, prefix, pipeline })
}

impl fmt::Display for BlobsUrl {
    /// For people: without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(s3) => {
                write!(f, "s3://{}/{}", s3.bucket, s3.prefix)?;
                s3.endpoint.as_ref().map_or(Ok(()), |at| write!(f, " at {at}"))
            }
        }
    }
}
