//! Brings the schema up to what this code knows, one numbered file after the other, each in a transaction, and one process at a
//! time. `schema.oldest` is the oldest known schema with which a binary may still write: older and newer workers run side by
//! side during an upgrade as long as a migration leaves it.

use deadpool_postgres::Object;

use crate::Result;
use crate::sql::schema::{FIRST, check};

/// Each with the oldest schema that may work beside it. What is stored as JSON is part of the schema: a plan with a field that an older
/// binary does not know ends its job there.
const MIGRATIONS: &[(i64, &str)] = &[
    (2, include_str!("../../migrations/postgres/0002_engine.sql")),
    (2, include_str!("../../migrations/postgres/0003_uploads.sql")),
    (2, include_str!("../../migrations/postgres/0004_pointers.sql")),
    (2, include_str!("../../migrations/postgres/0005_awaited.sql")),
    (2, include_str!("../../migrations/postgres/0006_results.sql")),
    // An older binary does not count groups, and their ends would never be told.
    (7, include_str!("../../migrations/postgres/0007_told.sql")),
    (7, include_str!("../../migrations/postgres/0008_records.sql")),
];

/// Any number that nobody else locks: "gristmil" in ASCII.
const LOCK: i64 = 0x6772_6973_746d_696c;

pub(super) async fn migrate(client: &mut Object) -> Result<()> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction.batch_execute("CREATE TABLE IF NOT EXISTS schema (version bigint NOT NULL, oldest bigint NOT NULL)").await?;
    let row = transaction.query_opt("SELECT version, oldest FROM schema", &[]).await?;
    let (found, oldest) = row.map_or((0, 0), |r| (r.get(0), r.get(1)));
    let known = FIRST + MIGRATIONS.len() as i64 - 1;
    let done = check(found, oldest, known)?;
    for (number, (oldest, sql)) in (FIRST..).zip(MIGRATIONS).skip(done) {
        transaction.batch_execute(sql).await?;
        transaction.batch_execute("DELETE FROM schema").await?;
        transaction.execute("INSERT INTO schema VALUES ($1, $2)", &[&number, oldest]).await?;
    }
    Ok(transaction.commit().await?)
}
