//! Counts over all jobs, and the list of what is still to be swept.

use gristmill_model::job::JobStatus;
use gristmill_model::operation::Class;
use gristmill_model::task::State;
use gristmill_model::{JobId, Timestamp};
use rusqlite::{Connection, params};

use super::codec::{Columns, collect, first, run};
use crate::Result;
use crate::row::Totals;

pub(super) fn totals(connection: &Connection, since: Timestamp) -> Result<Totals> {
    let jobs = collect(connection, "SELECT status, count(*) AS n FROM job GROUP BY status", [], |r| {
        Ok((r.named("status", JobStatus::parse)?, r.get::<_, u32>("n")?.into()))
    })?;
    let sql = "SELECT state, class, count(*) AS n FROM task WHERE state IN ('waiting', 'ready', 'running') GROUP BY state, class";
    let tasks = collect(connection, sql, [], |r| {
        Ok((r.named("state", State::parse)?, r.named("class", Class::parse)?, r.get::<_, u32>("n")?.into()))
    })?;
    let sql = "SELECT count(*) FILTER (WHERE status = 'completed') AS completed, count(*) FILTER (WHERE status <> 'completed') AS others,
                      coalesce(sum(ended_at - coalesce(started_at, ended_at)), 0) AS ran, coalesce(sum(coalesce(started_at, ended_at) - created_at), 0) AS waited
               FROM job WHERE ended_at >= ?";
    let of = |r: &rusqlite::Row<'_>, c: &str| Ok::<u64, crate::StoreError>(u64::try_from(r.get::<_, i64>(c)?).unwrap_or(0));
    let (ended_since, spent_ms) =
        first(connection, sql, params![since.0], |r| Ok(((of(r, "completed")?, of(r, "others")?), (of(r, "ran")?, of(r, "waited")?))))?
            .unwrap_or_default();
    Ok(Totals { jobs, tasks, ended_since, spent_ms })
}

pub(super) fn unswept(connection: &Connection, limit: u32) -> Result<Vec<JobId>> {
    let sql = "SELECT id FROM job WHERE ended_at IS NOT NULL AND swept = 0 ORDER BY id LIMIT ?";
    collect(connection, sql, params![limit], |r| r.parsed("id"))
}

pub(super) fn swept(connection: &Connection, job: JobId) -> Result<()> {
    run(connection, "UPDATE job SET swept = 1 WHERE id = ? AND ended_at IS NOT NULL", params![job.to_string()])?;
    Ok(())
}
