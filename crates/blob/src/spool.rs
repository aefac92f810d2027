//! A folder of this process's own for what is being made. The kernel tells when its process has ended, and then others remove it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A folder that is ours until this and all its clones are gone.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    folder: PathBuf,
    _lock: Arc<File>,
}

impl Spool {
    /// Makes one below `spools`, and removes those of processes that have ended.
    pub(crate) fn open(spools: &Path) -> io::Result<Self> {
        fs::create_dir_all(spools)?;
        remove_abandoned(spools)?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-{}", std::process::id(), since.as_nanos());
        // It is locked before it has the name by which others judge it.
        let fresh = spools.join(format!("{name}.new"));
        let lock = File::create_new(&fresh)?;
        lock.lock()?;
        let folder = spools.join(&name);
        fs::create_dir(&folder)?;
        fs::rename(fresh, spools.join(format!("{name}.lock")))?;
        Ok(Self { folder, _lock: Arc::new(lock) })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Removes every spool whose lock nobody holds: the kernel lets a lock go when its process ends, however that ends.
fn remove_abandoned(spools: &Path) -> io::Result<()> {
    for entry in fs::read_dir(spools)? {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "lock") {
            continue;
        }
        // Another process may have removed it between the listing and here.
        let Ok(lock) = File::open(&path) else { continue };
        if lock.try_lock().is_ok() {
            let spool = path.with_extension("");
            if spool.exists() {
                fs::remove_dir_all(spool)?;
            }
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
