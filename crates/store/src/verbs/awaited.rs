//! Files that are not there yet: taking the looks that are due, and what an arrival leads to.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_model::JobId;
use gristmill_model::credits::Credits;

use crate::Result;
use crate::book::line::{AwaitedLine, FileLine, JobLine};
use crate::book::{self, Book};
use crate::row::{Arrival, Arrived, Awaited, Pace};
use crate::sql::column::{key, keys};
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Tx, lines, select};

/// A look that was taken is due again after its wait, whether or not whoever took it lives.
pub(super) async fn looks(tx: &mut dyn Tx, pace: Pace, limit: u32) -> Result<Vec<Awaited>> {
    let now = tx.now().await?;
    let rest = "WHERE look_at <= $1 AND EXISTS (SELECT 1 FROM job WHERE job.id = awaited.job_id AND job.status = 'pending')
                ORDER BY look_at LIMIT $2";
    let due: Vec<AwaitedLine> = select(tx, rest, values![now, limit]).await?;
    // Held, and looked at again: another process may have taken it.
    let mut held: Vec<AwaitedLine> = lines(tx, keys(due.iter().map(|a| &a.id)), Hold::Write).await?;
    held.retain(|a| a.look_at <= now);
    for line in &mut held {
        line.looks += 1;
        line.look_at = now + pace.after(line.looks);
    }
    let rows: Vec<_> = held.iter().map(Line::write).collect();
    tx.apply((!rows.is_empty()).then_some(Change::Put(AwaitedLine::TABLE, rows)).into_iter().collect()).await?;
    let jobs: BTreeSet<JobId> = held.iter().map(|a| a.id.job).collect();
    let jobs: Vec<JobLine> = lines(tx, keys(&jobs), Hold::None).await?;
    let plans: BTreeMap<JobId, _> = jobs.into_iter().map(|job| (job.id, job.plan)).collect();
    let with_plan = |a: AwaitedLine| Some(Awaited { plan: plans.get(&a.id.job)?.clone(), file: a.id, owner: a.owner, source: a.source });
    Ok(held.into_iter().filter_map(with_plan).collect())
}

/// Somebody says that something may be there: it is looked for at once. Answers how many files that may be.
pub(super) async fn look_now(tx: &mut dyn Tx, source: &str, owner: Option<&str>) -> Result<u64> {
    let now = tx.now().await?;
    let sql = "UPDATE awaited SET look_at = CASE WHEN look_at < $1 THEN look_at ELSE $2 END WHERE source = $3";
    match owner {
        None => tx.run(sql, values![now, now, source]).await,
        Some(owner) => tx.run(&format!("{sql} AND owner = $4"), values![now, now, source, owner]).await,
    }
}

pub(super) async fn arrive(tx: &mut dyn Tx, arrival: Arrival) -> Result<Arrived> {
    let Arrival { file, found } = arrival;
    let Some(book) = Book::of(tx, file.job).await? else { return Ok(Arrived::Gone) };
    let mut book = book.with_open_files(tx, file.job).await?;
    let awaited: Vec<AwaitedLine> = lines(tx, vec![key(&file)], Hold::None).await?;
    let open = book.jobs.get(&file.job).is_some_and(|job| !job.status.ended()) && book.files.contains_key(&file);
    if awaited.is_empty() || !open {
        return Ok(Arrived::Gone);
    }
    if let Ok(come) = &found
        && let Some(short) = short(tx, &book, file.job, come.price).await?
    {
        return Ok(short);
    }
    let left = book::arrive(&mut book, file, found);
    let mut changes = vec![Change::Delete(AwaitedLine::TABLE, vec![key(&file)])];
    changes.extend(book.files.get(&file).map(|line| Change::Put(FileLine::TABLE, vec![line.write()])));
    if let Some(job) = book.jobs.get(&file.job) {
        let row = values![job.id, job.awaits, job.work_ms, job.expires_at];
        changes.push(Change::Set(JobLine::TABLE, &["awaits", "work_ms", "expires_at"], vec![row]));
    }
    book.write(tx, changes).await?;
    Ok(if left == 0 { Arrived::Last } else { Arrived::Waits })
}

async fn short(tx: &mut dyn Tx, book: &Book, id: JobId, needed: Credits) -> Result<Option<Arrived>> {
    let Some(owner) = book.jobs.get(&id).map(|job| job.owner.clone()) else { return Ok(None) };
    if needed <= Credits::ZERO || super::ledger::has(tx, &owner, needed).await? {
        return Ok(None);
    }
    let available = super::ledger::account(tx, &owner).await?.available;
    Ok(Some(Arrived::Short { needed, available }))
}
