//! One body to a bucket: watched while it goes, and with a checksum that the service compares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::stream;
use object_store::path::Path;
use reqwest::header::{CONTENT_LENGTH, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Body, Method, RequestBuilder, Response};
use tokio::time::timeout;

use super::S3;
use super::checksum::Checksum;
use crate::{BlobError, Result, answer, remote, retried};

/// How much is handed to the connection at once; what has been handed over is what progress is judged by.
const SLICE: usize = 128 * 1024;

/// A server that has all of a body may think about it this many times as long as it may be silent otherwise.
const THINKING: u32 = 3;

impl S3 {
    /// Puts a body and answers its entity tag. Tried again as reading is.
    pub(super) async fn put(
        &self,
        path: &Path,
        query: &[(&str, &str)],
        bytes: &Bytes,
        sum: &Checksum,
        only_if_new: bool,
    ) -> Result<String> {
        retried(self.reading.tries, || async {
            let mut headers = HeaderMap::from_iter([sum.header()]);
            if only_if_new {
                headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            }
            let (url, headers) = self.signer.sign_headers(Method::PUT, path, query, headers).await?;
            let answer = self.send(self.client.put(url).headers(headers), bytes.clone(), path.as_ref()).await?;
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
