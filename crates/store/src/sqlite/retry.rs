//! `retry`: an ended job runs again, as a whole or in part. Results of steps that run again are withdrawn first.

use std::collections::BTreeSet;

use gristmill_model::job::FileStatus;
use gristmill_model::task::State;
use gristmill_model::{JobId, Timestamp};
use rusqlite::{Connection, params};
use serde_json::json;

use super::codec::{Columns, collect, first, run};
use super::events;
use super::rollup::{self, Row, counter, siblings};
use crate::{Result, RetryFrom};

pub(super) fn retry(connection: &Connection, now: Timestamp, job: JobId, from: &RetryFrom) -> Result<u64> {
    let job = job.to_string();
    let sql = "SELECT id, status FROM file WHERE job_id = ? AND ended_at IS NOT NULL";
    let files = collect(connection, sql, params![job], |r| Ok((r.get::<_, String>("id")?, r.named("status", FileStatus::parse)?)))?;
    // The job is opened first: a file may end again at once, and must find it open.
    let sql = "UPDATE job SET status = 'processing', cancelling = 0, ended_at = NULL, swept = 0 WHERE id = ? AND ended_at IS NOT NULL";
    let before = first(connection, "SELECT status, cancelling, ended_at FROM job WHERE id = ?", params![job], |r| {
        Ok((r.get::<_, String>("status")?, r.get::<_, bool>("cancelling")?, r.get::<_, Option<i64>>("ended_at")?))
    })?;
    if run(connection, sql, params![job])? == 0 {
        return Ok(0);
    }
    let mut redriven = 0;
    for (file, status) in files {
        let again = chosen(&siblings(connection, &job, &file)?, status, from);
        if !again.is_empty() {
            reopen(connection, now, &job, &file, status, &again)?;
            redriven += again.len() as u64;
        }
    }
    match before {
        Some((status, cancelling, ended_at)) if redriven == 0 => {
            let sql = "UPDATE job SET status = ?, cancelling = ?, ended_at = ? WHERE id = ?";
            run(connection, sql, params![status, cancelling, ended_at, job])?;
        }
        _ => events::append(connection, &job, now, "job.retried", &json!({"tasks": redriven}))?,
    }
    Ok(redriven)
}

/// The tasks that run again, as places in `rows`.
fn chosen(rows: &[Row], status: FileStatus, from: &RetryFrom) -> Vec<i64> {
    let again: BTreeSet<usize> = match from {
        RetryFrom::All => (0..rows.len()).collect(),
        RetryFrom::Failed if status == FileStatus::Succeeded => BTreeSet::new(),
        RetryFrom::Failed => (0..rows.len()).filter(|&i| did_not_end_well(&rows[i])).collect(),
        RetryFrom::Step(step) => with_followers(rows, step),
    };
    // A step that was cancelled or failed would end the file again, whatever runs: it runs too.
    let again: BTreeSet<usize> =
        if again.is_empty() { again } else { (0..rows.len()).filter(|i| again.contains(i) || did_not_end_well(&rows[*i])).collect() };
    again.into_iter().map(|i| rows[i].seq).collect()
}

fn did_not_end_well(row: &Row) -> bool {
    row.sibling.refused || matches!(row.sibling.state, State::Dead | State::Cancelled)
}

/// A step and all that come after it, however far.
fn with_followers(rows: &[Row], step: &str) -> BTreeSet<usize> {
    let mut again: BTreeSet<usize> = (0..rows.len()).filter(|&i| rows[i].sibling.step == step).collect();
    loop {
        let names: BTreeSet<&str> = again.iter().map(|&i| rows[i].sibling.step.as_str()).collect();
        let more: BTreeSet<usize> = (0..rows.len()).filter(|&i| rows[i].sibling.after.iter().any(|a| names.contains(a.as_str()))).collect();
        if more.is_subset(&again) {
            return again;
        }
        again.extend(more);
    }
}

/// Takes a file back from its end: the chosen tasks wait, their results are withdrawn, and the roll-up releases the first of them.
fn reopen(connection: &Connection, now: Timestamp, job: &str, file: &str, status: FileStatus, again: &[i64]) -> Result<()> {
    let sql = "UPDATE task SET state = 'waiting', failures = 0, losses = 0, progress = 0, ended_at = NULL, error_json = NULL, report_json = NULL, run_at = ?
               WHERE seq = ?";
    for seq in again {
        run(connection, sql, params![now.0, seq])?;
        run(
            connection,
            "DELETE FROM artifact WHERE job_id = ? AND file_id = ? AND task_id = (SELECT id FROM task WHERE seq = ?)",
            params![job, file, seq],
        )?;
    }
    run(
        connection,
        "UPDATE file SET status = 'processing', error_json = NULL, ended_at = NULL WHERE job_id = ? AND id = ?",
        params![job, file],
    )?;
    let column = counter(status);
    run(connection, &format!("UPDATE job SET {column} = {column} - 1 WHERE id = ?"), params![job])?;
    rollup::file(connection, now, job, file)?;
    Ok(())
}
