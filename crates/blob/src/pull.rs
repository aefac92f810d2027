//! An object into a file of this node, in constant memory. Chunks are written where they belong as they come and noted in a journal
//! beside the file, from which a later process continues after this one was killed.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use rustix::fs::{FallocateFlags, fallocate};
use sha2::{Digest, Sha256};
use tokio_util::task::AbortOnDropHandle;

use crate::journal::{Journal, Subject};
use crate::{BlobError, Object, Result, blocking, hex};

/// How much is hashed at once: little enough to stay in the cache of the processor.
const HASHED: usize = 256 * 1024;

/// What was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Its size.
    pub bytes: u64,
    /// How many of the bytes an earlier process had left.
    pub kept: u64,
}

/// Writes `object` to `to`, which appears whole or not at all, and with this SHA-256 (lower-case hexadecimal) if one is given. The same call
/// after a crash of the process continues where that ended; a changed object is begun anew. Two at once wait for each other. The file is
/// not forced to the disk: when the machine itself goes down it may be lost, or have holes.
///
/// # Errors
/// Those of reading the object, [`BlobError::Damaged`] for another checksum, and [`BlobError::Io`] for the disk. After those two, and when the
/// object has changed or gone, the partial file is gone too.
pub async fn pull(object: &Object, to: &Path, sha256: Option<&str>) -> Result<Pulled> {
    let done = match Partial::begin(object, to).await {
        Ok(partial) => {
            let partial = Arc::new(partial);
            fill(object, &partial, sha256).await
        }
        Err(error) => Err(error),
    };
    let worthless = match &done {
        Err(BlobError::Io(e)) => is_full(e),
        Err(BlobError::Changed(_) | BlobError::NotFound(_) | BlobError::Damaged(_)) => true,
        _ => false,
    };
    if worthless {
        let _gone = fs::remove_file(beside(to, "part"));
        let _gone = fs::remove_file(beside(to, "journal"));
    }
    done
}

/// A file that is being filled.
#[derive(Debug)]
struct Partial {
    /// Locked for as long as we write.
    file: File,
    journal: Journal,
    subject: Subject,
    /// The chunks that are there already, in order.
    there: Vec<u64>,
    to: PathBuf,
}

impl Partial {
    async fn begin(object: &Object, to: &Path) -> Result<Self> {
        // What cannot be told from other versions, or cannot be asked for in part, is not continued.
        let same = object.tag().filter(|_| object.has_ranges()).unwrap_or_default().to_owned();
        let subject = Subject { tag: same, size: object.size(), chunk: object.reading().chunk.max(1) };
        let to = to.to_owned();
        blocking(move || {
            let file = locked(&beside(&to, "part"))?;
            let journal = beside(&to, "journal");
            if subject.tag.is_empty() {
                let _gone = fs::remove_file(&journal);
            }
            let (journal, there) = Journal::open(&journal, &subject, &file)?;
            // A disk that is too full is told before anything is fetched.
            match fallocate(&file, FallocateFlags::empty(), 0, subject.size.max(1)).map_err(io::Error::from) {
                Err(e) if is_full(&e) => return Err(e.into()),
                _not_all_file_systems_can => file.set_len(subject.size)?,
            }
            Ok(Self { file, journal, subject, there, to })
        })
        .await
    }

    fn range(&self, chunk: u64) -> Range<u64> {
        let start = chunk * self.subject.chunk;
        start..self.subject.size.min(start + self.subject.chunk)
    }

    fn chunks(&self) -> u64 {
        self.subject.size.div_ceil(self.subject.chunk)
    }

    /// Puts a chunk in its place, then notes it.
    fn write(&self, chunk: u64, pieces: &[Bytes]) -> Result<()> {
        let (mut at, mut sum) = (chunk * self.subject.chunk, crc32fast::Hasher::new());
        for piece in pieces {
            self.file.write_all_at(piece, at)?;
            sum.update(piece);
            at += piece.len() as u64;
        }
        Ok(self.journal.note(chunk, sum.finalize())?)
    }

    /// Hashes the file in order as far as it is there, until told of all chunks. `None` when the rest never came.
    fn hash(&self, written: &Receiver<u64>) -> Result<Option<String>> {
        let (mut sha, mut buffer) = (Sha256::new(), vec![0; HASHED]);
        let mut there = vec![false; usize::try_from(self.chunks()).map_err(io::Error::other)?];
        self.there.iter().for_each(|chunk| there[*chunk as usize] = true);
        for chunk in 0..self.chunks() {
            while !there[chunk as usize] {
                let Ok(more) = written.recv() else { return Ok(None) };
                there[more as usize] = true;
            }
            let mut range = self.range(chunk);
            while !range.is_empty() {
                let piece = &mut buffer[..HASHED.min(usize::try_from(range.end - range.start).unwrap_or(HASHED))];
                self.file.read_exact_at(piece, range.start)?;
                sha.update(&*piece);
                range.start += piece.len() as u64;
            }
        }
        Ok(Some(hex(&sha.finalize())))
    }
}

async fn fill(object: &Object, partial: &Arc<Partial>, sha256: Option<&str>) -> Result<Pulled> {
    let (written, to_hash) = channel();
    let hashing = sha256.map(|expected| {
        let (hashed, expected) = (partial.clone(), expected.to_owned());
        tokio::task::spawn_blocking(move || Ok::<_, BlobError>(hashed.hash(&to_hash)?.is_some_and(|found| found == expected)))
    });
    let missing = (0..partial.chunks()).filter(|chunk| partial.there.binary_search(chunk).is_err());
    let tell = |chunk: u64| {
        // Nobody listens when nothing is hashed; hashing ends early only when the disk fails, and says so itself.
        let _told = written.send(chunk);
    };
    if object.has_ranges() {
        let parts = stream::iter(missing).map(|chunk| {
            let (object, partial) = (object.clone(), partial.clone());
            let work = async move {
                let pieces = object.part(partial.range(chunk)).await?;
                blocking(move || partial.write(chunk, &pieces)).await.map(|()| chunk)
            };
            let work = AbortOnDropHandle::new(tokio::spawn(work));
            async move { work.await.map_err(io::Error::other)? }
        });
        let mut parts = parts.buffer_unordered(object.reading().window.max(1));
        while let Some(chunk) = parts.try_next().await? {
            tell(chunk);
        }
    } else {
        in_order(object, partial, tell).await?;
    }
    drop(written);
    if let Some(hashing) = hashing
        && !hashing.await.map_err(io::Error::other)??
    {
        return Err(BlobError::Damaged(object.name().to_owned()));
    }
    let kept = partial.there.iter().map(|chunk| partial.range(*chunk)).map(|range| range.end - range.start).sum();
    let pulled = Pulled { bytes: partial.subject.size, kept };
    publish(partial.clone()).await?;
    Ok(pulled)
}

/// One answer with everything, cut into the same chunks.
async fn in_order(object: &Object, partial: &Arc<Partial>, tell: impl Fn(u64)) -> Result<()> {
    let mut all = object.stream(0..object.size());
    let mut rest = Bytes::new();
    for chunk in 0..partial.chunks() {
        let (range, mut pieces, mut bytes) = (partial.range(chunk), Vec::new(), 0);
        while bytes < range.end - range.start {
            if rest.is_empty() {
                rest = all.try_next().await?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            }
            let wanted = usize::try_from(range.end - range.start - bytes).unwrap_or(usize::MAX).min(rest.len());
            bytes += wanted as u64;
            pieces.push(rest.split_to(wanted));
        }
        let writing = partial.clone();
        blocking(move || writing.write(chunk, &pieces)).await?;
        tell(chunk);
    }
    Ok(())
}

async fn publish(partial: Arc<Partial>) -> Result<()> {
    blocking(move || {
        fs::rename(beside(&partial.to, "part"), &partial.to)?;
        Ok(partial.journal.remove()?)
    })
    .await
}

/// The file at `path`, with nobody else at it. One that was moved away while we waited is not it any more.
fn locked(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt;
    loop {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        let same = fs::metadata(path).is_ok_and(|found| file.metadata().is_ok_and(|ours| ours.ino() == found.ino()));
        if same {
            return Ok(file);
        }
    }
}

pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
