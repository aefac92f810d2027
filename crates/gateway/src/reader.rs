//! One answer: the bytes of a range in order, as fast as its tool takes them. Nothing is fetched unless it does.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use futures::{FutureExt, Stream, stream};
use tokio_util::task::AbortOnDropHandle;

use crate::Bounds;
use crate::ahead::{Ahead, Seen, ahead, wanted};
use crate::index;
use crate::link::Shared;
use crate::parts::{Fetch, Room};

/// What is handed over at once. Little at first: it is lost with the connection when a tool jumps.
const FRAME: u64 = 8 << 10;
const LARGE_FRAME: u64 = 128 << 10;

/// From here on a run is long.
const LONG: u64 = 8 << 20;

/// What answers share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) bounds: Bounds,
    /// How many there are.
    pub(crate) readers: AtomicU64,
}

/// An answer that is being given.
#[derive(Debug)]
pub(crate) struct Reader {
    link: Arc<Shared>,
    common: Arc<Common>,
    left: Range<u64>,
    run: u64,
    /// The index that this answer begins with, if it does.
    index: Range<u64>,
    /// The part that is being handed over, and where it begins.
    part: Option<(u64, Bytes)>,
}

impl Reader {
    /// Answers `range`, which lies within the object.
    pub(crate) fn new(link: Arc<Shared>, common: Arc<Common>, range: Range<u64>) -> Self {
        common.readers.fetch_add(1, Ordering::Relaxed);
        let run = read(&link, range.start, range.start);
        Self { link, common, left: range, run, index: 0..0, part: None }
    }

    /// The bytes. An error ends the answer; what it was is kept in the link.
    pub(crate) fn frames(self) -> impl Stream<Item = io::Result<Bytes>> + Send {
        let closed = self.link.closed.clone();
        stream::try_unfold((self, closed), |(mut reader, closed)| async move {
            let frame = tokio::select! {
                biased;
                () = closed.cancelled() => return Err(io::Error::other("the link was closed")),
                frame = reader.next() => frame?,
            };
            Ok(frame.map(|frame| (frame, (reader, closed))))
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left.is_empty() {
            return Ok(None);
        }
        let (start, part) = match self.part.take() {
            Some(part) => part,
            None => self.fetched().await?,
        };
        let from = usize::try_from(self.left.start - start).map_err(io::Error::other)?;
        if self.run == 0 {
            let at = self.left.start;
            // Tools jump to where a box begins, and a file begins with one.
            self.index = index::end(at, &part[from..], self.link.object.size()).map_or(0..0, |end| at..end);
        }
        let frame = if self.run < LONG { FRAME } else { LARGE_FRAME };
        let length = frame.min(self.left.end - self.left.start).min((part.len() - from) as u64);
        let bytes = part.slice(from..from + usize::try_from(length).map_err(io::Error::other)?);
        if from + bytes.len() < part.len() {
            self.part = Some((start, part));
        } else {
            self.link.parts.passed(&self.link.version, start);
        }
        self.run = read(&self.link, self.left.start, self.left.start + length);
        self.left.start += length;
        self.link.served.fetch_add(length, Ordering::Relaxed);
        self.look_ahead();
        Ok(Some(bytes))
    }

    /// The part with the next byte, and where it begins.
    async fn fetched(&mut self) -> io::Result<(u64, Bytes)> {
        let at = self.left.start;
        loop {
            let Some((start, fetch)) = self.link.parts.at(&self.link.version, at) else {
                let range = wanted(at, self.ahead().piece, self.until());
                self.fetch(range, true);
                self.look_ahead();
                continue;
            };
            match fetch.await {
                Ok(bytes) => return Ok((start, bytes)),
                Err(error) => {
                    self.link.failed(error.clone());
                    return Err(io::Error::other(error));
                }
            }
        }
    }

    /// Fetches what comes next, as far as is right for a reader that has read so much.
    fn look_ahead(&self) {
        let Ahead { bytes, piece } = self.ahead();
        let (at, until) = (self.left.start, self.until());
        let mut covered = self.link.parts.covered(&self.link.version, at);
        // Without anything at `at` nothing is fetched yet: that is the first byte somebody must want.
        while covered > at && covered < until && covered - at + piece <= bytes {
            let asked = self.fetch(wanted(covered, piece, until), false);
            if asked == 0 {
                break;
            }
            covered = self.link.parts.covered(&self.link.version, covered + asked);
        }
    }

    fn ahead(&self) -> Ahead {
        let Shared { object, speed, .. } = &*self.link;
        let seen = Seen {
            // Whoever reads an index need not read on.
            run: self.run.saturating_sub(self.index.end - self.index.start),
            sure: self.index.end.saturating_sub(self.left.start),
            size: object.size(),
            speed: Some(speed.load(Ordering::Relaxed)).filter(|speed| *speed > 0),
            readers: self.common.readers.load(Ordering::Relaxed),
            window: object.reading().window as u64,
        };
        ahead(&self.common.bounds, seen)
    }

    /// Where fetching ends: with what was asked for, or with the index that is being read.
    fn until(&self) -> u64 {
        if self.index.end > self.left.start { self.left.end.min(self.index.end) } else { self.left.end }
    }

    fn fetch(&self, range: Range<u64>, forced: bool) -> u64 {
        let link = &self.link;
        let begin = |range: Range<u64>, room: Room| begin(link.clone(), range.start..range.end.min(link.object.size()), room);
        let asked = link.parts.fetch(&link.version, range.start..range.end.min(link.object.size()), forced, begin);
        link.fetched.fetch_add(asked, Ordering::Relaxed);
        asked
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.common.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

fn read(link: &Shared, from: u64, to: u64) -> u64 {
    link.runs.lock().unwrap_or_else(PoisonError::into_inner).read(from, to)
}

/// Asks the object for a range, in a task of its own so that it goes on whoever waits.
fn begin(link: Arc<Shared>, range: Range<u64>, room: Room) -> Fetch {
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let (began, bytes) = (Instant::now(), range.end - range.start);
        let done = link.object.read_at(range).await?;
        let now = (bytes as f64 / began.elapsed().as_secs_f64().max(1e-6)) as u64;
        let before = link.speed.load(Ordering::Relaxed);
        // Half of it is new: a few parts tell how the line is now. Two at once may lose one of theirs.
        link.speed.store(if before == 0 { now } else { before / 2 + now / 2 }, Ordering::Relaxed);
        Ok(room.hold(done))
    }));
    async move { task.await.unwrap_or_else(|e| Err(gristmill_blob::BlobError::Io(io::Error::other(e)))).map_err(Arc::new) }.boxed().shared()
}
