//! The one writer: a thread that owns the writing connection and commits in groups.
//!
//! Each call runs in a savepoint of its own, so one that fails leaves nothing; the group's commit is what makes the others
//! durable, and only then are they answered. Under load a group grows by itself, because calls pile up while one commits.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use gristmill_model::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::Durability;
use super::tx::SqliteTx;
use crate::sql::Work;
use crate::{Result, StoreError};

/// The most calls one commit carries; bounds how long the first of them waits.
const GROUP: usize = 512;

/// Statements kept prepared; more than this code has.
const STATEMENTS: usize = 128;

type Answer = Box<dyn FnOnce(Option<rusqlite::Error>) + Send>;
type Call = Box<dyn FnOnce(Result<&mut Connection>) -> Answer + Send>;

/// A handle to the writer thread; the thread ends when the handle is dropped.
#[derive(Debug)]
pub(super) struct Writer {
    calls: Option<Sender<Call>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self> {
        let (calls, queue) = channel();
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || run(connection, &queue))?;
        Ok(Self { calls: Some(calls), thread: Some(thread) })
    }

    /// Runs `work` in a transaction and returns once it is durable.
    pub(super) async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let call: Call = Box::new(move |begun| {
            let result = begun.and_then(|connection| in_savepoint(connection, |c| at_once(c, work)));
            Box::new(move |failed| {
                // Nobody listens when the caller was dropped; the write stands all the same.
                let _ = answer.send(failed.map_or(result, |e| Err(meaning(e))));
            })
        });
        self.calls.as_ref().ok_or(StoreError::Closed)?.send(call).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// Runs `work` to its end. Nothing in a transaction of SQLite waits, so one poll is enough.
pub(super) fn at_once<T>(connection: &mut Connection, work: Work<T>) -> Result<T> {
    let mut tx = SqliteTx::new(connection, now());
    work(&mut tx).now_or_never().unwrap_or(Err(StoreError::Closed))
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.calls.take();
        if let Some(thread) = self.thread.take() {
            // A panic in the writer was already answered as `Closed`.
            let _ = thread.join();
        }
    }
}

/// The store's clock.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Opens the writing connection.
pub(super) fn connect(path: &Path, durability: Durability) -> Result<Connection> {
    // One thread uses it, so it needs no lock of its own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Otherwise a statement near a partial index is planned anew whenever a value is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(
        None,
        "synchronous",
        match durability {
            Durability::Full => "full",
            Durability::Normal => "normal",
        },
    )?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn run(mut connection: Connection, queue: &Receiver<Call>) {
    let connection = &mut connection;
    while let Ok(first) = queue.recv() {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            // Its work must not run: outside a transaction it would be committed piece by piece.
            first(Err(meaning(error)))(None);
            continue;
        }
        let answers = run_group(connection, first, queue);
        let failed = connection.execute_batch("COMMIT").err();
        if failed.is_some() && !connection.is_autocommit() {
            // A failed commit may leave the transaction open (a full disk does); nothing of it may linger.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for answer in answers {
            answer(failed.as_ref().map(copy));
        }
    }
}

/// Runs what has piled up. A grave error (a full disk, a failing one) rolls the whole transaction back by itself; then the rest
/// of the group waits for the next one, the commit fails, and all that ran are told.
fn run_group(connection: &mut Connection, first: Call, queue: &Receiver<Call>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for call in std::iter::once(first).chain(queue.try_iter().take(GROUP - 1)) {
        answers.push(call(Ok(connection)));
        if connection.is_autocommit() {
            break;
        }
    }
    answers
}

/// Runs `work` so that it leaves nothing when it fails. Its own error is the one that is told, also when nothing can be undone
/// because the whole transaction is gone.
fn in_savepoint<T>(connection: &mut Connection, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
    connection.prepare_cached("SAVEPOINT call")?.execute([])?;
    let result = work(connection);
    let undone = match &result {
        Ok(_) => end(connection, &["RELEASE call"]),
        Err(_) => end(connection, &["ROLLBACK TO call", "RELEASE call"]),
    };
    match (result, undone) {
        (Ok(value), Ok(())) => Ok(value),
        (Err(StoreError::Sqlite(error)), _) | (Ok(_), Err(error)) => Err(meaning(error)),
        (Err(error), _) => Err(error),
    }
}

fn end(connection: &Connection, statements: &[&str]) -> rusqlite::Result<()> {
    statements.iter().try_for_each(|sql| connection.prepare_cached(sql)?.execute([]).map(drop))
}

/// The same error again, for each call of a group.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR), Some(other.to_string())),
    }
}

fn meaning(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full(error.into()),
        _ => StoreError::Sqlite(error),
    }
}
