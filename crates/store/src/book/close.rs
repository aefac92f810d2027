//! Ways in which a job or a file of it ends before its steps have, and the steps of the critical-error path that are transactions.

use gristmill_model::credits::Kind;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::rollup::{self, FileChange};
use gristmill_model::task::Input;
use gristmill_model::{FileId, JobId, Problem, Timestamp, critical};
use serde_json::json;

use super::Book;
use super::line::JobLine;
use super::money::transfer;
use super::settle::attempt;
use super::step::siblings;
use crate::row::{EffectBody, Moment, Money, Stop};

/// Ends a job, or begins its critical-error path; `false` when there is no reason to (any more). The job, its open files and its
/// leases must be in the book.
pub(crate) fn stop(book: &mut Book, id: JobId, why: &Stop) -> bool {
    if book.jobs.get(&id).is_none_or(|j| !may_stop(j, why, book.now)) {
        return false;
    }
    let leases: Vec<_> = book.leases.drain().map(|(_, lease)| lease).collect();
    let ended = leases.iter().map(|l| attempt(book, l, &Input::Cancelled, None)).collect::<Vec<_>>();
    book.notes.attempts.extend(ended);
    match why {
        Stop::Critical(problem) => begin_critical(book, id, problem),
        Stop::Cancelled => {
            end_open(book, id, FileStatus::Cancelled, None);
            book.end_job_as(id, JobStatus::Cancelled);
        }
        Stop::Expired => {
            end_open(book, id, FileStatus::Cancelled, Some(&expired()));
            book.end_job_as(id, JobStatus::Expired);
        }
        Stop::TimedOut => {
            end_open(book, id, FileStatus::Failed, Some(&timed_out()));
            book.end_job(id);
        }
    }
    book.notes.closed.clear();
    book.notes.wiped.insert(id);
    true
}

/// Whoever saw that a job is late may have seen it a while ago: it may have started since, or been run again.
fn may_stop(job: &JobLine, why: &Stop, now: Timestamp) -> bool {
    match why {
        _ if job.status.ended() => false,
        Stop::Cancelled | Stop::Critical(_) => true,
        Stop::Expired => job.status == JobStatus::Pending && job.expires_at < now,
        Stop::TimedOut => job.deadline_at.is_some_and(|deadline| deadline < now),
    }
}

fn expired() -> Problem {
    let message =
        "The job waited longer for its start than its queue allows, so it was given up and its credits returned; submit it again.";
    Problem::new(gristmill_model::Fault::Limit, "job_expired", message)
}

fn timed_out() -> Problem {
    let message = "The job ran for longer than it may (JOB_TIMEOUT, or its own timeout_seconds); what had ended by then was kept.";
    Problem::new(gristmill_model::Fault::Limit, "job_timed_out", message)
}

/// Ends one file that waited too long, lets the next one in, and ends the job if it was the last.
pub(crate) fn expire_file(book: &mut Book, file: FileId) {
    book.end_file(file, FileStatus::Failed, Some(waited_too_long()));
    book.let_in(file.job);
    book.end_job(file.job);
}

fn waited_too_long() -> Problem {
    let message =
        "A step of this file waited longer than its queue allows, so the file was given up and its credits returned; run it again.";
    Problem::new(gristmill_model::Fault::Limit, "queue_expired", message)
}

fn end_open(book: &mut Book, id: JobId, status: FileStatus, cause: Option<&Problem>) {
    for file in open_files(book, id) {
        book.end_file(file, status, cause.cloned());
    }
}

fn open_files(book: &Book, id: JobId) -> Vec<FileId> {
    let mut open: Vec<FileId> = book.files.values().filter(|f| f.id.job == id && !f.status.ended()).map(|f| f.id).collect();
    open.sort_unstable();
    open
}

/// Writes the first step of the critical-error path. Nothing of the job waits or runs from here on.
pub(crate) fn begin_critical(book: &mut Book, id: JobId, problem: &Problem) {
    book.notes.wiped.insert(id);
    book.tell(id, "job.critical", json!({"error": problem}));
    for step in critical::begin() {
        book.effect(id, EffectBody::Critical { step, problem: problem.clone() });
    }
}

/// Why a job cannot go on whose stored plan makes no sense here.
pub(crate) fn plan_unreadable() -> Problem {
    let message = "The stored plan of this job cannot be read, so none of its steps can run; submit it again.";
    Problem::new(gristmill_model::Fault::Bug, "plan_unreadable", message)
}

/// The full refund of the critical-error path: what is held and what was captured, of every file of the book.
pub(crate) fn refund_all(book: &mut Book, id: JobId, problem: &Problem) {
    book.notes.wiped.insert(id);
    end_open(book, id, FileStatus::Failed, Some(problem));
    let now = book.now;
    let Some(job) = book.jobs.get(&id) else { return };
    for file in book.files.values_mut().filter(|f| f.id.job == id && f.money == Money::Captured) {
        file.money = Money::Refunded;
        book.notes.transfers.push(transfer(job, file, Kind::Reverse, now));
        book.notes.files.insert(file.id);
    }
    book.tell(id, "job.refunded", json!({}));
}

/// Ends a job as failed, whatever its files say. Its owner's mail is a step of its own.
pub(crate) fn set_failed(book: &mut Book, id: JobId, problem: &Problem) {
    book.notes.wiped.insert(id);
    if book.jobs.get(&id).is_some_and(|j| !j.status.ended()) {
        end_open(book, id, FileStatus::Failed, Some(problem));
        book.close_job(id, JobStatus::Failed);
        book.call(id, Moment::Failed);
    }
}

/// Lets the open files of a job run again from what of them has ended: once in a job's life.
pub(crate) fn requeue(book: &mut Book, id: JobId) {
    let now = book.now;
    let Some(job) = book.jobs.get_mut(&id).filter(|j| !j.status.ended()) else { return };
    (job.requeued, job.released) = (true, job.files);
    job.deadline_at = job.deadline_at.map(|_| now + job.timeout);
    let plan = job.plan.clone();
    for file in open_files(book, id) {
        let ended = book.ended.get(&file).map_or(&[][..], Vec::as_slice);
        if let FileChange::Open { release } = rollup::file(&siblings(&plan, ended, None, true)) {
            book.release(file, &release);
        }
    }
    book.notes.jobs.insert(id);
    book.tell(id, "job.requeued", json!({}));
}
