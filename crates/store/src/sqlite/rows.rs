//! Reads: jobs, files, tasks, artifacts.

use gristmill_model::job::{FileStatus, JobStatus, Priority};
use gristmill_model::report::Artifact;
use gristmill_model::task::{State, Tally};
use gristmill_model::{FileId, JobId, Timestamp};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::codec::{Columns, collect, first};
use super::rollup::counts;
use crate::Result;
use crate::row::{File, Job, JobFilter, Published, Task};

/// A job with its progress, weighted by the estimates of its tasks; ended tasks count as done.
const JOB: &str = "
    SELECT job.*,
           CASE WHEN ended_at IS NULL THEN (
               SELECT sum(estimate_ms * CASE WHEN state IN ('waiting', 'ready', 'running') THEN progress ELSE 1.0 END) / sum(estimate_ms)
               FROM task WHERE job_id = job.id) ELSE 1.0 END AS progress,
           CASE WHEN ended_at IS NULL THEN (
               SELECT coalesce(nullif(phase, ''), step) FROM task WHERE job_id = job.id AND state = 'running' ORDER BY progress DESC LIMIT 1) END AS phase
    FROM job";

pub(super) fn job(connection: &Connection, id: JobId) -> Result<Option<Job>> {
    first(connection, &format!("{JOB} WHERE id = ?"), params![id.to_string()], read_job)
}

pub(super) fn jobs(connection: &Connection, filter: &JobFilter) -> Result<Vec<Job>> {
    let mut clauses = vec!["1"];
    let mut values: Vec<Sql> = Vec::new();
    let mut only = |clause: &'static str, value: Option<String>| {
        if let Some(value) = value {
            clauses.push(clause);
            values.push(value.into());
        }
    };
    only("owner = ?", filter.owner.clone());
    only("status = ?", filter.status.map(|s| s.as_str().to_owned()));
    only("pipeline = ?", filter.pipeline.clone());
    only("group_name = ?", filter.group.clone());
    only("id < ?", filter.before.map(|id| id.to_string()));
    if let Some(text) = &filter.text {
        clauses.push("(instr(id, ?) OR instr(coalesce(group_name, ''), ?) OR EXISTS (SELECT 1 FROM file WHERE file.job_id = job.id AND instr(lower(file.name), lower(?))))");
        values.extend(std::iter::repeat_n(Sql::from(text.clone()), 3));
    }
    values.push(i64::from(filter.limit).into());
    let sql = format!("{JOB} WHERE {} ORDER BY id DESC LIMIT ?", clauses.join(" AND "));
    collect(connection, &sql, params_from_iter(values), read_job)
}

fn read_job(row: &Row<'_>) -> Result<Job> {
    Ok(Job {
        id: row.parsed("id")?,
        owner: row.get("owner")?,
        pipeline: row.get("pipeline")?,
        pipeline_version: row.get("pipeline_version")?,
        options: row.json("options_json")?,
        priority: Priority::from_rank(row.get("priority")?),
        group: row.get("group_name")?,
        metadata: row.json("metadata_json")?,
        status: row.named("status", JobStatus::parse)?,
        counts: counts(row)?,
        created_at: Timestamp(row.get("created_at")?),
        started_at: row.time_opt("started_at")?,
        ended_at: row.time_opt("ended_at")?,
        progress: row.get::<_, Option<f64>>("progress")?.unwrap_or(0.0),
        phase: row.get("phase")?,
    })
}

pub(super) fn files(connection: &Connection, job: JobId) -> Result<Vec<File>> {
    collect(connection, "SELECT * FROM file WHERE job_id = ? ORDER BY id", params![job.to_string()], |row| {
        Ok(File {
            id: row.parsed("id")?,
            name: row.get("name")?,
            source: row.get("source")?,
            bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
            sha256: row.get("sha256")?,
            status: row.named("status", FileStatus::parse)?,
            error: row.json_opt("error_json")?,
            ended_at: row.time_opt("ended_at")?,
        })
    })
}

pub(super) fn tasks(connection: &Connection, job: JobId, file: Option<FileId>) -> Result<Vec<Task>> {
    let sql = "SELECT * FROM task WHERE job_id = ?1 AND (?2 IS NULL OR file_id = ?2) ORDER BY seq";
    collect(connection, sql, params![job.to_string(), file.map(|f| f.to_string())], |row| {
        Ok(Task {
            id: row.parsed("id")?,
            file: row.parsed("file_id")?,
            step: row.get("step")?,
            op: row.get("op")?,
            after: row.json("after_json")?,
            state: row.named("state", State::parse)?,
            attempts: row.get("attempts")?,
            tally: Tally { failures: row.get("failures")?, losses: row.get("losses")? },
            progress: row.get("progress")?,
            phase: row.get("phase")?,
            estimate: row.span("estimate_ms")?,
            optional: row.get("optional")?,
            run_at: Timestamp(row.get("run_at")?),
            started_at: row.time_opt("started_at")?,
            ended_at: row.time_opt("ended_at")?,
            error: row.json_opt("error_json")?,
            report: row.json_opt("report_json")?.unwrap_or_default(),
        })
    })
}

pub(super) fn artifacts(connection: &Connection, job: JobId, file: Option<FileId>) -> Result<Vec<Published>> {
    let sql = "SELECT * FROM artifact WHERE job_id = ?1 AND (?2 IS NULL OR file_id = ?2) ORDER BY file_id, name";
    collect(connection, sql, params![job.to_string(), file.map(|f| f.to_string())], |row| {
        let artifact = Artifact {
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
            sha256: row.get("sha256")?,
        };
        Ok(Published { file: row.parsed("file_id")?, task: row.parsed("task_id")?, artifact, key: row.get("blob")? })
    })
}
