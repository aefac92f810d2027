//! Why the store did not do what was asked.

/// The class of a server's refusals of values (SQL standard, SQLSTATE 22).
const DATA_EXCEPTION: &str = "22";

/// An error by meaning. Whether it helps to try again: [`StoreError::retry`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the database open.
    #[error(
        "the database {path} is in use by another gristmill process (pid {pid}); stop that one, or give this one another --data folder"
    )]
    InUse {
        /// The database.
        path: String,
        /// Its process, as it wrote itself down.
        pid: String,
    },
    /// The database was written by a newer gristmill.
    #[error("the database has schema {found}, newer than the {known} this gristmill knows; run the newer gristmill")]
    Newer {
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The database is from before the first schema that is carried on.
    #[error("the database has schema {found}, of a build that was never released; give this gristmill another data folder or database")]
    Older {
        /// Its schema.
        found: i64,
    },
    /// The disk is full.
    #[error("the disk with the database is full; free some space, nothing is lost")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database file failed.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// The database server refused a statement or went away.
    #[error("the database server failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection to the database server can be had.
    #[error("the database server cannot be reached; see that it runs and that store.url names it")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The URL of the database server cannot be used.
    #[error("store.url cannot be used: {0}")]
    Url(String),
    /// A row holds what this code does not understand.
    #[error("a stored {what} is not readable")]
    Corrupt {
        /// What it should have been.
        what: &'static str,
    },
    /// The writer has stopped; the process is ending.
    #[error("the store is closed")]
    Closed,
    /// The data folder cannot be used.
    #[error("the data folder cannot be used")]
    Folder(#[from] std::io::Error),
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> bool {
        match self {
            // A value that the server cannot hold, such as text with a zero byte, is refused every time.
            Self::Postgres(error) => !error.code().is_some_and(|state| state.code().starts_with(DATA_EXCEPTION)),
            Self::Full(_) | Self::Sqlite(_) | Self::Unreachable(_) => true,
            _ => false,
        }
    }
}
