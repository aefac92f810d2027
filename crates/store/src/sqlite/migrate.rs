//! Brings the schema up to what this code knows, one numbered file after the other, each in a transaction.

use rusqlite::Connection;

use crate::sql::schema::{FIRST, check};
use crate::{Result, StoreError};

const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0002_engine.sql"),
    include_str!("../../migrations/sqlite/0003_uploads.sql"),
    include_str!("../../migrations/sqlite/0004_pointers.sql"),
    include_str!("../../migrations/sqlite/0005_awaited.sql"),
    include_str!("../../migrations/sqlite/0006_results.sql"),
    include_str!("../../migrations/sqlite/0007_told.sql"),
    include_str!("../../migrations/sqlite/0008_records.sql"),
];

/// The newest schema.
pub(super) fn known() -> i64 {
    FIRST + MIGRATIONS.len() as i64 - 1
}

pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
    let known = known();
    // A file of one process has no older binaries beside it, so the oldest schema that may work on is the one found.
    let done = check(found, found, known)?;
    for (number, sql) in (FIRST..).zip(MIGRATIONS).skip(done) {
        let transaction = connection.transaction().map_err(StoreError::Sqlite)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
