//! Leases: renewed by heartbeats, listed when they have run out.

use std::time::Duration;

use gristmill_model::{Fence, TaskId, Timestamp, WorkerId};
use rusqlite::{Connection, Row, params};

use super::codec::{Columns, collect, run};
use crate::Result;
use crate::row::{Beat, Overdue};

pub(super) fn heartbeat(
    connection: &Connection,
    now: Timestamp,
    worker: WorkerId,
    beats: &[Beat],
    lease: Duration,
) -> Result<Vec<(TaskId, Fence)>> {
    let sql = "UPDATE task SET lease_until = ?, progress = max(progress, ?), phase = ?
               WHERE id = ? AND fence = ? AND state = 'running' AND worker = ?";
    let mut lost = Vec::new();
    for beat in beats {
        let values = params![(now + lease).0, beat.progress, beat.phase, beat.task.to_string(), beat.fence, worker.to_string()];
        if run(connection, sql, values)? == 0 {
            lost.push((beat.task, beat.fence));
        }
    }
    Ok(lost)
}

pub(super) fn overdue(connection: &Connection, now: Timestamp, limit: u32) -> Result<Vec<Overdue>> {
    let sql = "SELECT id, fence, deadline_at < ?1 AS late FROM task
               WHERE state = 'running' AND (lease_until < ?1 OR deadline_at < ?1) ORDER BY lease_until LIMIT ?2";
    collect(connection, sql, params![now.0, limit], read)
}

pub(super) fn orphans(connection: &Connection, worker: WorkerId) -> Result<Vec<Overdue>> {
    let sql = "SELECT id, fence, 0 AS late FROM task WHERE state = 'running' AND worker <> ?";
    collect(connection, sql, params![worker.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<Overdue> {
    Ok(Overdue { task: row.parsed("id")?, fence: row.get("fence")?, deadline: row.get("late")? })
}
