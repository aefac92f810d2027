//! After a task has ended: released dependants, the end of its file, the end of its job. What follows is decided by
//! `gristmill_model::rollup`; this writes it down.

use gristmill_model::job::FileStatus;
use gristmill_model::retry::Retry;
use gristmill_model::rollup::{self, FileChange, FileCounts, Sibling};
use gristmill_model::task::{Input, State, Tally, advance};
use gristmill_model::{Problem, Timestamp};
use rusqlite::{Connection, params};
use serde_json::json;

use super::codec::{Columns, collect, first, json as text, run};
use super::events;
use crate::{Result, StoreError};

/// What rolling up did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rolled {
    /// Whether tasks became ready.
    pub(super) released: bool,
    /// Whether the job has ended with this.
    pub(super) job_ended: bool,
}

/// A task of a file with what the roll-up needs to write.
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) sibling: Sibling,
    pub(super) error: Option<Problem>,
}

pub(super) fn siblings(connection: &Connection, job: &str, file: &str) -> Result<Vec<Row>> {
    let sql = "SELECT seq, step, after_json, state, optional, error_json FROM task WHERE job_id = ? AND file_id = ? ORDER BY seq";
    collect(connection, sql, params![job, file], |row| {
        let state = row.named("state", State::parse)?;
        let error: Option<Problem> = row.json_opt("error_json")?;
        let refused = state == State::Skipped && error.as_ref().is_some_and(|e| !e.fault.retryable());
        let sibling = Sibling { step: row.get("step")?, after: row.json("after_json")?, state, refused, optional: row.get("optional")? };
        Ok(Row { seq: row.get("seq")?, sibling, error })
    })
}

/// Rolls a file up after one of its tasks has ended.
pub(super) fn file(connection: &Connection, now: Timestamp, job: &str, file: &str) -> Result<Rolled> {
    let rows = siblings(connection, job, file)?;
    let tasks: Vec<Sibling> = rows.iter().map(|r| r.sibling.clone()).collect();
    match rollup::file(&tasks) {
        FileChange::Open { release } => {
            for &i in &release {
                set_state(connection, now, rows[i].seq, rows[i].sibling.state, &Input::Released)?;
            }
            Ok(Rolled { released: !release.is_empty(), job_ended: false })
        }
        FileChange::Ended { status, cancel } => {
            for &i in &cancel {
                set_state(connection, now, rows[i].seq, rows[i].sibling.state, &Input::Cancelled)?;
            }
            let cause = rows.into_iter().filter(|r| r.sibling.refused || r.sibling.state == State::Dead).find_map(|r| r.error);
            let cause = cause.filter(|_| matches!(status, FileStatus::Skipped | FileStatus::Failed));
            end_file(connection, now, job, file, status, cause.as_ref())
        }
    }
}

/// Moves a task that no worker reports on: released or cancelled.
pub(super) fn set_state(connection: &Connection, now: Timestamp, seq: i64, from: State, input: &Input) -> Result<()> {
    let Some(change) = advance(from, Tally::default(), input, &Retry::default(), 0.0) else { return Ok(()) };
    let sql = "UPDATE task SET state = ?, worker = NULL, lease_until = NULL, deadline_at = NULL, ended_at = ? WHERE seq = ?";
    run(connection, sql, params![change.next.as_str(), change.next.ended().then_some(now.0), seq])?;
    if from == State::Running {
        let sql = "UPDATE attempt SET ended_at = ?, outcome = ? WHERE ended_at IS NULL AND task_id = (SELECT id FROM task WHERE seq = ?)";
        run(connection, sql, params![now.0, input.name(), seq])?;
    }
    Ok(())
}

/// Ends a file and counts it for its job.
pub(super) fn end_file(
    connection: &Connection,
    now: Timestamp,
    job: &str,
    file: &str,
    status: FileStatus,
    cause: Option<&Problem>,
) -> Result<Rolled> {
    let sql = "UPDATE file SET status = ?, error_json = ?, ended_at = ? WHERE job_id = ? AND id = ? AND ended_at IS NULL";
    if run(connection, sql, params![status.as_str(), cause.map(text), now.0, job, file])? == 0 {
        return Ok(Rolled::default());
    }
    events::append(connection, job, now, "file.ended", &json!({"file_id": file, "status": status, "error": cause}))?;
    let column = counter(status);
    let sql = format!("UPDATE job SET {column} = {column} + 1 WHERE id = ?");
    run(connection, &sql, params![job])?;
    Ok(Rolled { released: false, job_ended: end_job(connection, now, job)? })
}

/// Ends a job whose files have all ended.
fn end_job(connection: &Connection, now: Timestamp, job: &str) -> Result<bool> {
    let sql = "SELECT files, succeeded, skipped, failed, cancelled, cancelling FROM job WHERE id = ?";
    let (counts, cancelling) =
        first(connection, sql, params![job], |r| Ok((counts(r)?, r.get("cancelling")?)))?.ok_or(StoreError::Corrupt { what: "job" })?;
    let Some(status) = rollup::job(counts, cancelling) else { return Ok(false) };
    run(connection, "UPDATE job SET status = ?, ended_at = ? WHERE id = ?", params![status.as_str(), now.0, job])?;
    events::append(connection, job, now, "job.ended", &json!({"status": status}))?;
    Ok(true)
}

/// The counts of a job's row.
pub(super) fn counts(row: &rusqlite::Row<'_>) -> Result<FileCounts> {
    Ok(FileCounts {
        files: row.get("files")?,
        succeeded: row.get("succeeded")?,
        skipped: row.get("skipped")?,
        failed: row.get("failed")?,
        cancelled: row.get("cancelled")?,
    })
}

/// The column of `job` that counts files with this end.
pub(super) fn counter(status: FileStatus) -> &'static str {
    match status {
        FileStatus::Succeeded => "succeeded",
        FileStatus::Skipped => "skipped",
        FileStatus::Cancelled => "cancelled",
        FileStatus::Failed | FileStatus::Pending | FileStatus::Processing => "failed",
    }
}
