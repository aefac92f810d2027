//! `settle`: the end of an attempt and everything that follows from it. Rescues settle through here too, so a lost worker and
//! a failed tool take the same road.

use std::collections::BTreeMap;

use gristmill_model::task::{Change, Input, State, advance};
use gristmill_model::{Fault, FileId, Problem, TaskId};
use serde_json::json;

use super::Book;
use super::close::{begin_critical, plan_unreadable};
use super::line::{ArtifactLine, AttemptLine, EndedLine, LeaseLine, RecordLine, ResultLine};
use super::step::{parts, refused};
use crate::row::{NewRecord, RecordState, Settled, Settlement};

/// The most parts one task may be split into.
const MOST_PARTS: usize = 10_000;

/// Ends an attempt. The lease, its job, its file with what of it has ended, and the parent of a part must be in the book.
pub(crate) fn settle(book: &mut Book, settlement: &Settlement) -> Settled {
    let held = book.leases.get(&settlement.task).filter(|l| l.fence == settlement.fence);
    let (Some(lease), Some(job)) = (held, book.jobs.get(&settlement.task.job())) else { return Settled::Stale };
    let (lease, plan) = (lease.clone(), job.plan.clone());
    let Some(step) = plan.steps.get(usize::from(lease.id.step)) else {
        begin_critical(book, lease.id.job(), &plan_unreadable());
        book.withdraw(|task| task.job() == lease.id.job());
        return Settled::Stale;
    };
    let input = checked(book, settlement);
    let Some(change) = advance(State::Running, lease.tally, &input, &step.retry, settlement.jitter) else { return Settled::Stale };
    book.leases.remove(&lease.id);
    book.notes.leases_gone.push(lease.id);
    let mut did = Did::default();
    match change.next {
        State::Ready => again(book, &lease, &input, &change),
        State::Parked => park(book, &lease, settlement),
        _ => did = end(book, &lease, settlement, &input, &change),
    }
    Settled::Written { state: change.next, released: did.released || !change.next.ended(), job_ended: did.job_ended }
}

/// What an end led to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Did {
    pub(super) released: bool,
    pub(super) job_ended: bool,
}

/// What happened, unless it cannot stand: a result under a name that another step has used, or a split into nothing.
fn checked(book: &Book, settlement: &Settlement) -> Input {
    let maker = |name: &str| book.makers.get(&(settlement.task.file, name.to_owned()));
    let taken = settlement.artifacts.iter().find(|(a, _)| maker(&a.name).is_some_and(|by| *by != settlement.task));
    match (&settlement.input, taken) {
        (Input::Succeeded, Some((artifact, _))) => name_taken(&artifact.name),
        (Input::Expanded, _) if settlement.parts.is_empty() || settlement.parts.len() > MOST_PARTS || settlement.task.part > 0 => {
            Input::Failed(Problem::new(Fault::Bug, "parts_invalid", "The step was split in a way that cannot be run; it is tried again."))
        }
        (input, _) => input.clone(),
    }
}

/// Two steps of one pipeline would overwrite each other's result: no retry helps, and silence would lose one.
fn name_taken(name: &str) -> Input {
    let message =
        format!("Another step of this pipeline has already made `{name}`; give the two different names in the pipeline's options.");
    Input::Failed(Problem::new(Fault::Input, "artifact_name_taken", message))
}

/// The task waits for another attempt. One that was given back does not count.
fn again(book: &mut Book, lease: &LeaseLine, input: &Input, change: &Change) {
    let attempts = lease.attempts - u32::from(*input == Input::GivenBack);
    let waiting = lease.back(created_at(book, lease.id), attempts, change.tally);
    let due = (!change.wait.is_zero()).then(|| book.now + change.wait);
    let ready_at = due.unwrap_or(waiting.ready_at);
    book.notes.tasks.push(super::line::TaskLine { due, ready_at, ..waiting });
    book.notes.attempts.push(attempt(book, lease, input, change.problem.clone()));
    let mut data = json!({"file_id": lease.id.file, "task_id": lease.id, "step": step_id(book, lease.id), "state": change.next, "error": change.problem});
    if due.is_some() {
        data["wait_ms"] = json!(change.wait.as_millis() as u64);
    }
    book.tell(lease.id.job(), "task.retried", data);
}

pub(super) fn attempt(book: &Book, lease: &LeaseLine, input: &Input, error: Option<Problem>) -> AttemptLine {
    AttemptLine {
        id: lease.id,
        fence: lease.fence,
        number: lease.attempts,
        worker: lease.worker,
        started_at: lease.started_at,
        ended_at: book.now,
        outcome: input.name(),
        error,
    }
}

fn created_at(book: &Book, task: TaskId) -> gristmill_model::Timestamp {
    book.jobs.get(&task.job()).map_or(book.now, |j| j.created_at)
}

fn step_id(book: &Book, task: TaskId) -> String {
    book.jobs.get(&task.job()).map_or_else(String::new, |j| j.plan.steps[usize::from(task.step)].id.clone())
}

/// The task waits for its parts, which wait for workers.
fn park(book: &mut Book, lease: &LeaseLine, settlement: &Settlement) {
    let now = book.now;
    let Some(job) = book.jobs.get(&lease.id.job()) else { return };
    let children: Vec<_> = parts(job, lease.id, &settlement.parts, now).collect();
    let count = u32::try_from(children.len()).unwrap_or(u32::MAX);
    let mut parent = lease.back(job.created_at, lease.attempts, lease.tally);
    (parent.parts_open, parent.parts) = (count, count);
    book.notes.tasks.push(parent);
    book.notes.tasks.extend(children);
    book.tell(
        lease.id.job(),
        "task.expanded",
        json!({"file_id": lease.id.file, "task_id": lease.id, "step": step_id(book, lease.id), "parts": count}),
    );
}

fn end(book: &mut Book, lease: &LeaseLine, settlement: &Settlement, input: &Input, change: &Change) -> Did {
    let reported = matches!(input, Input::Succeeded | Input::NotApplicable);
    let ended = EndedLine {
        id: lease.id,
        state: change.next,
        queue: lease.queue(),
        attempts: lease.attempts,
        tally: change.tally,
        fence: lease.fence,
        worker: Some(lease.worker),
        started_at: Some(lease.started_at),
        ended_at: book.now,
        error: change.problem.clone(),
        report: reported.then(|| settlement.report.clone()),
        dead_until: (change.next == State::Dead).then(|| book.now + lease.queue().dead_kept()),
    };
    if change.next == State::Succeeded {
        publish(book, settlement);
    }
    let mut data = json!({"file_id": lease.id.file, "task_id": lease.id, "step": step_id(book, lease.id), "state": change.next, "error": change.problem});
    if change.next == State::Dead {
        (data["queue"], data["attempts"]) = (json!(lease.queue()), json!(lease.attempts));
    }
    book.tell(lease.id.job(), "task.ended", data);
    book.write_end(ended.clone());
    if lease.id.part == 0 { book.roll_up(lease.id) } else { end_part(book, &ended) }
}

fn publish(book: &mut Book, settlement: &Settlement) {
    let task = settlement.task;
    let owner = book.jobs.get(&task.job()).map(|job| job.owner.clone());
    if let (Some(key), Some(owner)) = (settlement.key.clone(), owner) {
        let line = ResultLine { owner: owner.clone(), key: key.clone(), task };
        book.notes.results.insert((owner, key), line);
    }
    if let Some(new) = &settlement.record {
        write_record(book, task.file, new);
    }
    // Of two results of one name the last stands.
    let named: BTreeMap<&str, _> = settlement.artifacts.iter().map(|made| (made.0.name.as_str(), made)).collect();
    for (artifact, blob) in named.into_values() {
        book.makers.insert((task.file, artifact.name.clone()), task);
        book.notes.artifacts.push(ArtifactLine {
            file: task.file,
            name: artifact.name.clone(),
            step: task.step.into(),
            part: task.part,
            artifact: artifact.clone(),
            blob: blob.clone(),
        });
    }
}

/// A step that runs again reads anew: what a person made of the record before is in its corrections.
fn write_record(book: &mut Book, file: FileId, new: &NewRecord) {
    let (Some(job), Some(line)) = (book.jobs.get(&file.job), book.files.get(&file)) else { return };
    let before = book.records.get(&file);
    let NewRecord { schema, data, fields, confidence, doubts, accepted } = new.clone();
    let record = RecordLine {
        file,
        owner: job.owner.clone(),
        name: line.name.clone(),
        schema,
        data,
        fields,
        confidence,
        doubts,
        state: if accepted { RecordState::Accepted } else { RecordState::Open },
        revision: before.map_or(0, |b| b.revision) + 1,
        created_at: before.map_or(book.now, |b| b.created_at),
        changed_at: book.now,
        reviewer: None,
        reviewed_at: None,
    };
    book.notes.records.insert(file, record);
}

/// The end of a part: the last good one lets the whole run once more to join them; a bad one ends the whole.
fn end_part(book: &mut Book, part: &EndedLine) -> Did {
    let whole = TaskId::new(part.id.file, part.id.step);
    let now = book.now;
    let Some(parent) = book.parked.get_mut(&whole) else { return Did::default() };
    let problem = part.error.clone().filter(|_| part.state == State::Dead || refused(part));
    if let Some(problem) = problem {
        return end_whole(book, whole, problem, part);
    }
    parent.parts_open = parent.parts_open.saturating_sub(1);
    let done = f64::from(parent.parts - parent.parts_open.min(parent.parts)) / f64::from(parent.parts.max(1));
    parent.progress = parent.progress.max(done);
    if parent.parts_open == 0 {
        parent.ready_at = now;
    }
    let released = parent.parts_open == 0;
    book.notes.parked.insert(whole);
    Did { released, job_ended: false }
}

fn end_whole(book: &mut Book, whole: TaskId, problem: Problem, part: &EndedLine) -> Did {
    let retry = gristmill_model::retry::Retry::default();
    let Some(parent) = book.parked.remove(&whole) else { return Did::default() };
    let Some(change) = advance(State::Parked, parent.tally, &Input::PartFailed(problem), &retry, 0.0) else { return Did::default() };
    book.notes.parked.remove(&whole);
    book.close_step(whole);
    book.write_end(EndedLine {
        id: whole,
        state: change.next,
        attempts: parent.attempts,
        tally: parent.tally,
        fence: parent.fence,
        error: change.problem,
        report: None,
        // The part is the dead letter; redriving it redrives the whole.
        dead_until: None,
        ..part.clone()
    });
    book.roll_up(whole)
}
