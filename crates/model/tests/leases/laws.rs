//! What must hold in every world, in every step, and in the end.

use gristmill_model::job::JobStatus;
use gristmill_model::task::State;
use stateright::Property;

use crate::house::House;
use crate::memory::Hold;
use crate::steps::Action;
use crate::world::{Broken, World};

pub(crate) const MONEY_ONCE: &str = "money moves at most once for a file, in or out";
pub(crate) const MONEY_AT_END: &str = "money has moved for a file exactly if it has ended";
pub(crate) const HOLD: &str = "the hold is one share for every open file";
pub(crate) const POINTER: &str = "what is published are the bytes of the attempt whose settle was accepted";
pub(crate) const STALE: &str = "a stale fence never changes a row";
pub(crate) const FENCE: &str = "a fence never falls";
pub(crate) const ONCE: &str = "a task that succeeded never runs again";
pub(crate) const EFFECT: &str = "a job has one terminal effect exactly if it has ended";
pub(crate) const CANCEL: &str = "every task of a cancelled job has ended";
pub(crate) const LEASE: &str = "a task has a lease exactly if it is running";
pub(crate) const PATIENCE: &str = "a task is claimed no more often than its policy allows";
pub(crate) const FORWARD: &str = "every step but a heartbeat brings the end nearer";
pub(crate) const GOES_ON: &str = "while a task is open the house goes on without anyone's good will";
pub(crate) const END: &str = "every task reaches an end";

/// The laws, and a few worlds that must be reachable lest the laws hold of nothing.
pub(crate) fn all() -> Vec<Property<House>> {
    [money(), rows(), steps(), ends(), reached()].concat()
}

fn money() -> Vec<Property<House>> {
    vec![
        Property::always(MONEY_ONCE, |_, world: &World| world.files.iter().all(|f| f.captures + f.refunds <= 1)),
        Property::always(MONEY_AT_END, |_, world: &World| world.files.iter().all(|f| f.ended.is_some() == (f.captures + f.refunds > 0))),
        Property::always(HOLD, |_, world: &World| u32::from(world.job.held) == world.counts().open()),
        Property::always(EFFECT, |_, world: &World| world.job.effects == u8::from(world.job.ended.is_some())),
    ]
}

fn rows() -> Vec<Property<House>> {
    vec![
        Property::always(POINTER, |_, world: &World| world.tasks.iter().all(|t| t.published.map(|p| p.bytes) == t.accepted.map(Some))),
        Property::always(CANCEL, |_, world: &World| !world.job.cancelling || all_ended(world)),
        Property::always(LEASE, |_, world: &World| world.tasks.iter().all(|t| t.lease.is_some() == (t.state == State::Running))),
    ]
}

fn steps() -> Vec<Property<House>> {
    vec![
        Property::always(STALE, |_, world: &World| !world.broken.stale_wrote),
        Property::always(FENCE, |_, world: &World| !world.broken.fence_fell),
        Property::always(ONCE, |_, world: &World| !world.broken.ran_again),
        Property::always(FORWARD, |_, world: &World| !world.broken.went_back),
    ]
}

/// The first two and `FORWARD` prove that no run is endless and none stops short: claims are bounded, so the rank is, and what only
/// rises must stop, which it does not while a task is open. A heartbeat can put that off until the deadline and no longer. The last
/// says the same of the runs that the checker saw; it knows nothing of loops, and a cancel would hide a dead end from it.
fn ends() -> Vec<Property<House>> {
    vec![
        Property::always(PATIENCE, |house, world: &World| world.tasks.iter().all(|t| u32::from(t.claims) <= house.patience())),
        Property::always(GOES_ON, |house: &House, world: &World| all_ended(world) || house.goes_on(world)),
        Property::eventually(END, |_, world: &World| all_ended(world)),
    ]
}

fn all_ended(world: &World) -> bool {
    world.tasks.iter().all(|t| t.state.ended())
}

fn reached() -> Vec<Property<House>> {
    vec![
        Property::sometimes("a job completes", |_, world: &World| world.job.ended == Some(JobStatus::Completed)),
        Property::sometimes("a job fails", |_, world: &World| world.job.ended == Some(JobStatus::Failed)),
        Property::sometimes("a task is dead of lost workers", |house: &House, world: &World| {
            world.tasks.iter().any(|t| t.state == State::Dead && t.losses > house.retry.lost)
        }),
        Property::sometimes("a task is claimed as often as its policy allows", |house: &House, world: &World| {
            world.tasks.iter().any(|t| u32::from(t.claims) == house.patience())
        }),
        Property::sometimes("a worker holds an old fence of a task that runs elsewhere", |_, world: &World| {
            world.workers.iter().filter_map(|w| w.hold()).any(|h| is_old(world, h))
        }),
        Property::sometimes("a rescuer has read a row that was claimed again since", |_, world: &World| {
            world.seen.iter().any(|s| is_old(world, s.hold))
        }),
    ]
}

fn is_old(world: &World, hold: Hold) -> bool {
    let row = &world.tasks[hold.task];
    row.state == State::Running && row.fence > hold.fence
}

/// Compares the two sides of a step. Whose right was stale is told by the true number of its claim, not by the fence under test.
pub(crate) fn watch(before: &World, action: Action, after: &World) -> Broken {
    let pairs = || before.tasks.iter().zip(&after.tasks);
    let stale = acted_on(before, action).is_some_and(|hold| !before.is_current(hold));
    let broken = before.broken;
    Broken {
        stale_wrote: broken.stale_wrote || (stale && !before.same_rows(after)),
        fence_fell: broken.fence_fell || pairs().any(|(old, new)| new.fence < old.fence),
        ran_again: broken.ran_again || pairs().any(|(old, new)| old.state == State::Succeeded && new.state != State::Succeeded),
        went_back: broken.went_back || (!matches!(action, Action::Beat(_)) && after.rank() <= before.rank() && after != before),
    }
}

/// The right that a step of a worker or a rescuer leans on.
fn acted_on(before: &World, action: Action) -> Option<Hold> {
    match action {
        Action::Settle(worker, _) | Action::SettleUnheard(worker, _) | Action::Beat(worker) | Action::Drain(worker) => {
            before.workers[worker].hold()
        }
        Action::Rescue(seen) => Some(before.seen[seen].hold),
        _ => None,
    }
}
