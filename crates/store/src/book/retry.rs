//! `retry`: an ended job runs again, as a whole or in part. Results of steps that run again are withdrawn first, and the price of
//! files whose credits were given back is held again.

use std::collections::BTreeSet;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::rollup::{self, FileChange};
use gristmill_model::task::State;
use gristmill_model::{FileId, JobId};
use serde_json::json;

use super::Book;
use super::line::{AttemptLine, EndedLine};
use super::money::transfer;
use super::step::{refused, siblings};
use crate::RetryFrom;
use crate::row::{Money, Plan};

/// Which steps of which files run again. The job, its files and their ends must be in the book.
pub(crate) fn chosen(book: &Book, id: JobId, from: &RetryFrom) -> Vec<(FileId, BTreeSet<u16>)> {
    let Some(job) = book.jobs.get(&id) else { return Vec::new() };
    let mut files: Vec<_> = book.files.values().filter(|f| f.id.job == id && f.status.ended()).collect();
    files.sort_unstable_by_key(|f| f.id);
    let again = |file: FileId, status| {
        let ended = book.ended.get(&file).map_or(&[][..], Vec::as_slice);
        (file, steps(&job.plan, ended, status, from))
    };
    files.into_iter().map(|f| again(f.id, f.status)).filter(|(_, steps)| !steps.is_empty()).collect()
}

/// What must be held again for these files.
pub(crate) fn price(book: &Book, files: &[(FileId, BTreeSet<u16>)]) -> Credits {
    let refunded = files.iter().filter_map(|(id, _)| book.files.get(id)).filter(|f| f.money == Money::Refunded);
    Credits(refunded.map(|f| f.price.0).sum())
}

/// Takes the chosen steps back from their ends and lets the first of them wait.
pub(crate) fn reopen(book: &mut Book, id: JobId, files: &[(FileId, BTreeSet<u16>)]) -> u64 {
    let now = book.now;
    let Some(job) = book.jobs.get_mut(&id) else { return 0 };
    if job.status.ended() {
        // All its files have ended, also those that were never let in. In a job that runs, the next ones still come in turn.
        job.released = job.files;
        book.count_in_group(id, 1);
    }
    let Some(job) = book.jobs.get_mut(&id) else { return 0 };
    (job.status, job.ended_at, job.swept) = (JobStatus::Processing, None, false);
    (job.started_at, job.deadline_at) = (job.started_at.or(Some(now)), Some(now + job.timeout));
    for (file, steps) in files {
        reopen_file(book, *file, steps);
    }
    let tasks: usize = files.iter().map(|(_, steps)| steps.len()).sum();
    book.notes.jobs.insert(id);
    book.tell(id, "job.retried", json!({"tasks": tasks}));
    tasks as u64
}

fn steps(plan: &Plan, ended: &[EndedLine], status: FileStatus, from: &RetryFrom) -> BTreeSet<u16> {
    let all = || (0u16..).zip(&plan.steps).map(|(no, _)| no);
    let bad = |no: u16| ended.iter().find(|e| e.id.step == no && e.id.part == 0).is_none_or(|e| refused(e) || e.state == State::Dead);
    let again: BTreeSet<u16> = match from {
        RetryFrom::All => all().collect(),
        RetryFrom::Failed if status == FileStatus::Succeeded => BTreeSet::new(),
        RetryFrom::Failed => all().filter(|no| bad(*no)).collect(),
        RetryFrom::Step(step) => with_followers(plan, step),
    };
    // A step that did not end well would end the file again, whatever runs: it runs too.
    if again.is_empty() { again } else { all().filter(|no| again.contains(no) || bad(*no)).collect() }
}

/// A step and all that come after it, however far.
fn with_followers(plan: &Plan, step: &str) -> BTreeSet<u16> {
    let numbered = || (0u16..).zip(&plan.steps);
    let mut again: BTreeSet<u16> = numbered().filter(|(_, s)| s.id == step).map(|(no, _)| no).collect();
    loop {
        let names: BTreeSet<&str> = numbered().filter(|(no, _)| again.contains(no)).map(|(_, s)| s.id.as_str()).collect();
        let more: BTreeSet<u16> =
            numbered().filter(|(_, s)| s.after.iter().any(|a| names.contains(a.as_str()))).map(|(no, _)| no).collect();
        if more.is_subset(&again) {
            return again;
        }
        again.extend(more);
    }
}

fn reopen_file(book: &mut Book, id: FileId, steps: &BTreeSet<u16>) {
    let now = book.now;
    let (Some(file), Some(job)) = (book.files.get_mut(&id), book.jobs.get_mut(&id.job)) else { return };
    *job.count(file.status) -= 1;
    let estimates: u64 = steps.iter().map(|s| file.estimate_ms(*s)).sum();
    job.done_ms = job.done_ms.saturating_sub(estimates);
    (file.status, file.error, file.ended_at) = (FileStatus::Processing, None, None);
    if file.money == Money::Refunded && file.price > Credits(0) {
        (file.money, file.round) = (Money::Held, file.round + 1);
        book.notes.transfers.push(transfer(job, file, Kind::Hold, now));
    }
    let plan = job.plan.clone();
    let ended = book.ended.entry(id).or_default();
    let (gone, kept): (Vec<_>, Vec<_>) = std::mem::take(ended).into_iter().partition(|e| steps.contains(&e.id.step));
    *ended = kept;
    let idle = siblings(&plan, ended, None, true);
    book.notes.attempts.extend(gone.iter().filter_map(before));
    book.notes.ended_gone.extend(gone.into_iter().map(|e| e.id));
    book.notes.steps_again.extend(steps.iter().map(|s| gristmill_model::TaskId::new(id, *s)));
    book.notes.files.insert(id);
    if let FileChange::Open { release } = rollup::file(&idle) {
        book.release(id, &release);
    }
}

/// The last attempt before a task was taken back, as history keeps it.
fn before(ended: &EndedLine) -> Option<AttemptLine> {
    Some(AttemptLine {
        id: ended.id,
        fence: ended.fence,
        number: ended.attempts,
        worker: ended.worker?,
        started_at: ended.started_at?,
        ended_at: ended.ended_at,
        outcome: ended.state.as_str().to_owned(),
        error: ended.error.clone(),
    })
}
