//! `submit`: job, files, tasks and event in one transaction.

use gristmill_model::Timestamp;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::task::State;
use rusqlite::{Connection, params};
use serde_json::json;

use super::codec::{self, Columns, first, millis, run};
use super::events;
use crate::Result;
use crate::row::{Idempotency, NewFile, NewJob, NewTask, Submitted};

pub(super) fn submit(connection: &Connection, now: Timestamp, job: &NewJob) -> Result<Submitted> {
    let id = job.id.to_string();
    if let Some(idempotency) = &job.idempotency
        && let Some(before) = remember(connection, now, &job.owner, idempotency, &id)?
    {
        return Ok(before);
    }
    insert_job(connection, now, &id, job)?;
    for file in &job.files {
        insert_file(connection, &id, file)?;
        for task in &file.tasks {
            insert_task(connection, now, &id, &file.id.to_string(), job.priority.rank(), task)?;
        }
    }
    let data = json!({"pipeline": job.pipeline, "files": job.files.len()});
    events::append(connection, &id, now, "job.created", &data)?;
    Ok(Submitted::Created)
}

/// Writes the key down for this job, or answers what it was used for before.
fn remember(connection: &Connection, now: Timestamp, owner: &str, idempotency: &Idempotency, job: &str) -> Result<Option<Submitted>> {
    let Idempotency { key, fingerprint } = idempotency;
    let sql = "SELECT fingerprint, job_id FROM idempotency WHERE owner = ? AND key = ?";
    let before = first(connection, sql, params![owner, key], |row| {
        let same = row.get::<_, String>("fingerprint")? == *fingerprint;
        Ok(if same { Submitted::Before(row.parsed("job_id")?) } else { Submitted::KeyTaken })
    })?;
    if before.is_none() {
        let sql = "INSERT INTO idempotency (owner, key, fingerprint, job_id, created_at) VALUES (?, ?, ?, ?, ?)";
        run(connection, sql, params![owner, key, fingerprint, job, now.0])?;
    }
    Ok(before)
}

fn insert_job(connection: &Connection, now: Timestamp, id: &str, job: &NewJob) -> Result<()> {
    let sql = "INSERT INTO job (id, owner, pipeline, pipeline_version, options_json, priority, group_name, metadata_json, status, files, created_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let (options, metadata) = (codec::json(&job.options), codec::json(&job.metadata));
    let status = JobStatus::Pending.as_str();
    let head = params![
        id,
        job.owner,
        job.pipeline,
        job.pipeline_version,
        options,
        job.priority.rank(),
        job.group,
        metadata,
        status,
        job.files.len() as i64,
        now.0
    ];
    run(connection, sql, head)?;
    Ok(())
}

fn insert_file(connection: &Connection, job: &str, file: &NewFile) -> Result<()> {
    let sql = "INSERT INTO file (job_id, id, name, source, bytes, sha256, status) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let status = FileStatus::Pending.as_str();
    run(connection, sql, params![job, file.id.to_string(), file.name, file.source, file.bytes as i64, file.sha256, status])?;
    Ok(())
}

fn insert_task(connection: &Connection, now: Timestamp, job: &str, file: &str, priority: i64, task: &NewTask) -> Result<()> {
    let sql = "INSERT INTO task (id, job_id, file_id, step, op, after_json, options_json, accepts_json, retry_json, class, priority,
                                 timeout_ms, estimate_ms, optional, state, run_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let state = if task.after.is_empty() { State::Ready } else { State::Waiting };
    let row = params![
        task.id.to_string(),
        job,
        file,
        task.step,
        task.op,
        codec::json(&task.after),
        codec::json(&task.options),
        codec::json(&task.accepts),
        codec::json(&task.retry),
        task.class.as_str(),
        priority,
        millis(task.timeout),
        millis(task.estimate).max(1),
        task.optional,
        state.as_str(),
        now.0,
    ];
    run(connection, sql, row)?;
    Ok(())
}
