//! The store in one SQLite file. One writer thread owns the only writing connection and commits what has piled up as one
//! group; readers use connections of their own in WAL mode. So "database is locked" cannot happen inside one process, and a
//! lock beside the file keeps a second process out.

mod lock;
mod migrate;
mod reader;
mod tx;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use gristmill_model::Timestamp;

use crate::Result;
use crate::sql::{Backend, Work};
use reader::Readers;
use writer::Writer;

/// How far a commit is pushed before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// `synchronous=FULL`: an acknowledged write survives a power cut. The default.
    #[default]
    Full,
    /// `synchronous=NORMAL`: it survives a kill of the process; a power cut may take the last commits.
    Normal,
}

/// The number of the newest schema.
pub(crate) fn schema() -> i64 {
    migrate::known()
}

/// A store in one file.
#[derive(Debug)]
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    _lock: lock::Lock,
}

impl Sqlite {
    /// Opens or makes the database at `path`, and migrates it.
    ///
    /// # Errors
    /// [`StoreError::InUse`](crate::StoreError::InUse) when another process has it,
    /// [`StoreError::Newer`](crate::StoreError::Newer) when a newer gristmill wrote it,
    /// [`StoreError::Older`](crate::StoreError::Older) when it is from before the first schema that is carried on.
    pub fn open(path: &Path, durability: Durability) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let lock = lock::Lock::take(path)?;
        let mut connection = writer::connect(path, durability)?;
        migrate::migrate(&mut connection)?;
        Ok(Self { writer: Writer::start(connection)?, readers: Readers::open(path)?, _lock: lock })
    }
}

#[async_trait]
impl Backend for Sqlite {
    async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        self.writer.write(work).await
    }

    async fn clock(&self) -> Result<Timestamp> {
        Ok(writer::now())
    }

    async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        self.readers.read(work).await
    }
}

#[cfg(test)]
mod tests;
