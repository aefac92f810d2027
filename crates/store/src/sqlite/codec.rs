//! Values to columns and back. What cannot be read back is told as corrupt, never guessed.

use std::str::FromStr;
use std::time::Duration;

use gristmill_model::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, StoreError};

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(super) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Typed columns of a row, by name.
pub(super) trait Columns {
    /// Text that parses: ids.
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T>;
    /// Text that names a state.
    fn named<T>(&self, column: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T>;
    /// JSON.
    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T>;
    /// JSON or null.
    fn json_opt<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>>;
    /// A time or null.
    fn time_opt(&self, column: &'static str) -> Result<Option<Timestamp>>;
    /// A span in milliseconds.
    fn span(&self, column: &'static str) -> Result<Duration>;
}

impl Columns for Row<'_> {
    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T> {
        self.get_ref(column)?.as_str().ok().and_then(|t| t.parse().ok()).ok_or(StoreError::Corrupt { what: column })
    }

    fn named<T>(&self, column: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.get_ref(column)?.as_str().ok().and_then(parse).ok_or(StoreError::Corrupt { what: column })
    }

    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T> {
        let text = self.get_ref(column)?;
        text.as_str().ok().and_then(|t| serde_json::from_str(t).ok()).ok_or(StoreError::Corrupt { what: column })
    }

    fn json_opt<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>> {
        if self.get_ref(column)?.as_str_or_null().ok().flatten().is_none() { Ok(None) } else { self.json(column).map(Some) }
    }

    fn time_opt(&self, column: &'static str) -> Result<Option<Timestamp>> {
        Ok(self.get::<_, Option<i64>>(column)?.map(Timestamp))
    }

    fn span(&self, column: &'static str) -> Result<Duration> {
        Ok(Duration::from_millis(u64::try_from(self.get::<_, i64>(column)?).unwrap_or(0)))
    }
}

/// All rows of a query, each read by `read`.
pub(super) fn collect<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// The first row of a query, if there is one.
pub(super) fn first<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Runs one prepared statement.
pub(super) fn run(connection: &rusqlite::Connection, sql: &str, params: impl rusqlite::Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}
