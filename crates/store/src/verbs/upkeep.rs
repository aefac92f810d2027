//! What duties ask for, and what they clear away.

use std::collections::BTreeSet;
use std::time::Duration;

use gristmill_model::job::JobStatus;
use gristmill_model::queue::Queue;
use gristmill_model::{FileId, JobId, TaskId, Timestamp};
use serde_json::json;

use super::load::ask;
use crate::Result;
use crate::book::line::{EndedLine, FileLine, JobLine, TaskLine, lane};
use crate::book::{self, Book};
use crate::row::Stop;
use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Tx, lines, select};

pub(super) async fn too_long(tx: &mut dyn Tx, limit: u32) -> Result<Vec<(JobId, Stop)>> {
    let now = tx.now().await?;
    // Those on the critical-error path come to an end by themselves.
    let free = "NOT EXISTS (SELECT 1 FROM effect WHERE effect.job_id = job.id AND kind = 'critical' AND state = 'open')";
    let mut found = Vec::new();
    for (status, time, why) in [("pending", "expires_at", Stop::Expired), ("processing", "deadline_at", Stop::TimedOut)] {
        let sql = format!("SELECT id FROM job WHERE status = '{status}' AND {time} < $1 AND {free} ORDER BY {time} LIMIT $2");
        for row in tx.query(&sql, values![now, limit]).await? {
            found.push((row.fields().job()?, why.clone()));
        }
    }
    Ok(found)
}

pub(super) async fn warn_waiting(tx: &mut dyn Tx, longer: Duration, limit: u32) -> Result<u64> {
    let before = Timestamp(tx.now().await?.0 - crate::sql::value::millis(longer));
    let rest = "WHERE status = 'pending' AND warned = 0 AND created_at < $1
                AND EXISTS (SELECT 1 FROM task WHERE task.job_id = job.id AND ready_at < $2) ORDER BY id LIMIT $3";
    let slow: Vec<JobLine> = select(tx, rest, values![before, before, limit]).await?;
    let mut book = Book::at(tx.now().await?);
    book.add_jobs(lines(tx, keys(slow.iter().map(|j| &j.id)), Hold::Write).await?);
    let waiting: Vec<(JobId, Timestamp)> =
        book.jobs.values().filter(|j| !j.warned && j.status == JobStatus::Pending).map(|j| (j.id, j.created_at)).collect();
    for (job, since) in &waiting {
        book.tell(*job, "job.waiting_long", json!({"waiting_ms": (book.now - *since).as_millis() as u64}));
    }
    let warned: Vec<_> = waiting.iter().map(|(job, _)| values![*job, true]).collect();
    let count = warned.len() as u64;
    let set = (count > 0).then_some(Change::Set(JobLine::TABLE, &["warned"], warned));
    book.write(tx, set.into_iter().collect()).await?;
    Ok(count)
}

/// Files whose next task has waited in its queue for longer than the queue allows end as failed. Jobs that have not started expire
/// as a whole elsewhere.
pub(super) async fn expire_tasks(tx: &mut dyn Tx, limit: u32) -> Result<u64> {
    let stale = stale_tasks(tx, limit).await?;
    let files: BTreeSet<FileId> = stale.iter().map(|t| t.file).collect();
    let jobs: BTreeSet<JobId> = stale.iter().map(|t| t.job()).collect();
    let asks = vec![
        ask::<JobLine>(keys(&jobs), Hold::Write),
        ask::<FileLine>(keys(&files), Hold::None),
        ask::<EndedLine>(keys(&files), Hold::None),
        ask::<TaskLine>(keys(&stale), Hold::None),
    ];
    let mut rows = tx.find(asks).await?.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let mut book = Book::at(tx.now().await?);
    book.add_jobs(JobLine::read_all(next())?);
    book.add_files(FileLine::read_all(next())?);
    book.add_ended(EndedLine::read_all(next())?);
    // Now that the jobs are held: those that were not claimed since.
    let waiting: BTreeSet<FileId> = TaskLine::read_all(next())?.into_iter().filter(|t| t.attempts == 0).map(|t| t.id.file).collect();
    let open: BTreeSet<FileId> = waiting.into_iter().filter(|f| book.files.get(f).is_some_and(|l| !l.status.ended())).collect();
    super::settle::load_next(tx, &mut book, &open).await?;
    for file in &open {
        book::expire_file(&mut book, *file);
    }
    book.write(tx, Vec::new()).await?;
    Ok(open.len() as u64)
}

async fn stale_tasks(tx: &mut dyn Tx, limit: u32) -> Result<BTreeSet<TaskId>> {
    let mut stale = BTreeSet::new();
    for queue in Queue::OF_TASKS {
        let before = Timestamp(tx.now().await?.0 - crate::sql::value::millis(queue.expires()));
        let rest = "WHERE lane >= $1 AND lane <= $2 AND ready_at < $3 AND attempts = 0 AND due IS NULL AND parts_open = 0
                    AND EXISTS (SELECT 1 FROM job WHERE job.id = task.job_id AND job.started_at IS NOT NULL) LIMIT $4";
        let tasks: Vec<TaskLine> = select(tx, rest, values![lane(queue, false), lane(queue, true), before, limit]).await?;
        stale.extend(tasks.into_iter().map(|t| t.id));
    }
    Ok(stale)
}

pub(super) async fn prune(tx: &mut dyn Tx, limit: u32) -> Result<u64> {
    let now = tx.now().await?;
    let before = |age: Duration| Timestamp(now.0 - crate::sql::value::millis(age));
    let ago = before(Queue::Events.expires());
    let mut gone = super::dead::forget(tx, "WHERE dead_until < $1 ORDER BY dead_until LIMIT $2", values![now, limit]).await?;
    for (sql, values) in [
        (
            "DELETE FROM event WHERE job_id IN (SELECT id FROM job WHERE ended_at < $1 AND EXISTS (
                 SELECT 1 FROM event WHERE event.job_id = job.id) ORDER BY ended_at LIMIT $2)",
            values![ago, limit],
        ),
        ("DELETE FROM idempotency WHERE created_at < $1", values![before(Queue::Normal.expires() * 7)]),
        ("DELETE FROM delivery WHERE at < $1", values![ago]),
        (
            "DELETE FROM group_count WHERE open <= 0 AND NOT EXISTS (SELECT 1 FROM job WHERE job.group_name = group_count.name AND job.owner = group_count.owner)",
            values![],
        ),
        ("DELETE FROM effect WHERE state <> 'open' AND ended_at < $1", values![ago]),
        ("DELETE FROM awaited WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = awaited.job_id AND job.status = 'pending')", values![]),
        (
            "DELETE FROM worker WHERE alive_until < $1 AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.worker = worker.id)",
            values![before(Duration::from_secs(600))],
        ),
    ] {
        gone += tx.run(sql, values).await?;
    }
    Ok(gone)
}

pub(super) async fn unswept(tx: &mut dyn Tx, limit: u32) -> Result<Vec<JobId>> {
    let rows = tx.query("SELECT id FROM job WHERE ended_at IS NOT NULL AND swept = 0 ORDER BY id LIMIT $1", values![limit]).await?;
    rows.into_iter().map(|row| row.fields().job()).collect()
}

pub(super) async fn swept(tx: &mut dyn Tx, job: JobId) -> Result<()> {
    tx.run("UPDATE job SET swept = 1 WHERE id = $1 AND ended_at IS NOT NULL", values![job]).await.map(drop)
}
