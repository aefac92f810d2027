//! `claim`: the best ready tasks become leases. The partial index on ready tasks is in the order of claims, so the cost does
//! not grow with what is finished or waiting.

use std::time::Duration;

use gristmill_model::operation::Class;
use gristmill_model::{Timestamp, WorkerId};
use rusqlite::{Connection, Row, params};
use serde_json::json;

use super::codec::{Columns, collect, first, run};
use super::events;
use crate::row::Claimed;
use crate::{Result, StoreError};

const LEASE: &str = "
    UPDATE task SET state = 'running', fence = fence + 1, attempts = attempts + 1, worker = ?1, lease_until = ?2,
                    deadline_at = ?3 + timeout_ms, started_at = ?3, phase = NULL
    WHERE seq IN (SELECT seq FROM task WHERE state = 'ready' AND class = ?4 AND run_at <= ?3 ORDER BY priority, run_at, seq LIMIT ?5)
    RETURNING seq, id, job_id, file_id, step, op, after_json, options_json, accepts_json, class, timeout_ms, fence, attempts";

pub(super) fn claim(
    connection: &Connection,
    now: Timestamp,
    worker: WorkerId,
    slots: &[(Class, u32)],
    lease: Duration,
) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    for (class, free) in slots.iter().filter(|(_, free)| *free > 0) {
        let until = (now + lease).0;
        let leased = params![worker.to_string(), until, now.0, class.as_str(), free];
        let mut batch = collect(connection, LEASE, leased, |row| Ok((row.get::<_, i64>("seq")?, read(row)?)))?;
        batch.sort_by_key(|(seq, _)| *seq);
        claimed.extend(batch.into_iter().map(|(_, task)| task));
    }
    for task in &mut claimed {
        begin(connection, now, worker, task)?;
    }
    Ok(claimed)
}

fn read(row: &Row<'_>) -> Result<Claimed> {
    Ok(Claimed {
        job: row.parsed("job_id")?,
        file: row.parsed("file_id")?,
        task: row.parsed("id")?,
        fence: row.get("fence")?,
        attempt: row.get("attempts")?,
        step: row.get("step")?,
        op: row.get("op")?,
        after: row.json("after_json")?,
        options: row.json("options_json")?,
        accepts: row.json("accepts_json")?,
        class: row.named("class", Class::parse)?,
        timeout: row.span("timeout_ms")?,
        name: String::new(),
        source: String::new(),
        bytes: 0,
    })
}

/// Writes the attempt down, and marks its file and job as begun.
fn begin(connection: &Connection, now: Timestamp, worker: WorkerId, task: &mut Claimed) -> Result<()> {
    let (job, file) = (task.job.to_string(), task.file.to_string());
    let sql = "SELECT name, source, bytes, status FROM file WHERE job_id = ? AND id = ?";
    let (name, source, bytes, status) = first(connection, sql, params![job, file], |r| {
        Ok((r.get("name")?, r.get("source")?, r.get::<_, i64>("bytes")?, r.get::<_, String>("status")?))
    })?
    .ok_or(StoreError::Corrupt { what: "file" })?;
    (task.name, task.source, task.bytes) = (name, source, u64::try_from(bytes).unwrap_or(0));
    let sql = "INSERT INTO attempt (task_id, fence, number, worker, started_at) VALUES (?, ?, ?, ?, ?)";
    run(connection, sql, params![task.task.to_string(), task.fence, task.attempt, worker.to_string(), now.0])?;
    if status == "pending" {
        run(connection, "UPDATE file SET status = 'processing' WHERE job_id = ? AND id = ?", params![job, file])?;
        let sql = "UPDATE job SET status = 'processing', started_at = coalesce(started_at, ?) WHERE id = ? AND status = 'pending'";
        if run(connection, sql, params![now.0, job])? == 1 {
            events::append(connection, &job, now, "job.started", &json!({}))?;
        }
    }
    let data = json!({"file_id": file, "task_id": task.task, "step": task.step, "attempt": task.attempt});
    events::append(connection, &job, now, "task.started", &data)
}

pub(super) fn next_due(connection: &Connection, after: Timestamp) -> Result<Option<Timestamp>> {
    // One look at the head of the ready index per class and priority; there are nine of them.
    let sql = "SELECT min(run_at) AS due FROM task WHERE state = 'ready' AND class = ? AND priority = ? AND run_at > ?";
    let mut due = None;
    for class in Class::ALL {
        for priority in 0..3 {
            let head = first(connection, sql, params![class.as_str(), priority, after.0], |r| r.time_opt("due"))?.flatten();
            due = [due, head].into_iter().flatten().min();
        }
    }
    Ok(due)
}
