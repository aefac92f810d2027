//! Dead letters: listed, run again, forgotten.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_model::queue::Queue;
use gristmill_model::{FileId, JobId, TaskId};

use crate::book::Book;
use crate::book::line::{EndedLine, FileLine, JobLine};
use crate::book::retry as again;
use crate::row::{Dead, DeadFilter};
use crate::sql::column::{key, keys};
use crate::sql::value::values;
use crate::sql::{Change, Filter, Hold, Line, Tx, Value, lines, select};
use crate::{Result, Retried};

pub(super) async fn dead(tx: &mut dyn Tx, filter: &DeadFilter) -> Result<Vec<Dead>> {
    let found = find(tx, filter).await?;
    let jobs: BTreeSet<JobId> = found.iter().map(|e| e.id.job()).collect();
    let files: BTreeSet<FileId> = found.iter().map(|e| e.id.file).collect();
    let jobs: Vec<JobLine> = lines(tx, keys(&jobs), Hold::None).await?;
    let jobs: BTreeMap<JobId, JobLine> = jobs.into_iter().map(|j| (j.id, j)).collect();
    let files: Vec<FileLine> = lines(tx, keys(&files), Hold::None).await?;
    let files: BTreeMap<FileId, FileLine> = files.into_iter().map(|f| (f.id, f)).collect();
    let letter = |e: EndedLine| letter(&jobs, &files, e);
    Ok(found.into_iter().filter_map(letter).collect())
}

fn letter(jobs: &BTreeMap<JobId, JobLine>, files: &BTreeMap<FileId, FileLine>, e: EndedLine) -> Option<Dead> {
    let job = jobs.get(&e.id.job())?;
    Some(Dead {
        task: e.id,
        owner: job.owner.clone(),
        pipeline: job.pipeline.clone(),
        file: files.get(&e.id.file)?.name.clone(),
        step: job.plan.steps.get(usize::from(e.id.step))?.id.clone(),
        queue: e.queue,
        attempts: e.attempts,
        error: e.error,
        ended_at: e.ended_at,
        dead_until: e.dead_until?,
    })
}

async fn find(tx: &mut dyn Tx, filter: &DeadFilter) -> Result<Vec<EndedLine>> {
    if !filter.tasks.is_empty() {
        let asked: Vec<EndedLine> = lines(tx, keys(&filter.tasks), Hold::None).await?;
        return of_jobs(tx, asked.into_iter().filter(|e| suits(e, filter)).collect(), filter).await;
    }
    let mut only = Filter::default();
    only.only("e.dead_until IS NOT NULL", []);
    only.only_if("j.owner = ?", filter.owner.as_deref());
    only.only_if("j.pipeline = ?", filter.pipeline.as_deref());
    only.only_if("e.queue = ?", filter.queue.map(Queue::code));
    // The code stands first in the stored problem.
    if let Some(code) = &filter.code {
        let head = format!("{{\"code\":{}", serde_json::to_string(code).unwrap_or_default());
        only.only(&format!("substr(e.error_json, 1, {}) = ?", head.chars().count()), values![head]);
    }
    let (rest, values) = only.rest("e.ended_at DESC", filter.limit.max(1));
    let sql = format!("SELECT {} FROM ended e JOIN job j ON j.id = e.job_id {rest}", EndedLine::TABLE.list("e."));
    EndedLine::read_all(tx.query(&sql, values).await?)
}

/// What of a filter can be told from the letter alone.
fn suits(e: &EndedLine, filter: &DeadFilter) -> bool {
    let code = e.error.as_ref().map(|p| p.code.as_str());
    e.dead_until.is_some() && filter.queue.is_none_or(|q| q == e.queue) && filter.code.as_deref().is_none_or(|c| Some(c) == code)
}

async fn of_jobs(tx: &mut dyn Tx, found: Vec<EndedLine>, filter: &DeadFilter) -> Result<Vec<EndedLine>> {
    let jobs: BTreeSet<JobId> = found.iter().map(|e| e.id.job()).collect();
    let jobs: Vec<JobLine> = lines(tx, keys(&jobs), Hold::None).await?;
    let is = |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|a| a == found);
    let meant = jobs.into_iter().filter(|j| is(&filter.owner, &j.owner) && is(&filter.pipeline, &j.pipeline));
    let meant: BTreeSet<JobId> = meant.map(|j| j.id).collect();
    Ok(found.into_iter().filter(|e| meant.contains(&e.id.job())).collect())
}

/// The jobs that have such letters, so that each can be reopened in a transaction of its own.
pub(super) async fn jobs_of(tx: &mut dyn Tx, filter: &DeadFilter) -> Result<Vec<(JobId, Vec<TaskId>)>> {
    let mut jobs: BTreeMap<JobId, Vec<TaskId>> = BTreeMap::new();
    for line in find(tx, filter).await? {
        jobs.entry(line.id.job()).or_default().push(line.id);
    }
    Ok(jobs.into_iter().collect())
}

/// Runs the dead steps of one job again, and of their files what did not end well with them. Files that still run are left.
pub(super) async fn redrive(tx: &mut dyn Tx, id: JobId, tasks: &[TaskId]) -> Result<u64> {
    let Some(book) = Book::of(tx, id).await? else { return Ok(0) };
    if super::outbox::on_critical_path(tx, id).await? {
        return Ok(0);
    }
    let book = book.with_all(tx, id).await?;
    let tasks = still_dead(&book, tasks);
    let wanted: BTreeSet<FileId> = tasks.iter().map(|t| t.file).collect();
    let mut files = again::chosen(&book, id, &crate::RetryFrom::Failed);
    files.retain(|(file, _)| wanted.contains(file));
    let optional = optional_dead(&book, &tasks, &files);
    files.extend(optional);
    let redriven = tasks.iter().filter(|t| files.iter().any(|(file, _)| *file == t.file)).count() as u64;
    match super::retry::reopen(tx, id, book, &files).await? {
        Retried::Tasks(0) | Retried::Short { .. } => Ok(0),
        Retried::Tasks(_) => Ok(redriven),
    }
}

/// Those that are dead letters still, now that their job is held.
fn still_dead(book: &Book, tasks: &[TaskId]) -> Vec<TaskId> {
    let dead = |t: &TaskId| book.ended.get(&t.file).is_some_and(|ends| ends.iter().any(|e| e.id == *t && e.dead_until.is_some()));
    tasks.iter().copied().filter(dead).collect()
}

/// Dead optional steps of files that succeeded without them.
fn optional_dead(book: &Book, tasks: &[TaskId], chosen: &[(FileId, BTreeSet<u16>)]) -> Vec<(FileId, BTreeSet<u16>)> {
    let mut files: BTreeMap<FileId, BTreeSet<u16>> = BTreeMap::new();
    for task in tasks {
        let ended = book.files.get(&task.file).is_some_and(|f| f.status.ended());
        if ended && chosen.iter().all(|(file, _)| *file != task.file) {
            files.entry(task.file).or_default().insert(task.step);
        }
    }
    files.into_iter().collect()
}

pub(super) async fn purge(tx: &mut dyn Tx, filter: &DeadFilter) -> Result<u64> {
    let found = find(tx, filter).await?;
    forget_all(tx, found).await
}

/// Forgets the dead letters of a query over ended tasks.
pub(super) async fn forget(tx: &mut dyn Tx, rest: &str, values: Vec<Value>) -> Result<u64> {
    let found = select(tx, rest, values).await?;
    forget_all(tx, found).await
}

async fn forget_all(tx: &mut dyn Tx, found: Vec<EndedLine>) -> Result<u64> {
    let jobs: BTreeSet<JobId> = found.iter().map(|e| e.id.job()).collect();
    let _held: Vec<JobLine> = lines(tx, keys(&jobs), Hold::Write).await?;
    // A task that ended anew while its job was waited for is another letter.
    let fences: BTreeMap<TaskId, i64> = found.iter().map(|e| (e.id, e.fence)).collect();
    let mut now: Vec<EndedLine> = lines(tx, keys(found.iter().map(|e| &e.id)), Hold::None).await?;
    now.retain(|e| e.dead_until.is_some() && fences.get(&e.id) == Some(&e.fence));
    let rows: Vec<Vec<Value>> = now.iter().map(|e| [key(&e.id), values![Value::Null]].concat()).collect();
    let count = rows.len() as u64;
    if count > 0 {
        tx.apply(vec![Change::Set(EndedLine::TABLE, &["dead_until"], rows)]).await?;
    }
    Ok(count)
}
