//! Something that can be read by range: a file of this node, a blob in a bucket, or what stands at an address. Every byte is of the
//! one version that was opened. Remote ones are read in aligned parts, several at a time, tried again and hedged.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::future::{Either, select};
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Response;
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::pace::Pace;
use crate::remote::{Got, Remote};
use crate::{BlobError, Content, Reading, Result, backoff, blocking, hex};

/// How much of a local file is read at once.
const PIECE: u64 = 256 * 1024;

/// So much is progress, after which failures are counted anew: a server that answers a byte at a time is not followed for ever.
const PROGRESS: u64 = 64 * 1024;

/// A readable thing. Cloning is cheap; clones share what is learned about its speed.
#[derive(Debug, Clone)]
pub struct Object(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    reading: Reading,
    pace: Pace,
}

#[derive(Debug)]
enum Source {
    File { file: Arc<File>, path: PathBuf, name: String, size: u64, tag: String },
    Remote(Remote),
}

impl Object {
    /// A file of this node, told as `name` in errors. A blob that replaces it later is another file: this one stays as it is.
    pub async fn file(path: &Path, name: &str) -> Result<Self> {
        let (path, name) = (path.to_owned(), name.to_owned());
        blocking(move || {
            let file = File::open(&path).map_err(|e| BlobError::Io(e).named(&name))?;
            let found = file.metadata()?;
            let tag = format!("{:x}-{:x}-{:x}", found.ino(), found.mtime(), found.mtime_nsec());
            Ok(Self::new(Source::File { file: Arc::new(file), path, name, size: found.len(), tag }, Reading::default()))
        })
        .await
    }

    pub(crate) fn remote(remote: Remote, reading: Reading) -> Self {
        Self::new(Source::Remote(remote), reading)
    }

    fn new(source: Source, reading: Reading) -> Self {
        Self(Arc::new(Inner { source, reading, pace: Pace::default() }))
    }

    /// What it is called in errors: a key, or the host of an address.
    pub fn name(&self) -> &str {
        match &self.0.source {
            Source::File { name, .. } => name,
            Source::Remote(remote) => &remote.name,
        }
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match &self.0.source {
            Source::File { size, .. } => *size,
            Source::Remote(remote) => remote.size,
        }
    }

    /// What tells this version of it from any other; `None` when the server gives no such thing.
    pub fn tag(&self) -> Option<&str> {
        match &self.0.source {
            Source::File { tag, .. } => Some(tag),
            Source::Remote(remote) => remote.tag.as_deref(),
        }
    }

    /// A name for this version of this very object that no other has, in hexadecimal: two with the same one have the same bytes. `None`
    /// when the server gives no strong tag.
    pub fn version(&self) -> Option<String> {
        let (place, tag) = match &self.0.source {
            Source::File { path, tag, .. } => (path.display().to_string(), tag.as_str()),
            Source::Remote(remote) => (remote.place.unlike_others(), remote.tag.as_deref().filter(|tag| tag.starts_with('"'))?),
        };
        Some(hex(&Sha256::digest(format!("{place}\n{tag}\n{}", self.size()))))
    }

    /// Its path, when it is a file of this node: nothing need be fetched or cached then.
    pub fn path(&self) -> Option<&Path> {
        match &self.0.source {
            Source::File { path, .. } => Some(path),
            Source::Remote(_) => None,
        }
    }

    /// Whether any range costs no more than itself. Without it each range is read from the beginning.
    pub fn has_ranges(&self) -> bool {
        !matches!(&self.0.source, Source::Remote(Remote { ranges: false, .. }))
    }

    /// How it is read.
    pub fn reading(&self) -> &Reading {
        &self.0.reading
    }

    /// The bytes of one range, which are held in memory at once. One request at a time, tried again and hedged.
    ///
    /// # Errors
    /// [`BlobError::Range`] for a range that does not lie within it; [`BlobError::Changed`] and [`BlobError::NotFound`] when it is not
    /// what was opened any more; [`BlobError::Unavailable`] when trying again did not help.
    pub async fn read_at(&self, range: Range<u64>) -> Result<Bytes> {
        self.check(&range)?;
        let pieces = if self.has_ranges() { self.part_as(range, Form::One).await? } else { self.stream(range).try_collect().await? };
        Ok(joined(pieces))
    }

    /// The bytes of a range in order, read ahead in parallel parts. Memory is bounded as [`Reading`] says.
    pub fn stream(&self, range: Range<u64>) -> Content {
        if let Err(error) = self.check(&range) {
            return Box::pin(stream::once(async { Err(error) }));
        }
        if !self.has_ranges() {
            return self.plain(range);
        }
        let (object, reading) = (self.clone(), &self.0.reading);
        let step = if self.path().is_some() { PIECE } else { reading.chunk };
        let parts = stream::iter(parts(range, step)).map(move |part| {
            let object = object.clone();
            let fetching = AbortOnDropHandle::new(tokio::spawn(async move { object.part(part).await }));
            async move { fetching.await.map_err(std::io::Error::other)? }
        });
        let pieces = parts.buffered(reading.window.max(1)).map_ok(|pieces| stream::iter(pieces).map(Ok));
        Box::pin(pieces.try_flatten())
    }

    fn check(&self, range: &Range<u64>) -> Result<()> {
        if range.start > range.end || range.end > self.size() {
            return Err(BlobError::Range { range: range.clone(), bytes: self.size() });
        }
        Ok(())
    }

    /// One part in the pieces it came in.
    pub(crate) async fn part(&self, range: Range<u64>) -> Result<Vec<Bytes>> {
        self.part_as(range, Form::Pieces).await
    }

    async fn part_as(&self, range: Range<u64>, form: Form) -> Result<Vec<Bytes>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        match &self.0.source {
            Source::File { file, name, .. } => {
                let (file, name) = (file.clone(), name.clone());
                blocking(move || Ok(vec![read_file(&file, &range, &name)?])).await
            }
            Source::Remote(remote) => self.hedged(remote, range, form).await,
        }
    }

    /// Whichever of two is first, the second of which begins when the first is slow.
    async fn hedged(&self, remote: &Remote, range: Range<u64>, form: Form) -> Result<Vec<Bytes>> {
        let Inner { reading, pace, .. } = &*self.0;
        let (began, bytes) = (Instant::now(), range.end - range.start);
        let mut first = pin!(persistent(remote, range.clone(), reading, form));
        let slow = pace.slow_after(bytes).filter(|_| reading.hedge);
        let done = match slow {
            None => first.await,
            Some(slow) => match timeout(slow, &mut first).await {
                Ok(done) => done,
                Err(_) if !pace.may_hedge() => first.await,
                Err(_) => either(first, pin!(persistent(remote, range, reading, form))).await,
            },
        }?;
        pace.record(bytes, began.elapsed());
        Ok(done.pieces())
    }

    /// All of it in one answer, for servers without ranges. When it breaks off it is begun anew and what was had is skipped, if the
    /// server tells versions apart.
    fn plain(&self, range: Range<u64>) -> Content {
        let state = Plain { object: self.clone(), wanted: range, answer: None, at: 0, failed: 0 };
        Box::pin(stream::try_unfold(state, |mut state| async move { Ok(state.next().await?.map(|piece| (piece, state))) }))
    }
}

/// How what comes of a remote object is kept.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// As it came.
    Pieces,
    /// Moved together as it comes.
    One,
}

struct Plain {
    object: Object,
    wanted: Range<u64>,
    answer: Option<Response>,
    /// Where in the object the answer is.
    at: u64,
    failed: u32,
}

impl Plain {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let inner = self.object.0.clone();
        let Source::Remote(remote) = &inner.source else { return Ok(None) };
        while !self.wanted.is_empty() {
            match self.piece(remote, inner.reading.stall).await {
                Ok(Some(piece)) => {
                    self.failed = 0;
                    return Ok(Some(piece));
                }
                Ok(None) => {}
                Err(error) => {
                    self.failed += 1;
                    if !error.retry() || remote.tag.is_none() || self.failed >= inner.reading.tries {
                        return Err(error);
                    }
                    self.answer = None;
                    sleep(backoff::after(self.failed)).await;
                }
            }
        }
        Ok(None)
    }

    /// The next piece that is wanted; `None` for one that is skipped.
    async fn piece(&mut self, remote: &Remote, stall: Duration) -> Result<Option<Bytes>> {
        let answer = match &mut self.answer {
            Some(answer) => answer,
            none => {
                self.at = 0;
                none.insert(remote.whole(stall).await?)
            }
        };
        let Some(piece) = remote.piece(answer, stall).await? else {
            return Err(BlobError::unavailable(&remote.name, "the answer was shorter than the server said"));
        };
        let here = self.at..self.at + piece.len() as u64;
        self.at = here.end;
        let (from, to) = (self.wanted.start.max(here.start), self.wanted.end.min(here.end));
        if from >= to {
            return Ok(None);
        }
        self.wanted.start = to;
        let index = |at: u64| usize::try_from(at - here.start).unwrap_or(piece.len());
        Ok(Some(piece.slice(index(from)..index(to))))
    }
}

/// Asks until all has come; each time only for what is missing.
async fn persistent(remote: &Remote, range: Range<u64>, reading: &Reading, form: Form) -> Result<Got> {
    let mut got = match form {
        Form::Pieces => Got::default(),
        Form::One => Got::in_one(range.end - range.start),
    };
    let mut failed = 0;
    loop {
        let before = got.bytes;
        match remote.range(range.start + before..range.end, &mut got, reading.stall).await {
            Ok(()) => return Ok(got),
            Err(error) if !error.retry() => return Err(error),
            Err(error) => {
                failed = if got.bytes - before >= PROGRESS { 1 } else { failed + 1 };
                if failed >= reading.tries {
                    return Err(error);
                }
            }
        }
        sleep(backoff::after(failed)).await;
    }
}

/// The first success, or an error that another try would only repeat.
async fn either<F: Future<Output = Result<Got>> + Unpin, G: Future<Output = Result<Got>> + Unpin>(one: F, two: G) -> Result<Got> {
    match select(one, two).await {
        Either::Left((Err(error), other)) if error.retry() => other.await,
        Either::Right((Err(error), other)) if error.retry() => other.await,
        Either::Left((done, _)) | Either::Right((done, _)) => done,
    }
}

/// The range cut where multiples of `step` are.
pub(crate) fn parts(range: Range<u64>, step: u64) -> impl Iterator<Item = Range<u64>> + Send {
    let step = step.max(1);
    let first = range.start / step;
    let count = if range.is_empty() { 0 } else { (range.end - 1) / step - first + 1 };
    (first..first + count).map(move |n| range.start.max(n * step)..range.end.min((n + 1) * step))
}

fn read_file(file: &File, range: &Range<u64>, name: &str) -> Result<Bytes> {
    let length = usize::try_from(range.end - range.start).map_err(std::io::Error::other)?;
    let mut bytes = BytesMut::zeroed(length);
    file.read_exact_at(&mut bytes, range.start).map_err(|e| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => BlobError::Changed(name.to_owned()),
        _ => e.into(),
    })?;
    Ok(bytes.freeze())
}

fn joined(mut pieces: Vec<Bytes>) -> Bytes {
    if pieces.len() == 1 {
        return pieces.swap_remove(0);
    }
    let mut all = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    pieces.iter().for_each(|piece| all.extend_from_slice(piece));
    all.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_aligned_and_cover_the_range_exactly() {
        assert_eq!(parts(5..25, 10).collect::<Vec<_>>(), [5..10, 10..20, 20..25]);
        assert_eq!(parts(10..30, 10).collect::<Vec<_>>(), [10..20, 20..30]);
        assert_eq!(parts(7..7, 10).count(), 0);
    }

    #[tokio::test]
    async fn a_file_is_read_as_it_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, vec![7; 600_000]).unwrap();
        let object = Object::file(&path, "a").await.unwrap();
        std::fs::write(&new, "other").unwrap();
        std::fs::rename(new, &path).unwrap();
        let all: Vec<Bytes> = object.stream(1..600_000).try_collect().await.unwrap();
        assert_eq!(all.concat(), vec![7; 599_999]);
        assert_eq!(object.read_at(5..9).await.unwrap(), vec![7; 4]);
        assert!(matches!(object.read_at(5..600_001).await, Err(BlobError::Range { bytes: 600_000, .. })));
    }
}
