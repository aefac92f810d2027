//! The leases a worker holds, and the thread that keeps them alive. The thread has a runtime of its own, so that no amount of
//! work on the worker's can make a heartbeat late.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gristmill_doorbell::Bell;
use gristmill_model::operation::Class;
use gristmill_model::{Fence, TaskId};
use gristmill_store::{Beat, Claimed};
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
            let progress = watch::Sender::new((0.0, String::new()));
            let lease = Lease { class: task.class, cancel: CancellationToken::new(), stop: None, progress };
            held.insert((task.task, task.fence), lease);
        }
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).extend(claimed);
    }

    /// Tasks that were claimed and do not run yet.
    pub(crate) fn fresh(&self) -> Vec<Claimed> {
        std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many are held, by class.
    pub(crate) fn busy(&self) -> BTreeMap<Class, u32> {
        let mut busy = BTreeMap::new();
        for lease in self.held().values() {
            *busy.entry(lease.class).or_default() += 1;
        }
        busy
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

    fn beats(&self) -> Vec<Beat> {
        let beat = |(hold, lease): (&Hold, &Lease)| {
            let (progress, phase) = lease.progress.borrow().clone();
            Beat { task: hold.0, fence: hold.1, progress, phase }
        };
        self.held().iter().map(beat).collect()
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
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let beats = shared.leases.beats();
        if beats.is_empty() {
            continue;
        }
        match shared.engine.parts.store.heartbeat(shared.id, beats, shared.settings.lease).await {
            Ok(lost) => lost.into_iter().for_each(|hold| shared.leases.stop(hold, Stop::Lost)),
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "store.heartbeat failed"),
        }
        shared.engine.parts.doorbell.ring(Bell::Events).await;
    }
}
