//! Blobs as files under one folder: `spool/` for what is being made, `blobs/` for what is published.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::spool::Spool;
use crate::{BlobError, Blobs, Content, HeldPath, Key, Object, Result, Stored, blocking, hex};

/// How much of a blob is read at once.
const PIECE: usize = 256 * 1024;

/// Blobs on a local disk, which several processes may share.
#[derive(Debug, Clone)]
pub struct Local {
    published: PathBuf,
    spool: Spool,
}

impl Local {
    /// Opens the folder, making it if needed, with a spool of this process's own. Spools of processes that have ended are removed.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = std::path::absolute(folder)?;
        let published = folder.join("published");
        fs::create_dir_all(&published)?;
        Ok(Self { published, spool: Spool::open(&folder.join("spool"))? })
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.published.join(key.as_str())
    }
}

#[async_trait]
impl Blobs for Local {
    async fn put_file(&self, key: &Key, path: &Path) -> Result<Stored> {
        let (to, from, spool) = (self.path(key), path.to_owned(), self.spool.folder().to_owned());
        blocking(move || publish(&from, &to, &spool)).await
    }

    async fn concat(&self, parts: &[Key], to: &Key) -> Result<u64> {
        let from: Vec<(PathBuf, String)> = parts.iter().map(|key| (self.path(key), key.to_string())).collect();
        let (to, spool) = (self.path(to), self.spool.folder().to_owned());
        blocking(move || concat(&from, &to, &spool)).await
    }

    async fn read(&self, key: &Key, range: Option<Range<u64>>) -> Result<Content> {
        let (path, name) = (self.path(key), key.to_string());
        let (file, length) = blocking(move || open_at(&path, range).map_err(|e| e.named(&name))).await?;
        let reader = ReaderStream::with_capacity(tokio::fs::File::from_std(file).take(length), PIECE);
        Ok(Box::pin(reader.map_err(BlobError::Io)))
    }

    async fn size(&self, key: &Key) -> Result<u64> {
        let found = tokio::fs::metadata(self.path(key)).await;
        Ok(found.map_err(|e| BlobError::Io(e).named(key.as_str()))?.len())
    }

    /// It is the blob itself, not a copy: it is what was stored.
    async fn local(&self, key: &Key, _sha256: Option<&str>) -> Result<HeldPath> {
        // A look at a file of this disk costs less than handing it to another thread would.
        let path = self.path(key);
        fs::metadata(&path).map_err(|e| BlobError::Io(e).named(key.as_str()))?;
        Ok(path.into())
    }

    async fn object(&self, key: &Key) -> Result<Object> {
        Object::file(&self.path(key), key.as_str()).await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let (root, at) = (self.published.clone(), self.path(prefix));
        blocking(move || {
            let mut found = Vec::new();
            walk(&root, &at, &mut found)?;
            found.sort();
            Ok(found)
        })
        .await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        gone_is_fine(tokio::fs::remove_file(self.path(key)).await)
    }

    async fn delete_prefix(&self, prefix: &Key) -> Result<()> {
        gone_is_fine(tokio::fs::remove_dir_all(self.path(prefix)).await)
    }

    fn spool(&self) -> &Path {
        self.spool.folder()
    }

    async fn tidy(&self, _: Duration) -> Result<usize> {
        // What ended processes left in their spools went when this one began.
        Ok(0)
    }

    async fn probe(&self) -> Result<()> {
        let at = self.spool.folder().join("probe");
        tokio::fs::write(&at, b"probe").await?;
        Ok(tokio::fs::remove_file(&at).await?)
    }
}

/// Hashes, syncs and moves a file to its place. The rename is the publication; the sync of the folder makes it last.
fn publish(from: &Path, to: &Path, spool: &Path) -> Result<Stored> {
    let folder = to.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    fs::create_dir_all(folder)?;
    let mut file = File::open(from)?;
    let stored = hash(&mut file)?;
    file.sync_all()?;
    if fs::rename(from, to).is_err() {
        let beside = tempfile::NamedTempFile::new_in(spool)?;
        fs::copy(from, beside.path())?;
        beside.as_file().sync_all()?;
        beside.persist(to).map_err(|e| e.error)?;
        fs::remove_file(from)?;
    }
    File::open(folder)?.sync_all()?;
    Ok(stored)
}

/// One part is linked, not copied: blobs never change. Several are copied by the kernel, which on some file systems copies nothing.
fn concat(parts: &[(PathBuf, String)], to: &Path, spool: &Path) -> Result<u64> {
    let folder = to.parent().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    fs::create_dir_all(folder)?;
    let beside = tempfile::NamedTempFile::new_in(spool)?.into_temp_path();
    let mut bytes = 0;
    match parts {
        [(only, _)] if fs::remove_file(&beside).and_then(|()| fs::hard_link(only, &beside)).is_ok() => bytes = fs::metadata(&beside)?.len(),
        _ => {
            let mut whole = File::create(&beside)?;
            for (part, name) in parts {
                let mut part = File::open(part).map_err(|e| BlobError::Io(e).named(name))?;
                bytes += io::copy(&mut part, &mut whole)?;
            }
            whole.sync_all()?;
        }
    }
    beside.persist(to).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()?;
    Ok(bytes)
}

fn hash(file: &mut File) -> io::Result<Stored> {
    let (mut sha, mut bytes) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let n = file.read(&mut piece)?;
        if n == 0 {
            let sha256 = hex(&sha.finalize());
            return Ok(Stored { bytes, sha256 });
        }
        sha.update(&piece[..n]);
        bytes += n as u64;
    }
}

fn open_at(path: &Path, range: Option<Range<u64>>) -> Result<(File, u64)> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let range = range.unwrap_or(0..bytes);
    if range.start > range.end || range.end > bytes {
        return Err(BlobError::Range { range, bytes });
    }
    file.seek(SeekFrom::Start(range.start))?;
    Ok((file, range.end - range.start))
}

fn walk(root: &Path, at: &Path, found: &mut Vec<Key>) -> Result<()> {
    let entries = match fs::read_dir(at) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, found)?;
        } else if let Some(key) = path.strip_prefix(root).ok().and_then(Path::to_str).and_then(|p| p.parse().ok()) {
            found.push(key);
        }
    }
    Ok(())
}

fn gone_is_fine(done: io::Result<()>) -> Result<()> {
    match done {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    fn local() -> (tempfile::TempDir, Local) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Local::open(folder.path()).unwrap();
        (folder, blobs)
    }

    macro_rules! promises {
        ($($name:ident),+ $(,)?) => {
            $(#[tokio::test]
            async fn $name() {
                let (_folder, blobs) = local();
                contract::$name(&blobs).await;
            })+
        };
    }

    promises!(
        what_is_put_is_read_back_with_its_hash,
        a_range_is_exactly_that_range,
        a_range_beyond_the_end_is_an_error_that_names_the_size,
        what_was_never_put_is_not_found,
        putting_again_replaces_the_whole,
        a_put_takes_the_file_away,
        deleting_twice_is_fine,
        a_prefix_lists_and_deletes_all_below_it_and_nothing_beside_it,
        parts_become_one_blob_in_their_order_and_stay,
        an_object_is_read_by_range_and_as_a_stream,
        a_local_copy_has_the_bytes_of_the_last_put,
    );

    #[tokio::test]
    async fn a_half_written_file_of_an_earlier_process_is_never_a_blob() {
        let (folder, blobs) = local();
        let spool = blobs.spool().to_owned();
        fs::write(spool.join("half"), b"half").unwrap();
        drop(blobs);
        let again = Local::open(folder.path()).unwrap();
        assert!(!spool.exists() && fs::read_dir(again.spool()).unwrap().next().is_none());
    }

    #[tokio::test]
    async fn a_process_leaves_the_spool_of_another_that_lives_alone() {
        let (folder, blobs) = local();
        fs::write(blobs.spool().join("half"), b"half").unwrap();
        let other = Local::open(folder.path()).unwrap();
        assert!(blobs.spool().join("half").exists() && other.spool() != blobs.spool());
    }
}
