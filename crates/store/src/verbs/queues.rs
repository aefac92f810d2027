//! Queues: how they stand, and whether they are paused.

use std::collections::BTreeMap;

use gristmill_model::Timestamp;
use gristmill_model::queue::Queue;

use crate::Result;
use crate::book::line::queue_of;
use crate::row::QueueState;
use crate::sql::Tx;
use crate::sql::value::values;

pub(super) async fn queues(tx: &mut dyn Tx) -> Result<Vec<QueueState>> {
    let mut states: BTreeMap<Queue, QueueState> = Queue::ALL.into_iter().map(|q| (q, empty(q))).collect();
    let now = tx.now().await?;
    count_tasks(tx, &mut states, now).await?;
    count_effects(tx, &mut states, now).await?;
    for row in tx.query("SELECT lane, count(*) FROM lease GROUP BY lane", Vec::new()).await? {
        let mut fields = row.fields();
        let queue = queue_of(fields.int()?);
        let running: u64 = fields.int()?;
        states.entry(queue).and_modify(|s| s.running += running);
    }
    for row in tx.query("SELECT queue, count(*) FROM ended WHERE dead_until IS NOT NULL GROUP BY queue", Vec::new()).await? {
        let mut fields = row.fields();
        let (queue, dead) = (fields.coded(Queue::from_code)?, fields.int()?);
        states.entry(queue).and_modify(|s| s.dead = dead);
    }
    for row in tx.query("SELECT queue, at FROM paused", Vec::new()).await? {
        let mut fields = row.fields();
        let (queue, at) = (fields.named(Queue::parse)?, fields.time()?);
        states.entry(queue).and_modify(|s| s.paused_at = Some(at));
    }
    Ok(states.into_values().collect())
}

fn empty(queue: Queue) -> QueueState {
    QueueState { queue, paused_at: None, ready: 0, delayed: 0, running: 0, dead: 0, oldest: None }
}

async fn count_tasks(tx: &mut dyn Tx, states: &mut BTreeMap<Queue, QueueState>, now: Timestamp) -> Result<()> {
    let sql = "SELECT lane, count(*), sum(CASE WHEN due > $1 THEN 1 ELSE 0 END), min(CASE WHEN due IS NULL OR due <= $2 THEN ready_at END)
               FROM task WHERE parts_open = 0 GROUP BY lane";
    for row in tx.query(sql, values![now, now]).await? {
        let mut fields = row.fields();
        let (queue, all, delayed, oldest) = (queue_of(fields.int()?), fields.int::<u64>()?, fields.int::<u64>()?, fields.time_opt()?);
        states.entry(queue).and_modify(|s| {
            (s.ready, s.delayed) = (s.ready + all - delayed, s.delayed + delayed);
            s.oldest = [s.oldest, oldest].into_iter().flatten().min();
        });
    }
    Ok(())
}

async fn count_effects(tx: &mut dyn Tx, states: &mut BTreeMap<Queue, QueueState>, now: Timestamp) -> Result<()> {
    let sql = "SELECT count(*), coalesce(sum(CASE WHEN due > $1 THEN 1 ELSE 0 END), 0), min(created_at) FROM effect WHERE state = 'open'";
    for row in tx.query(sql, values![now]).await? {
        let mut fields = row.fields();
        let (all, delayed, oldest) = (fields.int::<u64>()?, fields.int::<u64>()?, fields.time_opt()?);
        states.entry(Queue::Notifications).and_modify(|s| (s.ready, s.delayed, s.oldest) = (all - delayed, delayed, oldest));
    }
    for row in tx.query("SELECT count(*) FROM effect WHERE state = 'dead'", Vec::new()).await? {
        let dead = row.fields().int()?;
        states.entry(Queue::Notifications).and_modify(|s| s.dead = dead);
    }
    Ok(())
}

pub(super) async fn pause(tx: &mut dyn Tx, queue: Queue, paused: bool, who: &str) -> Result<()> {
    if paused {
        let sql = "INSERT INTO paused (queue, at, who) VALUES ($1, $2, $3) ON CONFLICT (queue) DO NOTHING";
        let now = tx.now().await?;
        tx.run(sql, values![queue.as_str(), now, who]).await?;
    } else {
        tx.run("DELETE FROM paused WHERE queue = $1", values![queue.as_str()]).await?;
    }
    Ok(())
}
