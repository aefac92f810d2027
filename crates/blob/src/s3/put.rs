//! One body to a bucket: watched while it goes, and with a checksum that the service compares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures::stream;
use md5::{Digest, Md5};
use object_store::path::Path;
use reqwest::header::{CONTENT_LENGTH, ETAG, HeaderName, IF_NONE_MATCH};
use reqwest::{Body, Method, RequestBuilder, Response};
use tokio::time::timeout;

use super::S3;
use crate::{BlobError, Result, answer, blocking, remote, retried};

/// How much is handed to the connection at once; what has been handed over is what progress is judged by.
const SLICE: usize = 128 * 1024;

/// A server that has all of a body may think about it this many times as long as it may be silent otherwise.
const THINKING: u32 = 3;

/// The checksum of S3: an entity tag is made of it.
pub(super) type Sum = [u8; 16];

/// Computed where it hinders nobody: it takes longer than sending does.
pub(super) async fn md5(bytes: Bytes) -> Result<Sum> {
    blocking(move || Ok(Md5::digest(&bytes).into())).await
}

impl S3 {
    /// Puts a body and answers its entity tag. Tried again as reading is.
    pub(super) async fn put(&self, path: &Path, query: &[(&str, &str)], bytes: &Bytes, sum: Sum, only_if_new: bool) -> Result<String> {
        retried(self.reading.tries, || async {
            let url = self.signer.sign(Method::PUT, path, query).await?;
            let mut request = self.client.put(url).header(HeaderName::from_static("content-md5"), BASE64_STANDARD.encode(sum));
            if only_if_new {
                request = request.header(IF_NONE_MATCH, "*");
            }
            let answer = self.send(request, bytes.clone(), path.as_ref()).await?;
            if !answer.status().is_success() {
                return Err(remote::refused(answer, path.as_ref(), self.reading.stall).await);
            }
            let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            tag.ok_or_else(|| BlobError::unexpected(path.as_ref(), "it stores without telling an entity tag"))
        })
        .await
    }

    /// Gives up when nothing moved for as long as nothing may.
    async fn send(&self, request: RequestBuilder, bytes: Bytes, name: &str) -> Result<Response> {
        let (length, moved) = (bytes.len() as u64, Arc::new(AtomicU64::new(0)));
        let seen = moved.clone();
        let slices = (0..bytes.len()).step_by(SLICE).map(move |at| {
            let slice = bytes.slice(at..bytes.len().min(at + SLICE));
            seen.fetch_add(slice.len() as u64, Ordering::Relaxed);
            Ok::<_, std::io::Error>(slice)
        });
        let body = Body::wrap_stream(stream::iter(slices));
        let mut sending = std::pin::pin!(request.header(CONTENT_LENGTH, length).body(body).send());
        let (mut before, mut still) = (0, 0);
        loop {
            if let Ok(answer) = timeout(self.reading.stall, &mut sending).await {
                return answer.map_err(|e| answer::broken(name, &e));
            }
            let now = moved.load(Ordering::Relaxed);
            still = if now > before { 1 } else { still + 1 };
            before = now;
            if still >= if now == length { THINKING } else { 2 } {
                return Err(BlobError::unavailable(name, "nothing moved any more while it was sent"));
            }
        }
    }
}
