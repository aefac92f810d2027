//! The steps of workers, rescuers, the owner and time: what each does to the world. What they write
//! goes through the verbs of the store.

use gristmill_model::task::Input;

use crate::house::House;
use crate::memory::{Hold, Outcome, Seen, Worker};
use crate::rows::Lease;
use crate::world::World;

/// One step of the world. Numbers are places in its lists: of the worker, then of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Claim(usize, usize),
    Settle(usize, Outcome),
    /// The store writes, and its answer is lost on the way. The worker will settle again.
    SettleUnheard(usize, Outcome),
    Beat(usize),
    /// A worker that is to go gives its task back; another takes its place.
    Drain(usize),
    Pause(usize),
    Resume(usize),
    Crash(usize),
    Replace(usize),
    LeaseExpires(usize),
    DeadlinePasses(usize),
    TimerElapses(usize),
    /// A rescuer reads a row that is overdue.
    Look(usize),
    /// It settles a row that it read, however long ago.
    Rescue(usize),
    Cancel,
}

impl House {
    /// `None` if the step is not possible or changes nothing.
    pub(crate) fn step(&self, world: &mut World, action: Action) -> Option<()> {
        match action {
            Action::Claim(worker, task) => world.workers[worker] = Worker::Holding(self.claim(world, task)?),
            Action::Settle(worker, outcome) => self.finish(world, worker, outcome)?,
            Action::SettleUnheard(worker, outcome) => self.finish_unheard(world, worker, outcome)?,
            Action::Beat(worker) => self.beat(world, worker)?,
            Action::Drain(worker) => self.give_back(world, worker)?,
            Action::Pause(_) | Action::Resume(_) | Action::Crash(_) | Action::Replace(_) => fate(world, action)?,
            Action::LeaseExpires(task) => world.tasks[task].lease = Some(Lease::Expired),
            Action::DeadlinePasses(task) => world.tasks[task].lease = Some(Lease::Late),
            Action::TimerElapses(task) => world.tasks[task].waits = false,
            Action::Look(task) => look(world, task),
            Action::Rescue(seen) => {
                let seen = world.seen.remove(seen);
                self.rescue(world, seen);
            }
            Action::Cancel => {
                world.left.cancels -= 1;
                self.cancel(world)?;
            }
        }
        Some(())
    }

    fn finish(&self, world: &mut World, worker: usize, outcome: Outcome) -> Option<()> {
        let hold = world.workers[worker].hold()?;
        if outcome == Outcome::Done {
            self.put(world, hold);
        }
        if !self.settle(world, hold, &outcome.input()) {
            self.withdraw(world, hold);
        }
        world.workers[worker] = Worker::Idle;
        Some(())
    }

    fn finish_unheard(&self, world: &mut World, worker: usize, outcome: Outcome) -> Option<()> {
        let hold = world.workers[worker].hold()?;
        world.left.lost_answers -= 1;
        if outcome == Outcome::Done {
            self.put(world, hold);
        }
        self.settle(world, hold, &outcome.input()).then_some(())?;
        world.workers[worker] = Worker::Holding(Hold { unheard: Some(outcome), ..hold });
        Some(())
    }

    fn beat(&self, world: &mut World, worker: usize) -> Option<()> {
        let hold = world.workers[worker].hold()?;
        if !self.heartbeat(world, hold) {
            self.withdraw(world, hold);
            world.workers[worker] = Worker::Idle;
        }
        Some(())
    }

    fn give_back(&self, world: &mut World, worker: usize) -> Option<()> {
        let hold = world.workers[worker].hold()?;
        world.left.drains -= 1;
        self.settle(world, hold, &Input::GivenBack);
        world.workers[worker] = Worker::Idle;
        Some(())
    }
}

/// What befalls a worker.
fn fate(world: &mut World, action: Action) -> Option<()> {
    let left = &mut world.left;
    let (worker, next) = match action {
        Action::Pause(worker) => {
            left.pauses -= 1;
            (worker, Worker::Paused(world.workers[worker].hold()?))
        }
        Action::Resume(worker) => (worker, Worker::Holding(world.workers[worker].hold()?)),
        Action::Crash(worker) => {
            left.crashes -= 1;
            (worker, Worker::Dead)
        }
        Action::Replace(worker) => {
            left.replacements -= 1;
            (worker, Worker::Idle)
        }
        _ => return None,
    };
    world.workers[worker] = next;
    Some(())
}

fn look(world: &mut World, task: usize) {
    let row = &world.tasks[task];
    let hold = Hold { task, fence: row.fence, claim: row.claims, unheard: None };
    world.seen.push(Seen { hold, late: row.lease == Some(Lease::Late) });
}
