//! Effects: taken for a while, and ended together with what follows from them. The steps of the critical-error path that are
//! transactions are done here too, in one with the end of their effect.

use std::time::Duration;

use gristmill_model::critical::{self, Case, Outcome, Step};
use gristmill_model::queue::Queue;
use gristmill_model::{EffectId, JobId, Problem};

use crate::Result;
use crate::book::line::EffectLine;
use crate::book::{self, Book, plan_unreadable};
use crate::row::{Effect, EffectBody, EffectEnd, EffectState, Moment};
use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Tx, lines, select};

/// A paused queue of notifications holds mails and webhooks back; refunds and the like go on. Kinds that are not known here are left to
/// a newer gristmill: nobody here could bring them, and to fail over one would hold all others up.
pub(super) async fn take(tx: &mut dyn Tx, limit: u32, lease: Duration) -> Result<Vec<Effect>> {
    let now = tx.now().await?;
    let paused = !tx.query("SELECT at FROM paused WHERE queue = $1", values![Queue::Notifications.as_str()]).await?.is_empty();
    let rest =
        "WHERE state = 'open' AND due <= $1 AND (kind IN ('critical', 'delete', 'announce') OR (kind IN ('mail', 'webhook') AND $2 = 0))
                ORDER BY due, id LIMIT $3";
    let due: Vec<EffectLine> = select(tx, rest, values![now, i64::from(paused), limit]).await?;
    let keys = keys(due.iter().map(|e| &e.id));
    let mut held: Vec<EffectLine> = lines(tx, keys, Hold::Write).await?;
    held.retain(|e| e.state == EffectState::Open && e.due <= now);
    let rows = held.iter_mut().map(|e| {
        (e.tries, e.due) = (e.tries + 1, now + lease);
        values![e.id.uuid(), e.tries, e.due]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        tx.apply(vec![Change::Set(EffectLine::TABLE, &["tries", "due"], rows)]).await?;
    }
    Ok(held.into_iter().map(effect).collect())
}

fn effect(line: EffectLine) -> Effect {
    let EffectLine { id, job, owner, body, state, tries, error, created_at, due, .. } = line;
    Effect { id, job, owner, body, state, tries, error, created_at, due }
}

pub(super) async fn of_job(tx: &mut dyn Tx, job: JobId) -> Result<Vec<Effect>> {
    let found: Vec<EffectLine> = select(tx, "WHERE job_id = $1 ORDER BY id", values![job]).await?;
    Ok(found.into_iter().map(effect).collect())
}

/// An effect with its job, held in the order that all verbs keep: the job first.
async fn open(tx: &mut dyn Tx, id: EffectId) -> Result<Option<(EffectLine, Option<Book>)>> {
    let found: Vec<EffectLine> = lines(tx, keys(&[id]), Hold::None).await?;
    let Some(seen) = found.into_iter().next() else { return Ok(None) };
    let book = match seen.job {
        Some(job) => Book::of(tx, job).await?,
        None => None,
    };
    let held: Vec<EffectLine> = lines(tx, keys(&[id]), Hold::Write).await?;
    Ok(held.into_iter().next().filter(|e| e.state == EffectState::Open).map(|e| (e, book)))
}

/// Writes how a try ended. One that told somebody, or could not, took a time and is logged.
pub(super) async fn end(tx: &mut dyn Tx, id: EffectId, end: &EffectEnd, took: Option<Duration>) -> Result<()> {
    let Some((line, book)) = open(tx, id).await? else { return Ok(()) };
    let mut book = match book {
        Some(book) => book,
        None => Book::at(tx.now().await?),
    };
    match end {
        EffectEnd::Again(..) => {}
        EffectEnd::Done => follow(&mut book, &line, Outcome::Done),
        EffectEnd::GaveUp(_) | EffectEnd::Undelivered(_) | EffectEnd::Gone(_) => follow(&mut book, &line, Outcome::GaveUp),
    }
    let mut more = vec![written(&line, end, &book)];
    if let (Some(took), Some(event)) = (took, line.body.event()) {
        more.extend(super::deliveries::ended(tx, &mut book, &line, event, end, took).await?);
    }
    book.write(tx, more).await
}

fn written(line: &EffectLine, end: &EffectEnd, book: &Book) -> Change {
    let now = book.now;
    let (state, error, due, ended) = match end {
        EffectEnd::Done => (EffectState::Done, None, line.due, Some(now)),
        EffectEnd::Again(after, why) => (EffectState::Open, Some(why.clone()), now + *after, None),
        EffectEnd::GaveUp(why) | EffectEnd::Undelivered(why) | EffectEnd::Gone(why) => {
            (EffectState::Dead, Some(why.clone()), line.due, Some(now))
        }
    };
    let row = values![line.id.uuid(), state.as_str(), error, due, ended];
    Change::Set(EffectLine::TABLE, &["state", "error", "due", "ended_at"], vec![row])
}

/// Writes the next steps of the critical-error path.
fn follow(book: &mut Book, line: &EffectLine, outcome: Outcome) {
    let (Some(job), EffectBody::Critical { step, problem }) = (line.job, &line.body) else { return };
    let Some(row) = book.jobs.get(&job) else { return };
    let wants_mail = row.notify.as_ref().is_some_and(|n| n.email.is_some() && n.on.contains(&Moment::Failed));
    let case = Case { wants_mail, keep_files: row.keep_files, requeued_before: row.requeued };
    for step in critical::after(*step, outcome, case) {
        book.effect(job, EffectBody::Critical { step, problem: problem.clone() });
    }
}

/// Does a step of the critical-error path that is a transaction, with the end of its effect. `false` when it is no such step, or
/// was done already.
pub(super) async fn do_critical(tx: &mut dyn Tx, id: EffectId) -> Result<bool> {
    let Some((line, book)) = open(tx, id).await? else { return Ok(false) };
    let (Some(job), EffectBody::Critical { step, problem }) = (line.job, line.body.clone()) else { return Ok(false) };
    let Some(mut book) = done(tx, book, job, step, &problem).await? else { return Ok(false) };
    let end = if step == Step::Requeue && !can_run(&book, job) { EffectEnd::GaveUp(plan_unreadable().message) } else { EffectEnd::Done };
    follow(&mut book, &line, if end == EffectEnd::Done { Outcome::Done } else { Outcome::GaveUp });
    let ended = vec![written(&line, &end, &book)];
    book.write(tx, ended).await?;
    Ok(true)
}

fn can_run(book: &Book, job: JobId) -> bool {
    book.jobs.get(&job).is_none_or(|j| j.plan.is_readable())
}

/// Whether steps of the critical-error path are open that change the job itself or its stored files.
pub(super) async fn on_critical_path(tx: &mut dyn Tx, job: JobId) -> Result<bool> {
    let found: Vec<EffectLine> = select(tx, "WHERE job_id = $1 AND kind = 'critical' AND state = 'open'", values![job]).await?;
    let tells = |step: &Step| matches!(step, Step::TellOwner | Step::MailOwnerHelp | Step::MailAdmin);
    Ok(found.iter().any(|e| matches!(&e.body, EffectBody::Critical { step, .. } if !tells(step))))
}

/// A job that is gone needs none of it.
async fn done(tx: &mut dyn Tx, book: Option<Book>, job: JobId, step: Step, problem: &Problem) -> Result<Option<Book>> {
    let mut book = match (step, book) {
        (Step::Refund | Step::Requeue | Step::SetFailed, Some(book)) => book.with_all(tx, job).await?,
        (Step::Refund | Step::Requeue | Step::SetFailed, None) => Book::at(tx.now().await?),
        _ => return Ok(None),
    };
    match step {
        Step::Refund => book::refund_all(&mut book, job, problem),
        Step::Requeue if can_run(&book, job) => book::requeue(&mut book, job),
        Step::Requeue => {}
        _ => book::set_failed(&mut book, job, problem),
    }
    Ok(Some(book))
}
