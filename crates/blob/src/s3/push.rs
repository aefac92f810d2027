//! A file into a bucket, in parts of which four are on their way at most. The bucket itself is the record: an unfinished upload of the
//! same key whose parts are those of this file is continued, whoever began it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path as FilePath;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::task::AbortOnDropHandle;

use super::S3;
use super::checksum::{Checksum, composite, holds};
use super::multipart::{Made, Part};
use crate::{BlobError, Result, Stored, hex};

/// How many parts are on their way at the same time.
const SLOTS: usize = 4;

/// The most parts that S3 takes.
const PARTS: u64 = 10_000;

/// Somebody else who makes the same bytes may complete or abort the upload we add to; then it is begun anew this often.
const ROUNDS: usize = 3;

/// A file on its way: `(number, bytes)` from its reader.
type Parts = Receiver<(u32, Bytes)>;

impl S3 {
    /// Stores the file and answers what was stored. The file stays.
    pub(super) async fn push(&self, path: &Path, file: &FilePath) -> Result<Stored> {
        let size = tokio::fs::metadata(file).await?.len();
        if size <= self.part {
            return self.push_at_once(path, file).await;
        }
        for _ in 1..ROUNDS {
            match self.push_in_parts(path, file, size).await {
                Err(BlobError::NotFound(_)) => {}
                done => return done,
            }
        }
        self.push_in_parts(path, file, size).await
    }

    async fn push_at_once(&self, path: &Path, file: &FilePath) -> Result<Stored> {
        let bytes = Bytes::from(tokio::fs::read(file).await?);
        let stored = Stored { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(&bytes)) };
        self.put(path, &[], &bytes, &Checksum::crc32(&bytes), false).await?;
        Ok(stored)
    }

    async fn push_in_parts(&self, path: &Path, file: &FilePath, size: u64) -> Result<Stored> {
        let part = part_size(size, self.part);
        let (upload, there) = match self.unfinished(path, size, part).await? {
            Some(found) => found,
            None => (self.create_checked(path).await?, BTreeMap::new()),
        };
        let (sender, parts) = mpsc::channel(1);
        let file = file.to_owned();
        let reading = tokio::task::spawn_blocking(move || read(&file, part, &sender));
        let made = self.send_parts(path, &upload, there, parts).await?;
        let stored = reading.await.map_err(io::Error::other)??;
        if stored.bytes != size {
            return Err(io::Error::other("the file was changed while it was stored").into());
        }
        match self.complete_checked(path, &upload, &made).await {
            // The answer to an earlier try was lost, or another worker was first: then it is there.
            Err(BlobError::NotFound(_)) if self.is_made_of(path, size, made).await? => Ok(stored),
            Err(error) => Err(error),
            Ok(()) if self.open_path(path).await?.size == size => Ok(stored),
            Ok(()) => Err(BlobError::unavailable(path.as_ref(), "what was stored has another size")),
        }
    }

    /// Sends what is not there. Answers all parts in order.
    async fn send_parts(&self, path: &Path, upload: &str, mut there: BTreeMap<u32, Part>, parts: Parts) -> Result<Vec<Made>> {
        let parts = stream::unfold(parts, |mut parts| async move { Some((parts.recv().await?, parts)) });
        let sent = parts.map(|(number, bytes)| {
            let (s3, path, upload, known) = (self.clone(), path.clone(), upload.to_owned(), there.remove(&number));
            let work = AbortOnDropHandle::new(tokio::spawn(async move {
                let sum = Checksum::crc32(&bytes);
                let tag = match known {
                    Some(part) if holds(&part, &bytes).await? => part.tag,
                    _ => s3.put(&path, &[("partNumber", &number.to_string()), ("uploadId", &upload)], &bytes, &sum, false).await?,
                };
                Ok::<_, BlobError>(Made { number, tag, sum })
            }));
            async move { work.await.map_err(io::Error::other)? }
        });
        let mut made: Vec<Made> = sent.buffer_unordered(SLOTS).try_collect().await?;
        made.sort_by_key(|part| part.number);
        Ok(made)
    }

    /// An upload of exactly this key whose parts all have the size they have here, with the most of them.
    async fn unfinished(&self, path: &Path, size: u64, part: u64) -> Result<Option<(String, BTreeMap<u32, Part>)>> {
        let mut best: Option<(String, BTreeMap<u32, Part>)> = None;
        for upload in self.uploads(path.as_ref()).await?.into_iter().filter(|upload| upload.key == path.as_ref()) {
            let parts = match self.parts_of(path, &upload.upload_id).await {
                // It ended since.
                Err(BlobError::NotFound(_)) => continue,
                parts => parts?,
            };
            let fits = |have: &Part| have.size == part.min(size.saturating_sub(u64::from(have.number.saturating_sub(1)) * part));
            if parts.iter().all(fits) && best.as_ref().is_none_or(|(_, most)| parts.len() > most.len()) {
                best = Some((upload.upload_id, parts.into_iter().map(|part| (part.number, part)).collect()));
            }
        }
        Ok(best)
    }

    /// Whether what stands there is made of these very parts.
    async fn is_made_of(&self, path: &Path, size: u64, parts: Vec<Made>) -> Result<bool> {
        let Some(tag) = composite(&parts.into_iter().map(|part| part.tag).collect::<Vec<_>>()) else { return Ok(false) };
        match self.open_path(path).await {
            Ok(found) => Ok(found.size == size && found.tag.is_some_and(|found| found.trim_matches('"') == tag)),
            Err(BlobError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Bytes of a part: as configured, or in whole mebibytes so much more that there are not too many.
fn part_size(size: u64, configured: u64) -> u64 {
    configured.max(size.div_ceil(PARTS).next_multiple_of(1 << 20))
}

/// Reads the file once, hashing as it goes.
fn read(file: &FilePath, part: u64, sender: &Sender<(u32, Bytes)>) -> io::Result<Stored> {
    let (mut file, mut sha, mut bytes) = (File::open(file)?, Sha256::new(), 0);
    for number in 1.. {
        let mut piece = Vec::with_capacity(usize::try_from(part).map_err(io::Error::other)?);
        (&mut file).take(part).read_to_end(&mut piece)?;
        bytes += piece.len() as u64;
        if piece.is_empty() {
            break;
        }
        let piece = Bytes::from(piece);
        // The checksum of the part is computed while the next ones are read.
        if sender.blocking_send((number, piece.clone())).is_err() {
            break;
        }
        sha.update(&piece);
    }
    Ok(Stored { bytes, sha256: hex(&sha.finalize()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_so_that_any_size_fits() {
        let mib = 1 << 20;
        assert_eq!(part_size(100 * mib, 8 * mib), 8 * mib);
        assert_eq!(part_size(80_000 * mib, 8 * mib), 8 * mib);
        assert_eq!(part_size(80_001 * mib, 8 * mib), 9 * mib);
        let largest = 5 << 40;
        assert!(largest / part_size(largest, 8 * mib) <= PARTS);
    }

    #[test]
    fn the_reader_cuts_and_hashes_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "grist").unwrap();
        let (sender, mut parts) = mpsc::channel(9);
        let stored = read(file.path(), 2, &sender).unwrap();
        assert_eq!(stored.bytes, 5);
        assert_eq!(stored.sha256, "dd5bf494e709246c7601e27722e3aee656b900082c3f5f1598ae1475c35c2c4b");
        let cut: Vec<_> = std::iter::from_fn(|| parts.try_recv().ok()).collect();
        assert_eq!(cut, [(1, "gr".into()), (2, "is".into()), (3, "t".into())]);
    }
}
