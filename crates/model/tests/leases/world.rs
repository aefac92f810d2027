//! One state of the model: rows, memories, the mishaps that may still come, and the marks of laws that a step has broken.

use gristmill_model::job::FileStatus;
use gristmill_model::rollup::FileCounts;
use gristmill_model::task::State;

use crate::memory::{Hold, Seen, Worker};
use crate::rows::{File, Job, Task};

/// The mishaps and interventions that may still come. They are what bounds the space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Left {
    pub(crate) crashes: u8,
    pub(crate) replacements: u8,
    pub(crate) pauses: u8,
    pub(crate) drains: u8,
    pub(crate) lost_answers: u8,
    pub(crate) cancels: u8,
}

impl Left {
    fn sum(self) -> u32 {
        [self.crashes, self.replacements, self.pauses, self.drains, self.lost_answers, self.cancels].into_iter().map(u32::from).sum()
    }
}

/// Laws about a step rather than a state leave their mark here when they are broken, and only then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Broken {
    pub(crate) stale_wrote: bool,
    pub(crate) fence_fell: bool,
    pub(crate) ran_again: bool,
    pub(crate) went_back: bool,
}

/// One state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) tasks: Vec<Task>,
    pub(crate) files: Vec<File>,
    pub(crate) job: Job,
    pub(crate) workers: Vec<Worker>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) left: Left,
    pub(crate) broken: Broken,
}

impl World {
    /// Whether everything that is stored is the same in both.
    pub(crate) fn same_rows(&self, other: &Self) -> bool {
        self.tasks == other.tasks && self.files == other.files && self.job == other.job
    }

    /// Whether the holder of this right still has it.
    pub(crate) fn is_current(&self, hold: Hold) -> bool {
        let row = &self.tasks[hold.task];
        row.state == State::Running && row.claims == hold.claim
    }

    pub(crate) fn counts(&self) -> FileCounts {
        let of = |status| self.files.iter().map(|f| u32::from(f.ended == Some(status))).sum();
        FileCounts {
            files: self.files.len() as u32,
            succeeded: of(FileStatus::Succeeded),
            skipped: of(FileStatus::Skipped),
            failed: of(FileStatus::Failed),
            cancelled: of(FileStatus::Cancelled),
        }
    }

    /// The one that stands for all worlds that differ from this only in who is who: workers have no names, and the tasks of a
    /// symmetric shape may be swapped.
    pub(crate) fn canonical(mut self, symmetric: bool) -> Self {
        self.sort();
        if !symmetric || self.tasks[0].key() < self.tasks[1].key() {
            return self;
        }
        let other = self.swapped();
        if other.key() < self.key() { other } else { self }
    }

    fn sort(&mut self) {
        self.workers.sort_unstable();
        self.seen.sort_unstable();
    }

    fn swapped(&self) -> Self {
        let last = self.tasks.len() - 1;
        let mut other = self.clone();
        other.tasks.reverse();
        other.files.reverse();
        let holds = other.workers.iter_mut().filter_map(|w| match w {
            Worker::Holding(hold) | Worker::Paused(hold) => Some(hold),
            Worker::Idle | Worker::Dead => None,
        });
        holds.chain(other.seen.iter_mut().map(|s| &mut s.hold)).for_each(|hold| hold.task = last - hold.task);
        other.sort();
        other
    }

    fn key(&self) -> ((u32, u32, u32), &[Worker], &[Seen]) {
        (self.tasks[0].key(), &self.workers, &self.seen)
    }

    /// A measure that rises with every step but a heartbeat, compared from left to right: the tasks, the mishaps spent, and what
    /// workers and rescuers have yet to find out. With a bound on claims it has a largest value, so no run is endless.
    pub(crate) fn rank(&self) -> (u32, u32, u32) {
        let worker = |w: &Worker| match w {
            Worker::Paused(_) | Worker::Dead => 0,
            Worker::Holding(_) => 1,
            Worker::Idle => 2,
        };
        let seen = |s: &Seen| if self.is_current(s.hold) { 1 } else { 0 };
        let stale: u32 = self.seen.iter().map(|s| 1 - seen(s)).sum();
        let memory = 100 + self.workers.iter().map(worker).sum::<u32>() + self.seen.iter().map(seen).sum::<u32>() - stale;
        (self.tasks.iter().map(Task::rank).sum(), 100 - self.left.sum(), memory)
    }
}
