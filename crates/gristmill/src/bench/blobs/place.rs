//! A part of the configured bucket that is one run's own, with a folder on this node.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs as _, Key, Object, S3};
use tokio::process::Command;
use uuid::Uuid;

use super::alone;

/// What all our objects are below.
const BELOW: &str = "objects";

/// The part and the folder.
pub struct Place {
    /// Opens the part.
    pub settings: Settings,
    s3: S3,
    folder: tempfile::TempDir,
}

impl Place {
    /// A new part of the bucket; nothing is asked of it yet.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("gristmill-bench-").tempdir().context("no temporary folder")?;
        let prefix = format!("{}/gristmill-bench-{}", settings.prefix, Uuid::now_v7().simple());
        let settings = Settings { prefix: prefix.trim_start_matches('/').to_owned(), ..settings.clone() };
        Ok(Self { s3: S3::open(&settings, &folder.path().join("bucket"))?, settings, folder })
    }

    /// A file of this node.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The key of an object in our part.
    pub fn key(&self, name: &str) -> anyhow::Result<Key> {
        Ok(format!("{BELOW}/{name}").parse()?)
    }

    /// The same for those who know the whole bucket.
    pub fn key_in_bucket(&self, name: &str) -> String {
        format!("{}/{BELOW}/{name}", self.settings.prefix)
    }

    /// This program again, for work on our part of the bucket. Keys of the bucket are in the environment already.
    pub fn alone<S: AsRef<OsStr>>(&self, work: impl IntoIterator<Item = S>) -> anyhow::Result<Command> {
        let Settings { bucket, prefix, endpoint, region, path_style, .. } = &self.settings;
        let mut command = alone::command(self.folder.path(), work)?;
        command.env("GRISTMILL_BLOBS__URL", format!("s3://{bucket}/{prefix}"));
        command.env("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_deref().unwrap_or_default());
        command.env("GRISTMILL_BLOBS__REGION", region.as_deref().unwrap_or_default());
        path_style.map(|said| command.env("GRISTMILL_BLOBS__PATH_STYLE", said.to_string()));
        Ok(command)
    }

    /// Sends a copy of a file.
    pub async fn put(&self, name: &str, file: &Path) -> anyhow::Result<()> {
        let link = self.s3.spool().join("new");
        std::fs::hard_link(file, &link)?;
        self.s3.put_file(&self.key(name)?, &link).await?;
        Ok(())
    }

    /// An object as it is now.
    pub async fn object(&self, name: &str) -> anyhow::Result<Object> {
        Ok(self.s3.object(&self.key(name)?).await?)
    }

    /// An address from which anyone can read an object for an hour: never among arguments.
    pub async fn signed(&self, name: &str) -> anyhow::Result<String> {
        Ok(self.s3.presign_get(&self.key(name)?, Duration::from_secs(3600)).await?.secret().to_owned())
    }

    /// Removes an object.
    pub async fn delete(&self, name: &str) -> anyhow::Result<()> {
        Ok(self.s3.delete(&self.key(name)?).await?)
    }

    /// Removes all that is in our part, also what others have begun to send.
    pub async fn clear(&self) -> anyhow::Result<()> {
        self.s3.delete_prefix(&BELOW.parse()?).await?;
        self.s3.abort_abandoned(Duration::ZERO).await?;
        Ok(())
    }
}
