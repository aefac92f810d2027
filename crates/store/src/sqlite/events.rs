//! Events: appended by every change of state, read back in order.

use gristmill_model::{JobId, Timestamp};
use rusqlite::{Connection, params};
use serde_json::Value;

use super::codec::{Columns, collect, json, run};
use crate::row::Event;
use crate::{Result, StoreError};

/// Appends one. `data` is an object without the job's id, which stands in its own column.
pub(super) fn append(connection: &Connection, job: &str, at: Timestamp, kind: &str, data: &Value) -> Result<()> {
    run(connection, "INSERT INTO event (job_id, at, kind, data_json) VALUES (?, ?, ?, ?)", params![job, at.0, kind, json(data)])?;
    Ok(())
}

pub(super) fn events(connection: &Connection, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>> {
    let sql = "SELECT seq, at, kind, data_json FROM event WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?";
    collect(connection, sql, params![job.to_string(), after, limit], |row| {
        let Value::Object(data) = row.json("data_json")? else { return Err(StoreError::Corrupt { what: "event" }) };
        Ok(Event { seq: row.get("seq")?, job, at: Timestamp(row.get("at")?), kind: row.get("kind")?, data })
    })
}
