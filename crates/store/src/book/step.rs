//! Tasks out of a plan: which steps of a file may run, and the rows they wait in.

use std::time::Duration;

use gristmill_model::pipeline::Step;
use gristmill_model::queue::Queue;
use gristmill_model::rollup::Sibling;
use gristmill_model::schedule;
use gristmill_model::task::{State, Tally};
use gristmill_model::{TaskId, Timestamp};

use super::line::{EndedLine, FileLine, JobLine, TaskLine, lane, line_of};
use crate::row::{Part, Plan};

/// The tasks of a file's first steps.
pub(crate) fn first_tasks(job: &JobLine, file: &FileLine, now: Timestamp, due: Option<Timestamp>) -> Vec<TaskLine> {
    let first = (0u16..).zip(&job.plan.steps).filter(|(_, step)| step.after.is_empty());
    let since = due.unwrap_or(now);
    first.map(|(no, _)| TaskLine { due, ..task(job, file, no, since) }).collect()
}

/// A step of a file as a task that waits from now.
pub(super) fn task(job: &JobLine, file: &FileLine, step: u16, now: Timestamp) -> TaskLine {
    fresh(job, TaskId::new(file.id, step), file.estimate(step), now)
}

/// Parts of a step, as tasks that wait from now.
pub(super) fn parts<'a>(job: &'a JobLine, whole: TaskId, parts: &'a [Part], now: Timestamp) -> impl Iterator<Item = TaskLine> + 'a {
    let numbered = (1u32..).zip(parts);
    numbered.map(move |(no, part)| TaskLine { spec: Some(part.spec.clone()), ..fresh(job, whole.part(no), part.estimate, now) })
}

fn fresh(job: &JobLine, id: TaskId, estimate: Duration, now: Timestamp) -> TaskLine {
    let declared = &job.plan.steps[usize::from(id.step)];
    let estimate = estimate.max(Duration::from_millis(1));
    let limit = declared.concurrency.as_ref();
    let key = limit.map(|l| l.key_for(&job.owner, job.group.as_deref()));
    let queue = Queue::of(job.priority, &declared.op, declared.after.is_empty());
    TaskLine {
        id,
        class: class_of(declared),
        lane: lane(queue, schedule::is_large(estimate)),
        line: line_of(&job.owner, key.as_deref()),
        // Of one owner the older job goes first, also with its later steps: what is begun is finished.
        key: schedule::order_key(job.created_at, estimate),
        ready_at: now,
        due: None,
        parts_open: 0,
        parts: 0,
        attempts: 0,
        tally: Tally::default(),
        fence: 0,
        progress: 0.0,
        estimate,
        limit_most: limit.map(|l| l.most),
        spec: None,
    }
}

/// Plans carry the class of every step; one without counts as the lightest.
fn class_of(step: &Step) -> gristmill_model::operation::Class {
    step.class.unwrap_or(gristmill_model::operation::Class::Io)
}

/// The steps of a file as the roll-up sees them. A step without an end is in play once all it comes after have ended; one that
/// came into play with the end of `just` counts as waiting, so that the roll-up releases it. With `idle`, nothing is in play yet.
pub(super) fn siblings(plan: &Plan, ended: &[EndedLine], just: Option<u16>, idle: bool) -> Vec<Sibling> {
    let end_of = |no: u16| ended.iter().find(|e| e.id.step == no && e.id.part == 0);
    let place = |id: &str| plan.steps.iter().position(|s| s.id == id).and_then(|n| u16::try_from(n).ok());
    let before = |id: &String| place(id).is_some_and(|no| Some(no) != just && end_of(no).is_some());
    (0u16..)
        .zip(&plan.steps)
        .map(|(no, step)| {
            let end = end_of(no);
            let open = if idle || !step.after.iter().all(before) { State::Waiting } else { State::Ready };
            Sibling {
                step: step.id.clone(),
                after: step.after.clone(),
                state: end.map_or(open, |e| e.state),
                refused: end.is_some_and(refused),
                optional: step.optional,
            }
        })
        .collect()
}

/// Whether a task ended because its file did not qualify.
pub(super) fn refused(ended: &EndedLine) -> bool {
    ended.state == State::Skipped && ended.error.as_ref().is_some_and(|e| !e.fault.retryable())
}
