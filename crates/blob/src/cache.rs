//! Copies of remote objects on this node, shared by all its processes. The least recently used make room for others, and what was not
//! used for long goes; a copy that somebody holds never does. Copies are not forced to the disk, which costs more than fetching them: none
//! is trusted after the machine was started anew, when it may have holes.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{HeldPath, Object, Result, blocking, pull};

/// What the kernel calls the time since it was started (`proc_sys_kernel(5)`).
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

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
        Ok(Self { folder: of_this_boot(&std::path::absolute(folder)?, BOOT)?, quota, age })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The copy of this version of the object, pulled if there is none yet, and then only if it has this SHA-256.
    ///
    /// # Errors
    /// As [`pull()`].
    pub async fn get(&self, object: &Object, sha256: Option<&str>) -> Result<HeldPath> {
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
            pull(object, &path, sha256).await?;
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

/// The folder for copies of this run of the machine; those of earlier runs go.
fn of_this_boot(folder: &Path, boot: &str) -> io::Result<PathBuf> {
    let boot = fs::read_to_string(boot)?;
    let ours = folder.join(boot.trim());
    fs::create_dir_all(&ours)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path != ours {
            // A leftover that cannot be removed is in nobody's way.
            let _gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
    Ok(ours)
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

    #[test]
    fn copies_of_an_earlier_run_of_the_machine_are_not_trusted() {
        let (folder, boot) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        let at = |id: &str| {
            fs::write(boot.path(), id).unwrap();
            of_this_boot(folder.path(), boot.path().to_str().unwrap()).unwrap()
        };
        fs::write(at("one\n").join("copy"), "bytes").unwrap();
        assert!(at("one\n").join("copy").exists());
        let after = at("two\n");
        assert_eq!((after.join("copy").exists(), fs::read_dir(folder.path()).unwrap().count()), (false, 1));
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
