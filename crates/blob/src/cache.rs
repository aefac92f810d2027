//! Copies of remote objects on this node, shared by all its processes. The least recently used make room for others, and what was not
//! used for long goes; a copy that somebody holds never does.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{HeldPath, Object, Result, blocking, pull};

/// A folder of copies.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    quota: u64,
    age: Duration,
}

impl Cache {
    /// Opens the folder, making it if needed. Copies that nobody holds are removed when all take more than `quota` bytes, the least
    /// recently used first, and when they were not used for `age`. What is held may exceed the quota.
    pub fn open(folder: &Path, quota: u64, age: Duration) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: std::path::absolute(folder)?, quota, age })
    }

    /// The copy of this version of the object, pulled if there is none yet.
    ///
    /// # Errors
    /// As [`pull()`].
    pub async fn get(&self, object: &Object) -> Result<HeldPath> {
        if let Some(path) = object.path() {
            return Ok(path.to_owned().into());
        }
        let path = self.folder.join(name(object));
        loop {
            let at = path.clone();
            if let Some(held) = blocking(move || Ok(hold(&at)?)).await? {
                return Ok(held);
            }
            self.tidy(object.size()).await?;
            pull(object, &path).await?;
        }
    }

    /// Removes what is too old, and then the least recently used until `room` more bytes fit. Answers how many files went.
    pub async fn tidy(&self, room: u64) -> Result<usize> {
        let this = self.clone();
        blocking(move || Ok(this.swept(room)?)).await
    }

    fn swept(&self, room: u64) -> io::Result<usize> {
        let mut files: Vec<(PathBuf, Metadata)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // One may have gone since.
            files.extend(entry.metadata().ok().map(|found| (entry.path(), found)));
        }
        files.sort_by_key(|(_, found)| found.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        // Blocks, not lengths: a partial file is as long as the whole.
        let mut taken: u64 = files.iter().map(|(_, found)| found.blocks() * 512).sum();
        let mut removed = 0;
        for (path, found) in files {
            let old = found.modified().is_ok_and(|used| used.elapsed().is_ok_and(|since| since > self.age));
            let full = taken.saturating_add(room) > self.quota;
            // A partial file is worth keeping: it goes by age alone.
            let partial = path.extension().is_some();
            if (old || (full && !partial)) && remove_unheld(&path)? {
                taken -= found.blocks() * 512;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// By place and version, in characters that every file system has. What has no version is never taken for what came before.
fn name(object: &Object) -> String {
    object.version().unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string())
}

/// Locks the file against removal, if it is there, and notes that it was used.
fn hold(path: &Path) -> io::Result<Option<HeldPath>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    file.lock_shared()?;
    // It may have been removed between opening and locking.
    if file.metadata()?.nlink() == 0 {
        return Ok(None);
    }
    // Only tells which was used last; a file of another user's stays as old as it is.
    let _noted = file.set_modified(SystemTime::now());
    Ok(Some(HeldPath::locked(path.to_owned(), file)))
}

fn remove_unheld(path: &Path) -> io::Result<bool> {
    let Ok(file) = File::open(path) else { return Ok(false) };
    if file.try_lock().is_err() {
        return Ok(false);
    }
    fs::remove_file(path).map(|()| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn cache(quota: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), quota, DAY).unwrap();
        (folder, cache)
    }

    /// A copy of 64 KiB that was used so long ago.
    fn copy(cache: &Cache, name: &str, ago: Duration) -> PathBuf {
        let path = cache.folder.join(name);
        fs::write(&path, vec![1; 64 << 10]).unwrap();
        File::open(&path).unwrap().set_modified(SystemTime::now() - ago).unwrap();
        path
    }

    #[tokio::test]
    async fn the_least_recently_used_makes_room() {
        let (_folder, cache) = cache(160 << 10);
        let (old, new) = (copy(&cache, "old", DAY / 2), copy(&cache, "new", DAY / 4));
        assert_eq!(cache.tidy(64 << 10).await.unwrap(), 1);
        assert!(!old.exists() && new.exists());
    }

    #[tokio::test]
    async fn what_was_not_used_for_long_goes() {
        let (_folder, cache) = cache(u64::MAX);
        let (old, new) = (copy(&cache, "old", DAY * 2), copy(&cache, "new", DAY / 2));
        let part = copy(&cache, "x.part", DAY * 2);
        cache.tidy(0).await.unwrap();
        assert!(!old.exists() && !part.exists() && new.exists());
    }

    #[tokio::test]
    async fn what_is_held_stays_however_old_and_full() {
        let (_folder, cache) = cache(0);
        let path = copy(&cache, "held", DAY * 2);
        let held = hold(&path).unwrap().unwrap();
        File::open(&path).unwrap().set_modified(SystemTime::now() - DAY * 3).unwrap();
        cache.tidy(1).await.unwrap();
        assert!(path.exists());
        drop(held);
        cache.tidy(1).await.unwrap();
        assert!(!path.exists());
    }
}
