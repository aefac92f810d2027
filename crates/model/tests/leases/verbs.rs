//! The verbs of the store on the rows of the model, each of them one transaction. What becomes of a task, a file and the job is asked
//! of the shipped `advance` and `rollup`; what is written down here is only what a store does with their answers.

use gristmill_model::job::FileStatus;
use gristmill_model::rollup::{self, FileChange, Sibling};
use gristmill_model::task::{Change, Input, State, advance};

use crate::house::House;
use crate::memory::{Hold, Seen};
use crate::mutant::Mutant;
use crate::rows::{Lease, Published, Task};
use crate::world::World;

/// The timers run out whenever they like, so how much they are spread does not matter.
const JITTER: f64 = 0.5;

impl House {
    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn advance(&self, row: &Task, input: &Input) -> Option<Change> {
        advance(row.state, row.tally(), input, &self.retry, JITTER)
    }

    /// A ready task becomes a lease.
    pub(crate) fn claim(&self, world: &mut World, task: usize) -> Option<Hold> {
        let row = &mut world.tasks[task];
        let change = self.advance(row, &Input::Claimed).filter(|_| !row.waits)?;
        row.write(&change);
        row.lease = Some(Lease::Fresh).filter(|_| !self.has(Mutant::ClaimWithoutLease));
        row.fence += u8::from(!self.has(Mutant::FenceNotRaised));
        row.claims += 1;
        Some(Hold { task, fence: row.fence, claim: row.claims, unheard: None })
    }

    /// Renews a lease. `false` tells the worker that the task is not its own any more.
    pub(crate) fn heartbeat(&self, world: &mut World, hold: Hold) -> bool {
        let row = &mut world.tasks[hold.task];
        if row.state != State::Running || (row.fence != hold.fence && !self.has(Mutant::BeatIgnoresFence)) {
            return false;
        }
        if row.lease == Some(Lease::Expired) {
            row.lease = Some(Lease::Fresh);
        }
        true
    }

    /// The road of every attempt to its end, for workers and rescuers alike. `false` if it was refused.
    pub(crate) fn settle(&self, world: &mut World, hold: Hold, input: &Input) -> bool {
        let row = &mut world.tasks[hold.task];
        if row.fence != hold.fence && !self.ignores_fence(input) {
            return false;
        }
        let Some(change) = self.changed(row, input) else { return false };
        row.write(&change);
        if change.next == State::Succeeded {
            row.published = Some(Published { fence: hold.fence, bytes: Some(hold.claim) });
            row.accepted = Some(hold.claim);
        }
        if change.next.ended() {
            self.roll_up(world, self.shape.file_of(hold.task));
        }
        true
    }

    fn ignores_fence(&self, input: &Input) -> bool {
        let rescued = matches!(input, Input::WorkerLost | Input::TimedOut);
        self.has(if rescued { Mutant::RescueIgnoresFence } else { Mutant::SettleIgnoresFence })
    }

    /// What `advance` answers, spoilt if a mutant says so.
    fn changed(&self, row: &mut Task, input: &Input) -> Option<Change> {
        let rescued = matches!(input, Input::WorkerLost | Input::TimedOut);
        if rescued && self.has(Mutant::RescueReopens) {
            row.state = State::Running;
        }
        let mut change = self.advance(row, input)?;
        match self.mutant {
            Some(Mutant::LossNotCounted) => change.tally.losses = row.losses,
            Some(Mutant::FailureNotCounted) => change.tally.failures = row.failures,
            Some(Mutant::GiveBackLowersFence) if *input == Input::GivenBack => row.fence -= 1,
            _ => {}
        }
        Some(change)
    }

    /// A rescuer settles what it read.
    pub(crate) fn rescue(&self, world: &mut World, seen: Seen) {
        if self.has(Mutant::RescueWritesNothing) {
            return;
        }
        let before = world.clone();
        self.settle(world, seen.hold, if seen.late { &Input::TimedOut } else { &Input::WorkerLost });
        if self.has(Mutant::RescueTellsNobody) {
            world.job.effects = before.job.effects;
        }
        if self.has(Mutant::RescueMovesNoMoney) {
            world.job.held = before.job.held;
            for (file, old) in world.files.iter_mut().zip(&before.files) {
                (file.captures, file.refunds) = (old.captures, old.refunds);
            }
        }
    }

    /// The owner stops the job. `None` if it has ended.
    pub(crate) fn cancel(&self, world: &mut World) -> Option<()> {
        if world.job.ended.is_some() {
            return None;
        }
        world.job.cancelling = true;
        for file in 0..world.files.len() {
            if world.files[file].ended.is_none() {
                self.shape.tasks_of(file).into_iter().for_each(|task| self.stop(world, task));
                self.end_file(world, file, FileStatus::Cancelled);
            } else if self.has(Mutant::CancelRefundsEnded) {
                world.files[file].refunds += 1;
            }
        }
        Some(())
    }

    fn stop(&self, world: &mut World, task: usize) {
        let row = &mut world.tasks[task];
        if row.state == State::Running && self.has(Mutant::CancelSparesRunning) {
            return;
        }
        let lease = row.lease.filter(|_| self.has(Mutant::CancelLeavesLease));
        if let Some(change) = self.advance(row, &Input::Cancelled) {
            row.write(&change);
            row.lease = lease;
        }
    }

    fn roll_up(&self, world: &mut World, file: usize) {
        let tasks = self.shape.tasks_of(file);
        let siblings: Vec<Sibling> = tasks.iter().map(|&t| self.sibling(world, t)).collect();
        match rollup::file(&siblings) {
            FileChange::Open { release } => release.into_iter().for_each(|i| self.release(world, tasks[i])),
            FileChange::Ended { status, cancel } => {
                cancel.into_iter().for_each(|i| self.stop(world, tasks[i]));
                self.end_file(world, file, status);
            }
        }
    }

    fn sibling(&self, world: &World, task: usize) -> Sibling {
        let state = world.tasks[task].state;
        let after = self.shape.after(task).into_iter().map(|t| t.to_string()).collect();
        // The only skip of this model is the refusal of a file.
        Sibling { step: task.to_string(), after, state, refused: state == State::Skipped, optional: false }
    }

    fn release(&self, world: &mut World, task: usize) {
        let row = &mut world.tasks[task];
        if let Some(change) = self.advance(row, &Input::Released) {
            row.write(&change);
        }
    }

    /// Money and the job's end hang on this one transition: a file that has ended ends no second time.
    fn end_file(&self, world: &mut World, file: usize, status: FileStatus) {
        let row = &mut world.files[file];
        if row.ended.is_some() {
            return;
        }
        row.ended = Some(status);
        let refund = status != FileStatus::Succeeded;
        if refund {
            row.refunds += 1;
        } else {
            row.captures += 1;
        }
        world.job.held -= u8::from(!(refund && self.has(Mutant::RefundKeepsHold)));
        world.job.effects += u8::from(self.has(Mutant::EveryFileTells));
        self.end_job(world);
    }

    fn end_job(&self, world: &mut World) {
        world.job.ended = rollup::job(world.counts(), world.job.cancelling);
        world.job.effects += u8::from(world.job.ended.is_some());
    }

    /// An attempt stores its result under its task and fence, where nothing points yet. Bytes that nobody will ever point to are as
    /// good as none, so they are not kept in the state.
    pub(crate) fn put(&self, world: &mut World, hold: Hold) {
        let row = &mut world.tasks[hold.task];
        let mine = Published { fence: hold.fence, bytes: Some(hold.claim) };
        match &mut row.published {
            Some(there) if self.has(Mutant::BlobsWithoutFence) => there.bytes = mine.bytes,
            pointer if self.has(Mutant::PointerBeforeSettle) => *pointer = Some(mine),
            _ => {}
        }
    }

    /// A worker whose settle was refused removes what its attempt stored.
    pub(crate) fn withdraw(&self, world: &mut World, hold: Hold) {
        let mine = world.tasks[hold.task].published.as_mut().filter(|p| p.fence == hold.fence);
        if let Some(there) = mine.filter(|_| hold.unheard.is_none() || self.has(Mutant::WithdrawsUnheard)) {
            there.bytes = None;
        }
    }
}
