//! Workers: their signs of life, their leases, and what has run out.

use std::collections::BTreeMap;
use std::time::Duration;

use gristmill_model::{Fence, TaskId, Timestamp, WorkerId};

use super::load::ask;
use crate::Result;
use crate::book::line::{CheckpointLine, LeaseLine, WorkerLine};
use crate::row::{Beat, Checkpoint, Heartbeat, NewWorker, Overdue, Worker};
use crate::sql::column::{key, keys};
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Row, Tx, Value, lines, select};

/// A sign of life that was not announced by [`enlist`] counts all the same.
pub(super) fn alive(worker: WorkerId, now: Timestamp, lease: Duration) -> Change {
    let sql = "INSERT INTO worker (id, name, version, slots_json, started_at, seen_at, alive_until, draining)
               VALUES ($1, '', '', '[]', $2, $3, $4, 0)
               ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until";
    Change::Run(sql, values![worker.uuid(), now, now, now + lease])
}

pub(super) async fn enlist(tx: &mut dyn Tx, worker: NewWorker, lease: Duration) -> Result<()> {
    let now = tx.now().await?;
    let NewWorker { id, name, version, slots } = worker;
    let line = WorkerLine { id, name, version, slots, started_at: now, seen_at: now, alive_until: now + lease, draining: false };
    tx.apply(vec![Change::Put(WorkerLine::TABLE, vec![line.write()])]).await
}

pub(super) async fn heartbeat(tx: &mut dyn Tx, beat: &Heartbeat) -> Result<Vec<(TaskId, Fence)>> {
    // Whoever holds a lease row is about to end it, and may want another of ours next: progress is not worth waiting for.
    let all = keys(beat.held.iter().map(|(task, _)| task));
    let told = keys(beat.beats.iter().map(|b| &b.task));
    let asks = vec![ask::<LeaseLine>(all, Hold::None), ask::<LeaseLine>(told, Hold::Idle)];
    let mut rows = tx.find(asks).await?.into_iter();
    let mut mine = || LeaseLine::read_all(rows.next().unwrap_or_default()).map(|leases| of_worker(leases, beat.worker));
    let (held, idle) = (mine()?, mine()?);
    let ours = |leases: &BTreeMap<TaskId, LeaseLine>, task, fence| leases.get(&task).filter(|l| l.fence == fence).cloned();
    let rows: Vec<_> = beat.beats.iter().filter_map(|b| ours(&idle, b.task, b.fence).map(|lease| progress(&lease, b))).collect();
    let mut changes = vec![alive(beat.worker, tx.now().await?, beat.lease)];
    if beat.draining {
        changes.push(Change::Set(WorkerLine::TABLE, &["draining"], vec![values![beat.worker.uuid(), true]]));
    }
    if !rows.is_empty() {
        changes.push(Change::Set(LeaseLine::TABLE, &["progress", "phase"], rows));
    }
    tx.apply(changes).await?;
    Ok(beat.held.iter().filter(|(task, fence)| ours(&held, *task, *fence).is_none()).copied().collect())
}

fn of_worker(leases: Vec<LeaseLine>, worker: WorkerId) -> BTreeMap<TaskId, LeaseLine> {
    leases.into_iter().filter(|l| l.worker == worker).map(|l| (l.id, l)).collect()
}

/// Progress never falls; no character that a database refuses comes from a tool's words.
fn progress(lease: &LeaseLine, beat: &Beat) -> Vec<Value> {
    let mut row = key(&lease.id);
    row.extend(values![lease.progress.max(beat.progress.clamp(0.0, 1.0)), beat.phase.replace('\0', "")]);
    row
}

pub(super) async fn leases(tx: &mut dyn Tx, worker: WorkerId) -> Result<Vec<(TaskId, Fence)>> {
    let held: Vec<LeaseLine> = select(tx, "WHERE worker = $1", values![worker.uuid()]).await?;
    Ok(held.into_iter().map(|l| (l.id, l.fence)).collect())
}

pub(super) async fn keep(tx: &mut dyn Tx, checkpoint: Checkpoint) -> Result<bool> {
    let Checkpoint { task, fence, data, blobs } = checkpoint;
    let lease: Vec<LeaseLine> = lines(tx, keys(&[task]), Hold::Write).await?;
    if lease.first().is_none_or(|l| l.fence != fence) {
        return Ok(false);
    }
    let line = CheckpointLine { id: task, fence, at: tx.now().await?, data, blobs };
    tx.apply(vec![Change::Put(CheckpointLine::TABLE, vec![line.write()])]).await?;
    Ok(true)
}

pub(super) async fn kept(tx: &mut dyn Tx, task: TaskId) -> Result<Option<Checkpoint>> {
    let found: Vec<CheckpointLine> = lines(tx, keys(&[task]), Hold::None).await?;
    let checkpoint = |l: CheckpointLine| Checkpoint { task: l.id, fence: l.fence, data: l.data, blobs: l.blobs };
    Ok(found.into_iter().next().map(checkpoint))
}

pub(super) async fn overdue(tx: &mut dyn Tx, limit: u32) -> Result<Vec<Overdue>> {
    let now = tx.now().await?;
    let sql = "SELECT l.job_id, l.file_no, l.step, l.part, l.fence, CASE WHEN l.deadline_at < $1 THEN 1 ELSE 0 END
               FROM lease l LEFT JOIN worker w ON w.id = l.worker
               WHERE w.id IS NULL OR w.alive_until < $2 OR l.deadline_at < $3 LIMIT $4";
    tx.query(sql, values![now, now, now, limit]).await?.into_iter().map(read_overdue).collect()
}

pub(super) async fn orphans(tx: &mut dyn Tx, worker: WorkerId) -> Result<Vec<Overdue>> {
    let sql = "SELECT job_id, file_no, step, part, fence, 0 FROM lease WHERE worker <> $1";
    tx.query(sql, values![worker.uuid()]).await?.into_iter().map(read_overdue).collect()
}

fn read_overdue(row: Row) -> Result<Overdue> {
    let mut fields = row.fields();
    Ok(Overdue { task: fields.task()?, fence: fields.int()?, deadline: fields.flag()? })
}

pub(super) async fn workers(tx: &mut dyn Tx) -> Result<Vec<Worker>> {
    let now = tx.now().await?;
    let running: BTreeMap<_, u32> = tx
        .query("SELECT worker, count(*) FROM lease GROUP BY worker", Vec::new())
        .await?
        .into_iter()
        .map(|row| {
            let mut fields = row.fields();
            Ok((fields.id()?, fields.int()?))
        })
        .collect::<Result<_>>()?;
    let lines: Vec<WorkerLine> = select(tx, "ORDER BY started_at, id", Vec::new()).await?;
    let worker = |l: WorkerLine| Worker {
        alive: l.alive_until >= now,
        running: running.get(&l.id.uuid()).copied().unwrap_or(0),
        id: l.id,
        name: l.name,
        version: l.version,
        slots: l.slots,
        started_at: l.started_at,
        seen_at: l.seen_at,
        draining: l.draining,
    };
    Ok(lines.into_iter().map(worker).collect())
}
