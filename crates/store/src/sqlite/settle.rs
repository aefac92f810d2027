//! `settle`: the end of an attempt and everything that follows from it, in one transaction. The rescuer settles through here
//! too, so a lost worker and a failed tool take the same road.

use gristmill_model::retry::Retry;
use gristmill_model::task::{Change, Input, State, Tally, advance};
use gristmill_model::{Fault, Fence, Problem, Timestamp};
use rusqlite::{Connection, params};
use serde_json::json;

use super::codec::{Columns, first, json as text, run};
use super::{events, rollup};
use crate::Result;
use crate::row::{Settled, Settlement};

/// What a settle must know of its task.
struct Row {
    job: String,
    file: String,
    step: String,
    state: State,
    tally: Tally,
    fence: Fence,
    retry: Retry,
}

pub(super) fn settle(connection: &Connection, now: Timestamp, settlement: &Settlement) -> Result<Settled> {
    let id = settlement.task.to_string();
    let Some(row) = load(connection, &id)?.filter(|row| row.fence == settlement.fence) else { return Ok(Settled::Stale) };
    let taken = taken_name(connection, &row, &id, settlement)?;
    let input = taken.as_deref().map_or_else(|| settlement.input.clone(), name_taken);
    let Some(change) = advance(row.state, row.tally, &input, &row.retry, settlement.jitter) else {
        return Ok(Settled::Stale);
    };
    write(connection, now, &id, settlement, &change)?;
    end_attempt(connection, now, &id, settlement, &change)?;
    if change.next == State::Succeeded {
        publish(connection, &row, &id, settlement)?;
    }
    announce(connection, now, &row, &id, &change)?;
    if !change.next.ended() {
        return Ok(Settled::Written { state: change.next, released: change.next == State::Ready, job_ended: false });
    }
    let rolled = rollup::file(connection, now, &row.job, &row.file)?;
    Ok(Settled::Written { state: change.next, released: rolled.released, job_ended: rolled.job_ended })
}

fn load(connection: &Connection, id: &str) -> Result<Option<Row>> {
    let sql = "SELECT job_id, file_id, step, state, failures, losses, fence, retry_json FROM task WHERE id = ?";
    first(connection, sql, params![id], |row| {
        Ok(Row {
            job: row.get("job_id")?,
            file: row.get("file_id")?,
            step: row.get("step")?,
            state: row.named("state", State::parse)?,
            tally: Tally { failures: row.get("failures")?, losses: row.get("losses")? },
            fence: row.get("fence")?,
            retry: row.json("retry_json")?,
        })
    })
}

fn write(connection: &Connection, now: Timestamp, id: &str, settlement: &Settlement, change: &Change) -> Result<()> {
    let sql = "UPDATE task SET state = ?1, failures = ?2, losses = ?3, worker = NULL, lease_until = NULL, deadline_at = NULL, phase = NULL,
                               run_at = CASE WHEN ?4 > 0 THEN ?5 + ?4 ELSE run_at END, ended_at = CASE WHEN ?6 THEN ?5 END,
                               progress = CASE WHEN ?6 THEN 1 ELSE progress END, error_json = ?7, report_json = ?8
               WHERE id = ?9";
    let wait = i64::try_from(change.wait.as_millis()).unwrap_or(i64::MAX);
    let error = change.problem.as_ref().map(text);
    let report = matches!(settlement.input, Input::Succeeded | Input::NotApplicable).then(|| text(&settlement.report));
    let ended = change.next.ended();
    run(connection, sql, params![change.next.as_str(), change.tally.failures, change.tally.losses, wait, now.0, ended, error, report, id])?;
    Ok(())
}

fn end_attempt(connection: &Connection, now: Timestamp, id: &str, settlement: &Settlement, change: &Change) -> Result<()> {
    let sql = "UPDATE attempt SET ended_at = ?, outcome = ?, error_json = ? WHERE task_id = ? AND fence = ?";
    let error = change.problem.as_ref().map(text);
    run(connection, sql, params![now.0, settlement.input.name(), error, id, settlement.fence])?;
    Ok(())
}

/// A result's name that another step of the file has published already.
fn taken_name(connection: &Connection, row: &Row, id: &str, settlement: &Settlement) -> Result<Option<String>> {
    let sql = "SELECT name FROM artifact WHERE job_id = ? AND file_id = ? AND name = ? AND task_id <> ?";
    for (artifact, _) in &settlement.artifacts {
        let found = first(connection, sql, params![row.job, row.file, artifact.name, id], |r| Ok(r.get("name")?))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Two steps of one pipeline would overwrite each other's result: no retry helps, and silence would lose one.
fn name_taken(name: &str) -> Input {
    let message =
        format!("Another step of this pipeline has already made `{name}`; give the two different names in the pipeline's options.");
    Input::Failed(Problem::new(Fault::Input, "artifact_name_taken", message))
}

fn publish(connection: &Connection, row: &Row, id: &str, settlement: &Settlement) -> Result<()> {
    let sql =
        "INSERT OR REPLACE INTO artifact (job_id, file_id, name, task_id, media_type, bytes, sha256, blob) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    for (artifact, key) in &settlement.artifacts {
        run(
            connection,
            sql,
            params![row.job, row.file, artifact.name, id, artifact.media_type, artifact.bytes as i64, artifact.sha256, key],
        )?;
    }
    Ok(())
}

fn announce(connection: &Connection, now: Timestamp, row: &Row, id: &str, change: &Change) -> Result<()> {
    let mut data = json!({"file_id": row.file, "task_id": id, "step": row.step, "state": change.next, "error": change.problem});
    let kind = if change.next.ended() { "task.ended" } else { "task.retried" };
    if !change.wait.is_zero() {
        data["wait_ms"] = json!(change.wait.as_millis() as u64);
    }
    events::append(connection, &row.job, now, kind, &data)
}
