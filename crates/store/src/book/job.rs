//! What ends lead to: steps released, files ended and paid, further files let in, the job ended.

use gristmill_model::credits::{Credits, Kind, settle_file};
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::rollup::{self, FileChange, FileCounts};
use gristmill_model::task::State;
use gristmill_model::{FileId, JobId, Problem, TaskId};
use serde_json::json;

use super::Book;
use super::line::{EndedLine, FileLine, JobLine};
use super::money::transfer;
use super::settle::Did;
use super::step::{first_tasks, refused, siblings, task};
use crate::row::{Moment, Money};

impl JobLine {
    /// How its files stand.
    pub(crate) fn counts(&self) -> FileCounts {
        let Self { files, succeeded, skipped, failed, cancelled, .. } = *self;
        FileCounts { files, succeeded, skipped, failed, cancelled }
    }

    /// The count of files with this end.
    pub(super) fn count(&mut self, status: FileStatus) -> &mut u32 {
        match status {
            FileStatus::Succeeded => &mut self.succeeded,
            FileStatus::Skipped => &mut self.skipped,
            FileStatus::Cancelled => &mut self.cancelled,
            FileStatus::Failed | FileStatus::Pending | FileStatus::Processing => &mut self.failed,
        }
    }
}

impl Book {
    /// Notes the end of a task, for the roll-up and for writing.
    pub(super) fn write_end(&mut self, ended: EndedLine) {
        let estimate = self.files.get(&ended.id.file).map_or(0, |f| f.estimate_ms(ended.id.step));
        if let Some(job) = self.jobs.get_mut(&ended.id.job()).filter(|_| ended.id.part == 0) {
            job.done_ms += estimate;
            self.notes.jobs.insert(job.id);
        }
        let of_file = self.ended.entry(ended.id.file).or_default();
        of_file.retain(|e| e.id != ended.id);
        of_file.push(ended.clone());
        self.notes.ended.push(ended);
    }

    /// Nothing of a step waits or runs any more.
    pub(super) fn close_step(&mut self, whole: TaskId) {
        self.withdraw(|id| id.file == whole.file && id.step == whole.step);
        self.notes.closed_steps.push(whole);
    }

    /// Forgets what of these tasks runs, and what was noted to wait: earlier ends of the same batch may have let them.
    pub(super) fn withdraw(&mut self, of: impl Fn(TaskId) -> bool) {
        self.leases.retain(|id, _| !of(*id));
        self.notes.tasks.retain(|task| !of(task.id));
        self.notes.parked.retain(|id| !of(*id));
    }

    /// Rolls a file up after a step of it has ended.
    pub(super) fn roll_up(&mut self, ended: TaskId) -> Did {
        let Some(plan) = self.jobs.get(&ended.job()).map(|j| j.plan.clone()) else { return Did::default() };
        let ends = self.ended.get(&ended.file).map_or(&[][..], Vec::as_slice);
        match rollup::file(&siblings(&plan, ends, Some(ended.step), false)) {
            FileChange::Open { release } => Did { released: self.release(ended.file, &release), job_ended: false },
            FileChange::Ended { status, .. } => {
                let cause = ends.iter().filter(|e| refused(e) || e.state == State::Dead).find_map(|e| e.error.clone());
                let cause = cause.filter(|_| matches!(status, FileStatus::Skipped | FileStatus::Failed));
                self.end_file(ended.file, status, cause);
                let released = self.let_in(ended.job());
                Did { released, job_ended: self.end_job(ended.job()) }
            }
        }
    }

    /// Lets steps of a file wait for workers.
    pub(super) fn release(&mut self, file: FileId, steps: &[usize]) -> bool {
        let (Some(job), Some(line)) = (self.jobs.get(&file.job), self.files.get(&file)) else { return false };
        let numbers = steps.iter().filter_map(|s| u16::try_from(*s).ok());
        let tasks: Vec<_> = numbers.map(|step| task(job, line, step, self.now)).collect();
        self.notes.tasks.extend(tasks);
        !steps.is_empty()
    }

    /// Ends a file: its state, its money, its count. Nothing of it waits or runs any more.
    pub(super) fn end_file(&mut self, id: FileId, status: FileStatus, cause: Option<Problem>) {
        let now = self.now;
        let (Some(file), Some(job)) = (self.files.get_mut(&id), self.jobs.get_mut(&id.job)) else { return };
        (file.status, file.error, file.ended_at) = (status, cause.clone(), Some(now));
        *job.count(status) += 1;
        let ended = self.ended.get(&id).map_or(&[][..], Vec::as_slice);
        job.done_ms += left_ms(file, ended);
        if let Some(kind) = settle_file(status, file.price, file.money == Money::Held) {
            file.money = if kind == Kind::Capture { Money::Captured } else { Money::Refunded };
            self.notes.transfers.push(transfer(job, file, kind, now));
        } else if file.money == Money::Captured && status != FileStatus::Succeeded {
            // It had succeeded, was run again, and its results are gone.
            file.money = Money::Refunded;
            self.notes.transfers.push(transfer(job, file, Kind::Reverse, now));
        }
        if status != FileStatus::Succeeded {
            self.withdraw(|task| task.file == id);
            self.notes.closed.push(id);
        }
        self.notes.jobs.insert(id.job);
        self.notes.files.insert(id);
        self.tell(id.job, "file.ended", json!({"file_id": id, "status": status, "error": cause}));
    }

    /// Lets the next file of a job in, in place of one that has ended.
    pub(super) fn let_in(&mut self, id: JobId) -> bool {
        let Some(file) = self.next.get_mut(&id).and_then(std::collections::VecDeque::pop_front) else { return false };
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        job.released += 1;
        self.notes.jobs.insert(id);
        self.notes.tasks.extend(first_tasks(job, &file, self.now, None));
        true
    }

    /// Ends a job whose files have all ended.
    pub(super) fn end_job(&mut self, id: JobId) -> bool {
        let Some(status) = self.jobs.get(&id).and_then(|j| rollup::job(j.counts(), false)) else { return false };
        self.end_job_as(id, status);
        true
    }

    /// Ends a job, tells of it, and writes what its owner is to be told.
    pub(super) fn end_job_as(&mut self, id: JobId, status: JobStatus) {
        let about = if status == JobStatus::Completed { Moment::Finished } else { Moment::Failed };
        self.close_job(id, status);
        self.call_all(id, about);
        if self.may_be_refunded(id) {
            self.call_all(id, Moment::Refunded);
        }
    }

    /// Whether credits of an ended job may have been given back. Of its files only those that end now are known here, so this says yes
    /// more often than it is so; how much it was is known when it is told.
    fn may_be_refunded(&self, id: JobId) -> bool {
        let ended_badly = self.jobs.get(&id).is_some_and(|j| j.failed + j.skipped + j.cancelled > 0);
        ended_badly && self.files.values().any(|f| f.id.job == id && f.price > Credits::ZERO)
    }

    /// Ends a job and tells of it, but writes no effect.
    pub(super) fn close_job(&mut self, id: JobId, status: JobStatus) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let was_open = !job.status.ended();
        (job.status, job.ended_at, job.swept) = (status, Some(self.now), false);
        self.notes.jobs.insert(id);
        self.count_in_group(id, -i64::from(was_open));
        self.tell(id, "job.ended", json!({"status": status}));
    }

    /// Notes that so many more jobs of its group are open.
    pub(super) fn count_in_group(&mut self, id: JobId, more: i64) {
        let Some((owner, group)) = self.jobs.get(&id).and_then(|j| Some((j.owner.clone(), j.group.clone()?))) else { return };
        let (count, last) = self.notes.groups.entry((owner, group)).or_insert((0, id));
        (*count, *last) = (*count + more, id);
    }
}

/// Predicted time of the steps of a file that have no end.
fn left_ms(file: &FileLine, ended: &[EndedLine]) -> u64 {
    let open = |step: usize| !ended.iter().any(|e| usize::from(e.id.step) == step && e.id.part == 0);
    file.estimates.iter().enumerate().filter(|(step, _)| open(*step)).map(|(_, ms)| *ms).sum()
}
