//! Objects at `https://` addresses that others give us.

use gristmill_guard::{Allow, Refusal};
use reqwest::{Client, Url};

use crate::remote::{Place, Remote};
use crate::{BlobError, Object, Reading, Result, client};

/// Reads what users point to. One for a process: it keeps connections.
#[derive(Debug, Clone)]
pub struct Web {
    client: Client,
    allow: Allow,
    limit: u64,
    reading: Reading,
}

impl Web {
    /// With what is allowed beyond public https, the largest object in bytes, and how they are read.
    pub fn new(allow: Allow, limit: u64, reading: Reading) -> Result<Self> {
        Ok(Self { client: client::guarded(allow)?, allow, limit, reading })
    }

    /// Asks what stands at an address. In errors it is told by its host alone: the rest may be a secret.
    ///
    /// # Errors
    /// [`BlobError::Address`] when it may not be read, [`BlobError::TooLarge`], and those of any read.
    pub async fn open(&self, url: &str) -> Result<Object> {
        let url: Url = url.parse().map_err(|_| Refusal::NotUrl)?;
        self.allow.check(&url)?;
        let name = url.host_str().unwrap_or_default().to_owned();
        let remote = self.opened(url, name).await?;
        if remote.size > self.limit {
            return Err(BlobError::TooLarge { name: remote.name, bytes: remote.size, limit: self.limit });
        }
        Ok(Object::remote(remote, self.reading.clone()))
    }

    async fn opened(&self, url: Url, name: String) -> Result<Remote> {
        let open = || Remote::open(self.client.clone(), Place::Web(url.clone()), name.clone(), self.reading.stall);
        crate::retried(self.reading.tries, open).await
    }
}
