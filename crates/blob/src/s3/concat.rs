//! Blobs of a bucket joined to one by the server itself: each becomes a part of an upload that is copied, not sent. S3 wants 5 MiB of
//! every part but the last, so only what is smaller passes through here.

use std::collections::BTreeMap;
use std::mem::take;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::S3;
use super::checksum::Checksum;
use crate::{BlobError, Blobs, Key, Object, Result, remote, retried};

/// The least that S3 takes as a part that is not the last.
const LEAST: u64 = 5 << 20;
/// The most that S3 copies at once.
const MOST: u64 = 5 << 30;
/// Requests at the same time; no bytes pass through here with most of them.
const SLOTS: usize = 8;
/// The most parts that S3 takes.
const PARTS: usize = 10_000;

/// A piece of one of the blobs: which, and from where to where.
type Piece = (usize, Range<u64>);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Copied {
    #[serde(rename = "ETag")]
    tag: String,
}

impl S3 {
    /// Joins the blobs and answers the size of the whole.
    pub(super) async fn join(&self, parts: &[Key], to: &Path) -> Result<u64> {
        let opened = stream::iter(parts.iter().cloned()).map(|key| async move { self.object(&key).await });
        let objects: Vec<Object> = opened.buffered(SLOTS).try_collect().await?;
        let sizes: Vec<u64> = objects.iter().map(Object::size).collect();
        let whole = sizes.iter().sum();
        if whole <= LEAST {
            let all = sizes.iter().enumerate().map(|(no, size)| (no, 0..*size)).collect::<Vec<_>>();
            let bytes = gathered(&objects, &all).await?;
            self.put(to, &[], &bytes, &Checksum::crc32(&bytes), false).await?;
            return Ok(whole);
        }
        let plan = plan(&sizes);
        if plan.len() > PARTS {
            return Err(BlobError::unexpected(to.as_ref(), format!("{} pieces cannot be joined, {PARTS} can", plan.len())));
        }
        let upload = self.create(to).await?;
        match self.fill(&upload, to, parts, &objects, plan).await {
            Ok(()) => Ok(whole),
            Err(error) => {
                // What this leaves is found by its age.
                let _left = self.abort(to, &upload).await;
                Err(error)
            }
        }
    }

    async fn fill(&self, upload: &str, to: &Path, keys: &[Key], objects: &[Object], plan: Vec<Vec<Piece>>) -> Result<()> {
        let made = stream::iter((1u32..).zip(plan)).map(|(number, pieces)| async move {
            let number_text = number.to_string();
            let query = [("partNumber", number_text.as_str()), ("uploadId", upload)];
            let tag = match &*pieces {
                [(no, range)] if range.end - range.start >= LEAST => self.copy_part(to, &query, &keys[*no], range).await?,
                _ => {
                    let bytes = gathered(objects, &pieces).await?;
                    self.put(to, &query, &bytes, &Checksum::md5(bytes.clone()).await?, false).await?
                }
            };
            Ok::<_, BlobError>((number, tag))
        });
        let tags: BTreeMap<u32, String> = made.buffer_unordered(SLOTS).try_collect().await?;
        self.complete(to, upload, tags.into_values().collect()).await.map(drop)
    }

    async fn copy_part(&self, to: &Path, query: &[(&str, &str)], from: &Key, range: &Range<u64>) -> Result<String> {
        let source = self.signer.source(&self.path(from)?);
        retried(self.reading.tries, || async {
            let mut headers = HeaderMap::new();
            let value = |text: &str| HeaderValue::from_str(text).map_err(|_| BlobError::unexpected(from.as_str(), "it cannot be named"));
            headers.insert(HeaderName::from_static("x-amz-copy-source"), value(&source)?);
            let last = range.end.saturating_sub(1);
            headers.insert(HeaderName::from_static("x-amz-copy-source-range"), value(&format!("bytes={}-{last}", range.start))?);
            let (url, headers) = self.signer.sign_headers(Method::PUT, to, query, headers).await?;
            let answer = remote::sent(self.client.put(url).headers(headers), from.as_str(), self.reading.copy()).await?;
            if !answer.status().is_success() {
                return Err(remote::refused(answer, from.as_str(), self.reading.stall).await);
            }
            let text = answer.text().await.map_err(|e| crate::answer::broken(from.as_str(), &e))?;
            // A copy that failed midway is answered with 200 too.
            let copied = quick_xml::de::from_str::<Copied>(&text);
            copied.map(|c| c.tag).map_err(|_| BlobError::unavailable(from.as_str(), "the server could not copy it"))
        })
        .await
    }
}

/// Parts of which each but the last has at least [`LEAST`] bytes; a part of one piece is copied, the others are gathered here.
fn plan(sizes: &[u64]) -> Vec<Vec<Piece>> {
    let (mut parts, mut small, mut small_bytes) = (Vec::new(), Vec::new(), 0);
    for (no, size) in sizes.iter().enumerate() {
        let mut at = 0;
        while at < *size {
            let left = size - at;
            let take_now = if small_bytes > 0 { left.min(LEAST - small_bytes) } else { fair(left) };
            let piece = (no, at..at + take_now);
            at += take_now;
            if small_bytes == 0 && take_now >= LEAST {
                parts.push(vec![piece]);
                continue;
            }
            small.push(piece);
            small_bytes += take_now;
            if small_bytes >= LEAST {
                parts.push(take(&mut small));
                small_bytes = 0;
            }
        }
    }
    if !small.is_empty() {
        parts.push(small);
    }
    parts
}

/// All of it, or so much that what stays is not too small for a part.
fn fair(left: u64) -> u64 {
    if left > MOST { left / left.div_ceil(MOST) } else { left }
}

async fn gathered(objects: &[Object], pieces: &[Piece]) -> Result<Bytes> {
    let mut all = BytesMut::new();
    for (no, range) in pieces {
        all.extend_from_slice(&objects[*no].read_at(range.clone()).await?);
    }
    Ok(all.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_byte_stands_in_one_part_in_order_and_only_the_last_is_small(sizes in proptest::collection::vec(
            proptest::prop_oneof![0..100_u64, 0..3 * LEAST, 0..3 * MOST], 0..30)) {
            let parts = plan(&sizes);
            let flat: Vec<Piece> = parts.iter().flatten().cloned().collect();
            let mut expected = sizes.iter().enumerate().filter(|(_, size)| **size > 0).map(|(no, size)| (no, *size)).collect::<Vec<_>>();
            expected.reverse();
            let mut at = 0;
            for (no, range) in flat {
                let (wanted, size) = *expected.last().expect("no more than there is");
                assert_eq!((no, range.start), (wanted, at));
                at = range.end;
                if at == size {
                    expected.pop();
                    at = 0;
                }
            }
            assert!(expected.is_empty());
            let bytes = |part: &Vec<Piece>| part.iter().map(|(_, range)| range.end - range.start).sum::<u64>();
            for part in parts.iter().rev().skip(1) {
                assert!((LEAST..=MOST).contains(&bytes(part)));
            }
            // What passes through here does so in bounded memory.
            assert!(parts.iter().all(|part| part.len() == 1 || bytes(part) < 2 * LEAST));
        }
    }
}
