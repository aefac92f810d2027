//! Work that comes again and again: its rows, and the jobs it makes.

use gristmill_model::Timestamp;

use crate::Result;
use crate::book::line::CronLine;
use crate::row::{Cron, NewJob};
use crate::sql::value::values;
use crate::sql::{Change, Line, Tx, select};

pub(super) async fn put(tx: &mut dyn Tx, cron: Cron) -> Result<()> {
    tx.apply(vec![Change::Put(CronLine::TABLE, vec![line(cron).write()])]).await
}

fn line(cron: Cron) -> CronLine {
    let Cron { owner, name, rule, body, next_at, last_at, paused } = cron;
    CronLine { owner, name, rule, body, next_at, last_at, paused }
}

fn read(line: CronLine) -> Cron {
    let CronLine { owner, name, rule, body, next_at, last_at, paused } = line;
    Cron { owner, name, rule, body, next_at, last_at, paused }
}

pub(super) async fn delete(tx: &mut dyn Tx, owner: &str, name: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM cron WHERE owner = $1 AND name = $2", values![owner, name]).await? == 1)
}

pub(super) async fn all(tx: &mut dyn Tx, owner: Option<&str>) -> Result<Vec<Cron>> {
    let (rest, values) = owner.map_or(("ORDER BY owner, name", Vec::new()), |o| ("WHERE owner = $1 ORDER BY name", values![o]));
    Ok(select::<CronLine>(tx, rest, values).await?.into_iter().map(read).collect())
}

/// The row's own time is the guard: whoever moves it on submits the job.
pub(super) async fn fire(tx: &mut dyn Tx, cron: Cron, next: Timestamp, job: NewJob) -> Result<bool> {
    let sql = "UPDATE cron SET next_at = $1, last_at = $2 WHERE owner = $3 AND name = $4 AND next_at = $5 AND paused = 0";
    let now = tx.now().await?;
    if tx.run(sql, values![next, now, cron.owner.as_str(), cron.name.as_str(), cron.next_at]).await? == 0 {
        return Ok(false);
    }
    super::submit::submit(tx, vec![job]).await?;
    Ok(true)
}
