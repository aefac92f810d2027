//! The leases a worker holds, and the thread that keeps them alive. The thread has a runtime of its own, so that no amount of
//! work on the worker's can make a heartbeat late.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gristmill_doorbell::Bell;
use gristmill_model::operation::Class;
use gristmill_model::task::Input;
use gristmill_model::{Fence, JobId, TaskId};
use gristmill_store::{Beat, Claimed, Heartbeat, Settlement};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Why an attempt was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The store says it is not ours any more: cancelled, or rescued.
    Lost,
    /// The worker drains.
    GiveBack,
}

/// One claim of a task. A task that was cancelled and run again may be held twice for a moment, under two fences.
pub(crate) type Hold = (TaskId, Fence);

/// One lease as its worker sees it.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) class: Class,
    pub(crate) large: bool,
    /// The progress that was last written, and when.
    pub(crate) written: Option<(f64, Instant)>,
    pub(crate) cancel: CancellationToken,
    pub(crate) stop: Option<Stop>,
    pub(crate) progress: watch::Sender<(f64, String)>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<Hold, Lease>>,
    fresh: Mutex<Vec<Claimed>>,
    changed: Notify,
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<Hold, Lease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes tasks under care; [`fresh`](Self::fresh) hands them out for running.
    pub(crate) fn take(&self, claimed: Vec<Claimed>) {
        let mut held = self.held();
        for task in &claimed {
            let progress = watch::Sender::new((task.progress, String::new()));
            let (class, large, cancel) = (task.class, task.large, CancellationToken::new());
            let lease = Lease { class, large, written: None, cancel, stop: None, progress };
            held.insert((task.task, task.fence), lease);
        }
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).extend(claimed);
    }

    /// Tasks that were claimed and do not run yet.
    pub(crate) fn fresh(&self) -> Vec<Claimed> {
        std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many are held, and how many of them are large, by class.
    pub(crate) fn busy(&self) -> BTreeMap<Class, (u32, u32)> {
        let mut busy: BTreeMap<Class, (u32, u32)> = BTreeMap::new();
        for lease in self.held().values() {
            let (all, large) = busy.entry(lease.class).or_default();
            *all += 1;
            *large += u32::from(lease.large);
        }
        busy
    }

    /// Jobs of which something is held.
    pub(crate) fn jobs(&self) -> Vec<JobId> {
        let jobs: BTreeSet<JobId> = self.held().keys().map(|(task, _)| task.job()).collect();
        jobs.into_iter().collect()
    }

    /// Whether none is held.
    pub(crate) fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    /// The means to stop a task and to hear its progress.
    pub(crate) fn handles(&self, hold: Hold) -> Option<(CancellationToken, watch::Sender<(f64, String)>)> {
        self.held().get(&hold).map(|l| (l.cancel.clone(), l.progress.clone()))
    }

    /// Why a task was told to stop, if it was.
    pub(crate) fn stopped(&self, hold: Hold) -> Option<Stop> {
        self.held().get(&hold).and_then(|l| l.stop)
    }

    /// The attempt has ended and was settled, or is not ours to settle.
    pub(crate) fn release(&self, hold: Hold) {
        self.held().remove(&hold);
        self.changed.notify_waiters();
    }

    fn stop(&self, hold: Hold, why: Stop) {
        if let Some(lease) = self.held().get_mut(&hold) {
            lease.stop.get_or_insert(why);
            lease.cancel.cancel();
        }
    }

    /// Tells every attempt to stop and give its task back.
    pub(crate) fn give_all_back(&self) {
        let all: Vec<Hold> = self.held().keys().copied().collect();
        all.into_iter().for_each(|hold| self.stop(hold, Stop::GiveBack));
    }

    /// Tells every attempt to stop at once and write nothing: the worker is being dropped.
    pub(crate) fn stop_all(&self) {
        let all: Vec<Hold> = self.held().keys().copied().collect();
        all.into_iter().for_each(|hold| self.stop(hold, Stop::Lost));
    }

    /// Returns once none is held.
    pub(crate) async fn none_left(&self) {
        loop {
            let changed = self.changed.notified();
            if self.held().is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn holds(&self) -> BTreeSet<Hold> {
        self.held().keys().copied().collect()
    }

    /// Every hold, and the progress that is to be written: what has changed, what was not written for longest first, and at most
    /// a tenth of all (or [`BEATS`]) a second, so that each is written within ten seconds however many they are.
    fn beats(&self) -> (Vec<Hold>, Vec<Beat>) {
        let mut held = self.held();
        let most = BEATS.max(held.len().div_ceil(10));
        let mut moved: Vec<(Hold, &mut Lease)> = held.iter_mut().filter(|(_, l)| l.has_moved()).map(|(hold, l)| (*hold, l)).collect();
        if moved.len() > most {
            moved.sort_by_key(|(_, lease)| lease.written.map(|(_, at)| at));
        }
        let beats = moved.into_iter().take(most).map(|(hold, lease)| lease.beat(hold)).collect();
        (held.keys().copied().collect(), beats)
    }
}

/// Progress is written to so many rows a second at least, when so many have moved.
const BEATS: usize = 256;

impl Lease {
    /// Whether its progress is another than was written. A step of a hundredth counts; anything does after ten seconds.
    fn has_moved(&self) -> bool {
        let now = self.progress.borrow().0;
        match self.written {
            None => true,
            Some((written, at)) => (now - written).abs() >= 0.01 || (now > written && at.elapsed() >= Duration::from_secs(10)),
        }
    }

    fn beat(&mut self, hold: Hold) -> Beat {
        let (progress, phase) = self.progress.borrow().clone();
        self.written = Some((progress, Instant::now()));
        Beat { task: hold.0, fence: hold.1, progress, phase }
    }
}

/// Starts the heartbeat. `None` when no thread can be made, which is logged; leases then run out and tasks run again elsewhere.
pub(super) fn beat(shared: Arc<Shared>, stop: CancellationToken) -> Option<std::thread::JoinHandle<()>> {
    let thread = std::thread::Builder::new().name("heartbeat".into()).spawn(move || {
        match tokio::runtime::Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime.block_on(run(&shared, &stop)),
            Err(error) => tracing::error!(%error, "heartbeat.runtime failed"),
        }
    });
    thread.inspect_err(|error| tracing::error!(%error, "heartbeat.thread failed")).ok()
}

async fn run(shared: &Shared, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(shared.settings.beat);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut strays, mut turns) = (BTreeSet::new(), 0u32);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        turns = turns.wrapping_add(1);
        // An idle worker has nothing to keep but its name; every tenth turn is enough for that.
        if shared.leases.is_empty() && !turns.is_multiple_of(IDLE) {
            continue;
        }
        if let Err(error) = beat_once(shared).await {
            tracing::error!(error = &error as &dyn std::error::Error, "store.heartbeat failed");
        }
        if turns.is_multiple_of(IDLE) {
            strays = give_strays_back(shared, &strays).await;
        }
        shared.engine.parts.doorbell.ring(Bell::Events).await;
    }
}

/// Turns between two signs of life of an idle worker, and between two looks for strays.
const IDLE: u32 = 10;

async fn beat_once(shared: &Shared) -> gristmill_store::Result<()> {
    let (held, beats) = shared.leases.beats();
    let draining = shared.draining.is_cancelled();
    let beat = Heartbeat { worker: shared.id, lease: shared.settings.lease, held, beats, draining };
    let lost = shared.engine.parts.store.heartbeat(beat).await?;
    lost.into_iter().for_each(|hold| shared.leases.stop(hold, Stop::Lost));
    Ok(())
}

/// A lease that the store has for us and we do not know of: the answer to a claim was lost on its way. What was a stray at two looks
/// in a row is given back, or it would live as long as we do.
async fn give_strays_back(shared: &Shared, before: &BTreeSet<Hold>) -> BTreeSet<Hold> {
    let store = &shared.engine.parts.store;
    let Ok(ours) = store.leases(shared.id).await else { return BTreeSet::new() };
    let held = shared.leases.holds();
    let strays: BTreeSet<Hold> = ours.into_iter().filter(|hold| !held.contains(hold)).collect();
    let given: Vec<Settlement> = strays.intersection(before).map(|(t, f)| Settlement::bare(*t, *f, Input::GivenBack)).collect();
    if !given.is_empty() {
        tracing::warn!(count = given.len(), "worker.strays given back");
        if let Err(error) = store.settle(given).await {
            tracing::error!(error = &error as &dyn std::error::Error, "worker.strays failed");
        }
    }
    strays
}
