//! `cancel` and `delete`: the owner's two ways to be done with a job.

use gristmill_model::job::FileStatus;
use gristmill_model::task::Input;
use gristmill_model::{JobId, Timestamp};
use rusqlite::{Connection, params};

use super::codec::{collect, run};
use super::rollup;
use crate::Result;

pub(super) fn cancel(connection: &Connection, now: Timestamp, job: JobId) -> Result<bool> {
    let job = job.to_string();
    if run(connection, "UPDATE job SET cancelling = 1 WHERE id = ? AND ended_at IS NULL", params![job])? == 0 {
        return Ok(false);
    }
    let sql = "SELECT id FROM file WHERE job_id = ? AND ended_at IS NULL";
    for file in collect(connection, sql, params![job], |r| Ok(r.get::<_, String>(0)?))? {
        for row in rollup::siblings(connection, &job, &file)? {
            rollup::set_state(connection, now, row.seq, row.sibling.state, &Input::Cancelled)?;
        }
        rollup::end_file(connection, now, &job, &file, FileStatus::Cancelled, None)?;
    }
    Ok(true)
}

pub(super) fn delete(connection: &Connection, job: JobId) -> Result<bool> {
    let job = job.to_string();
    if run(connection, "DELETE FROM job WHERE id = ? AND ended_at IS NOT NULL", params![job])? == 0 {
        return Ok(false);
    }
    run(connection, "DELETE FROM attempt WHERE task_id IN (SELECT id FROM task WHERE job_id = ?)", params![job])?;
    for sql in [
        "DELETE FROM task WHERE job_id = ?",
        "DELETE FROM artifact WHERE job_id = ?",
        "DELETE FROM file WHERE job_id = ?",
        "DELETE FROM event WHERE job_id = ?",
        "DELETE FROM idempotency WHERE job_id = ?",
    ] {
        run(connection, sql, params![job])?;
    }
    Ok(true)
}
