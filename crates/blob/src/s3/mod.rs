//! Blobs in a bucket of Amazon S3 or of anything that speaks like it. Signing, listing and deleting are the work of `object_store`;
//! reading is that of every remote object, and pushing is our own because it resumes.

mod checksum;
mod concat;
mod direct;
mod multipart;
mod push;
mod put;
mod settings;
mod signer;

use std::ops::Range;
use std::path::Path as FilePath;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use reqwest::Client;

use crate::remote::{Place, Remote};
use crate::spool::Spool;
use crate::{BlobError, Blobs, Cache, Content, HeldPath, Key, Object, Reading, Result, Stored, client, retried};

pub use direct::{Completed, SignedUrl};
pub use multipart::Part;
pub use settings::Settings;
pub(crate) use signer::Signer;

/// Blobs in a bucket, with a folder on this node for what is being made and for copies.
#[derive(Debug, Clone)]
pub struct S3 {
    signer: Signer,
    client: Client,
    prefix: String,
    reading: Reading,
    part: u64,
    spool: Spool,
    cache: Cache,
}

impl S3 {
    /// Opens the bucket; nothing is asked of it yet. `folder` is shared by the processes of this node.
    ///
    /// # Errors
    /// [`BlobError::Settings`] tells what is wrong with them.
    pub fn open(settings: &Settings, folder: &FilePath) -> Result<Self> {
        let client = client::own()?;
        let folder = std::path::absolute(folder)?;
        Ok(Self {
            signer: Signer::new(settings.builder()?, &settings.bucket, settings.region(), &client)?,
            client,
            prefix: settings.prefix.clone(),
            reading: settings.reading.clone(),
            part: settings.part,
            spool: Spool::open(&folder.join("spool"))?,
            cache: Cache::open(&folder.join("cache"), settings.cache, settings.cache_age)?,
        })
    }

    /// The copies on this node.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    fn path(&self, key: &Key) -> Result<Path> {
        Path::parse(format!("{}{key}", self.below())).map_err(|e| BlobError::Settings(e.to_string()))
    }

    /// What every key of ours begins with in the bucket.
    fn below(&self) -> String {
        if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) }
    }

    async fn open_path(&self, path: &Path) -> Result<Remote> {
        let place = || Place::Bucket(self.signer.clone(), path.clone());
        let name = path.as_ref().strip_prefix(&self.below()).unwrap_or(path.as_ref());
        let open = || Remote::open(self.client.clone(), place(), name.to_owned(), self.reading.stall);
        retried(self.reading.tries, open).await
    }

    async fn paths_below(&self, prefix: &Key) -> Result<Vec<Path>> {
        let found = self.signer.store().list(Some(&self.path(prefix)?)).map_ok(|found| found.location).try_collect().await;
        found.map_err(|e| signer::failed(e, prefix.as_str()))
    }
}

#[async_trait]
impl Blobs for S3 {
    async fn put_file(&self, key: &Key, path: &FilePath) -> Result<Stored> {
        let stored = self.push(&self.path(key)?, path).await?;
        tokio::fs::remove_file(path).await?;
        Ok(stored)
    }

    async fn concat(&self, parts: &[Key], to: &Key) -> Result<u64> {
        self.join(parts, &self.path(to)?).await
    }

    async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Content> {
        let object = self.object(key).await?;
        let range = range.unwrap_or(0..object.size());
        if range.start > range.end || range.end > object.size() {
            return Err(BlobError::Range { range, bytes: object.size() });
        }
        Ok(object.stream(range))
    }

    async fn size(&self, key: &Key) -> Result<u64> {
        Ok(self.open_path(&self.path(key)?).await?.size)
    }

    async fn local(&self, key: &Key, sha256: Option<&str>) -> Result<HeldPath> {
        self.cache.get(&self.object(key).await?, sha256).await
    }

    fn is_remote(&self) -> bool {
        true
    }

    async fn object(&self, key: &Key) -> Result<Object> {
        Ok(Object::remote(self.open_path(&self.path(key)?).await?, self.reading.clone()))
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let below = self.below();
        let found = self.paths_below(prefix).await?;
        let mut keys: Vec<Key> = found.iter().filter_map(|path| path.as_ref().strip_prefix(&below)?.parse().ok()).collect();
        keys.sort();
        Ok(keys)
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        match self.signer.store().delete(&self.path(key)?).await.map_err(|e| signer::failed(e, key.as_str())) {
            Err(BlobError::NotFound(_)) => Ok(()),
            done => done,
        }
    }

    async fn delete_prefix(&self, prefix: &Key) -> Result<()> {
        let found = self.paths_below(prefix).await?;
        let deleted = self.signer.store().delete_stream(futures::stream::iter(found.into_iter().map(Ok)).boxed());
        deleted.try_for_each(|_| async { Ok(()) }).await.map_err(|e| signer::failed(e, prefix.as_str()))
    }

    fn bucket(&self) -> Option<&S3> {
        Some(self)
    }

    fn spool(&self) -> &FilePath {
        self.spool.folder()
    }

    async fn tidy(&self, age: Duration) -> Result<usize> {
        Ok(self.abort_abandoned(age).await? + self.cache.tidy(0).await?)
    }

    async fn probe(&self) -> Result<()> {
        let path = Path::parse(format!("{}gristmill-probe", self.below())).map_err(|e| BlobError::Settings(e.to_string()))?;
        let bytes = Bytes::from_static(b"probe");
        self.put(&path, &[], &bytes, &checksum::Checksum::crc32(&bytes), false).await?;
        self.signer.store().delete(&path).await.map_err(|e| signer::failed(e, "gristmill-probe"))
    }
}
