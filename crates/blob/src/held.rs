//! A path that stays while it is in use.

use std::fs::File;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The path of a blob on this node. While this or a clone of it lives, nobody of ours removes the file; the kernel lets go of it when
/// the process ends, however that ends.
#[derive(Debug, Clone)]
pub struct HeldPath {
    path: PathBuf,
    /// A shared lock on it, if it is a copy that may be removed for room.
    _held: Option<Arc<File>>,
}

impl HeldPath {
    pub(crate) fn locked(path: PathBuf, lock: File) -> Self {
        Self { path, _held: Some(Arc::new(lock)) }
    }
}

impl From<PathBuf> for HeldPath {
    /// A file that is not removed for room.
    fn from(path: PathBuf) -> Self {
        Self { path, _held: None }
    }
}

impl Deref for HeldPath {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for HeldPath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}
