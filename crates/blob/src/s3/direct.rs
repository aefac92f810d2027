//! What is handed to a browser, so that bytes go to the bucket and not through us: signed addresses, and uploads in parts with them.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Url};

use super::S3;
use super::checksum::Checksum;
use super::multipart::Part;
use crate::{BlobError, Key, Result};

/// An address that lets whoever has it do one thing for a time. It prints without its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    /// The whole address, for the one who may use it: never for a log.
    pub fn secret(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({})", self.0.path())
    }
}

/// An object that was made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// Its size. Its SHA-256 is not known: nobody of ours has seen the bytes.
    pub bytes: u64,
    /// Its entity tag.
    pub tag: String,
}

impl S3 {
    /// Puts bytes if there is no such blob yet; of several who try, one succeeds.
    ///
    /// # Errors
    /// [`BlobError::Exists`] when there is one.
    pub async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> Result<()> {
        match self.put(&self.path(key)?, &[], &bytes, &Checksum::crc32(&bytes), true).await {
            Err(BlobError::Changed(_)) => Err(BlobError::Exists(key.to_string())),
            done => done.map(|_| ()),
        }
    }

    /// An address from which the blob can be read for `time`, at most seven days.
    pub async fn presign_get(&self, key: &Key, time: Duration) -> Result<SignedUrl> {
        self.signer.sign_for(Method::GET, &self.path(key)?, &[], time).await.map(SignedUrl)
    }

    /// Begins an upload in parts and answers its id.
    pub async fn begin_multipart(&self, key: &Key) -> Result<String> {
        self.create(&self.path(key)?).await
    }

    /// An address to which one part, from 1 to 10,000, can be put for `time`. All but the last must have 5 MiB.
    pub async fn presign_part(&self, key: &Key, upload: &str, number: u32, time: Duration) -> Result<SignedUrl> {
        let query = [("partNumber", &*number.to_string()), ("uploadId", upload)];
        self.signer.sign_for(Method::PUT, &self.path(key)?, &query, time).await.map(SignedUrl)
    }

    /// The parts that have come, in order: what a page that was closed need not send again.
    pub async fn parts(&self, key: &Key, upload: &str) -> Result<Vec<Part>> {
        self.parts_of(&self.path(key)?, upload).await
    }

    /// Makes the blob of the parts that have come, which must be all from 1 on and together `bytes`.
    ///
    /// # Errors
    /// [`BlobError::Unexpected`] when a part is missing or the size is another; the upload stays then.
    pub async fn complete_multipart(&self, key: &Key, upload: &str, bytes: u64) -> Result<Completed> {
        let path = self.path(key)?;
        let parts = self.parts_of(&path, upload).await?;
        let gap = parts.iter().zip(1..).find(|(part, number)| part.number != *number);
        if let Some((_, missing)) = gap {
            return Err(BlobError::unexpected(key.as_str(), format!("part {missing} has not come")));
        }
        let found: u64 = parts.iter().map(|part| part.size).sum();
        if found != bytes {
            return Err(BlobError::unexpected(key.as_str(), format!("{found} bytes have come instead of {bytes}")));
        }
        let tag = self.complete(&path, upload, parts.into_iter().map(|part| part.tag).collect()).await?;
        Ok(Completed { bytes, tag })
    }

    /// Forgets an upload and its parts. Done already when there is none.
    pub async fn abort_multipart(&self, key: &Key, upload: &str) -> Result<()> {
        self.abort(&self.path(key)?, upload).await
    }
}
