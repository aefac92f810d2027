//! What a PostgreSQL server counted of one database.

use tokio_postgres::Client;

use super::scratch::connect;

/// A connection that asks for the counts. The server's sessions tell theirs at most once a second, so a count is late by that much.
pub struct Written(Client);

/// Since the database was made.
pub struct Count {
    /// Rows inserted, changed and deleted in its tables.
    pub rows: i64,
    /// Transactions that committed, those that only read included.
    pub commits: i64,
}

impl Written {
    /// Of the database that a URL names.
    pub async fn of(url: &str) -> anyhow::Result<Self> {
        Ok(Self(connect(url).await?))
    }

    /// What was counted until now.
    pub async fn count(&self) -> anyhow::Result<Count> {
        let sql = "SELECT (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables),
                          (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())";
        let row = self.0.query_one(sql, &[]).await?;
        Ok(Count { rows: row.try_get(0)?, commits: row.try_get(1)? })
    }
}
