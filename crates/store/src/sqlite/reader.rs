//! Readers: a few connections that see the last commit and never block the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::writer::at_once;
use crate::sql::Work;
use crate::{Result, StoreError};

/// Reads at once; more wait.
const READERS: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let readers = Self { path: path.to_owned(), idle: Arc::default(), places: Arc::new(Semaphore::new(READERS)) };
        let first = readers.connect()?;
        readers.give_back(first);
        Ok(readers)
    }

    /// Runs `work` on one view of the database, off the async threads.
    pub(super) async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let idle = this.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = idle.map_or_else(|| this.connect(), Ok)?;
            connection.execute_batch("BEGIN")?;
            let result = at_once(&mut connection, work);
            connection.execute_batch("ROLLBACK")?;
            this.give_back(connection);
            drop(place);
            result
        });
        reading.await.map_err(|_| StoreError::Closed)?
    }

    fn connect(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "busy_timeout", 5_000)?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}
