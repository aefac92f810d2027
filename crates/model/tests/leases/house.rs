//! The model: which steps a world allows, and where each leads.

use gristmill_model::retry::Retry;
use gristmill_model::task::State;
use stateright::{Model, Property};

use crate::laws;
use crate::memory::{Outcome, Worker};
use crate::mutant::Mutant;
use crate::rows::{File, Job, Lease, Task};
use crate::shape::Shape;
use crate::steps::Action;
use crate::world::{Broken, Left, World};

/// A configuration of the model.
#[derive(Debug, Clone)]
pub(crate) struct House {
    pub(crate) workers: usize,
    pub(crate) rescuers: usize,
    pub(crate) shape: Shape,
    pub(crate) retry: Retry,
    pub(crate) left: Left,
    pub(crate) mutant: Option<Mutant>,
    /// Check nothing but this law, and stop where it is first broken.
    pub(crate) only: Option<&'static str>,
}

impl House {
    /// How often a task may be claimed: once, once more for each failure and loss that is forgiven, and after each drain.
    pub(crate) fn patience(&self) -> u32 {
        1 + self.retry.retries + self.retry.lost + u32::from(self.left.drains)
    }

    /// The steps that come without anyone's good will: no tool ever answers, no paused worker ever wakes, no owner ever cancels.
    pub(crate) fn goes_on(&self, world: &World) -> bool {
        let mut actions = Vec::new();
        self.house_actions(world, &mut actions);
        self.told_actions(world, &mut actions);
        actions.into_iter().any(|action| self.step(&mut world.clone(), action).is_some())
    }

    fn house_actions(&self, world: &World, actions: &mut Vec<Action>) {
        let idle = world.workers.iter().position(|w| *w == Worker::Idle);
        for (task, row) in world.tasks.iter().enumerate() {
            actions.extend(idle.filter(|_| row.state == State::Ready).map(|worker| Action::Claim(worker, task)));
            actions.extend(row.waits.then_some(Action::TimerElapses(task)));
            actions.extend(row.lease.filter(|l| *l != Lease::Late).map(|_| Action::DeadlinePasses(task)));
            let overdue = row.lease.is_some_and(|l| l != Lease::Fresh) && row.state == State::Running;
            actions.extend((overdue && world.seen.len() < self.rescuers).then_some(Action::Look(task)));
        }
        actions.extend((0..world.seen.len()).map(Action::Rescue));
        let dead = world.workers.iter().position(|w| *w == Worker::Dead).filter(|_| world.left.replacements > 0);
        actions.extend(dead.map(Action::Replace));
    }

    /// A worker that runs hears with its next heartbeat that its task is gone.
    fn told_actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (worker, state) in world.workers.iter().enumerate() {
            if let Worker::Holding(hold) = state
                && !world.is_current(*hold)
            {
                actions.push(Action::Beat(worker));
            }
        }
    }

    fn worker_actions(world: &World, worker: usize, actions: &mut Vec<Action>) {
        let left = &world.left;
        match world.workers[worker] {
            Worker::Holding(hold) => {
                let outcomes = Outcome::ALL.into_iter().filter(|o| hold.unheard.is_none_or(|unheard| unheard == *o));
                actions.extend(outcomes.clone().map(|outcome| Action::Settle(worker, outcome)));
                let unheard = outcomes.filter(|_| left.lost_answers > 0);
                actions.extend(unheard.map(|outcome| Action::SettleUnheard(worker, outcome)));
                actions.push(Action::Beat(worker));
                actions.extend((left.drains > 0).then_some(Action::Drain(worker)));
                actions.extend((left.pauses > 0).then_some(Action::Pause(worker)));
            }
            Worker::Paused(_) => actions.push(Action::Resume(worker)),
            Worker::Idle | Worker::Dead => {}
        }
        // An idle worker that crashes leaves a smaller house and nothing else.
        let loses = left.crashes > 0 && world.workers[worker].hold().is_some();
        actions.extend(loses.then_some(Action::Crash(worker)));
    }
}

impl Model for House {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let tasks = (0..self.shape.tasks()).map(|t| if self.shape.after(t).is_empty() { State::Ready } else { State::Waiting });
        vec![World {
            tasks: tasks.map(Task::new).collect(),
            job: Job { cancelling: false, ended: None, held: self.shape.files() as u8, effects: 0 },
            files: vec![File::default(); self.shape.files()],
            workers: vec![Worker::Idle; self.workers],
            seen: Vec::new(),
            left: self.left,
            broken: Broken::default(),
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.house_actions(world, actions);
        for worker in 0..world.workers.len() {
            // Of workers that are alike one stands for all.
            if worker == 0 || world.workers[worker] != world.workers[worker - 1] {
                Self::worker_actions(world, worker, actions);
            }
        }
        let fresh = (0..world.tasks.len()).filter(|&t| world.tasks[t].lease == Some(Lease::Fresh));
        actions.extend(fresh.map(Action::LeaseExpires));
        actions.extend((world.left.cancels > 0).then_some(Action::Cancel));
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut after = before.clone();
        self.step(&mut after, action)?;
        after.broken = laws::watch(before, action, &after);
        let after = after.canonical(self.shape.is_symmetric());
        (after != *before).then_some(after)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        laws::all().into_iter().filter(|p| self.only.is_none_or(|law| p.name == law)).collect()
    }

    /// One claim more than allowed is far enough to be seen.
    fn within_boundary(&self, world: &World) -> bool {
        world.tasks.iter().all(|t| u32::from(t.claims) <= self.patience() + 1)
    }
}
