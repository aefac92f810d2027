//! The claim loop: ask the store for as many tasks as there are free slots, run them, wait for a reason to ask again. Reasons
//! are a ring, a slot that came free, a task whose time has come, and once in a while in case a ring was lost.

use std::sync::Arc;
use std::time::Duration;

use gristmill_doorbell::{Bell, Ear};
use gristmill_store::{Claim, NewWorker, Room};
use tokio::sync::Notify;

use super::{Shared, attempt};
use crate::memory;

/// How long to wait after the store failed.
const STORE_DOWN: Duration = Duration::from_secs(1);
/// The most tasks of a class leased by one claim; keeps one transaction short.
const BATCH: u32 = 2_048;
/// A busy worker with many slots lets so many of them (one in this) come free before it asks again, but not for longer than
/// [`GATHER`]: a claim for a hundred tasks costs little more than one for one.
const WORTH: u32 = 4;
const GATHER: Duration = Duration::from_millis(2);

pub(super) async fn run(shared: Arc<Shared>) {
    let mut ear = shared.engine.parts.doorbell.listen(Bell::Tasks);
    let freed = Arc::new(Notify::new());
    let mut turn = String::new();
    enlist(&shared).await;
    while !shared.draining.is_cancelled() {
        gather(&shared, &freed).await;
        let claimed = match claim(&shared, &mut turn).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "store.claim failed");
                pause(&shared).await;
                continue;
            }
        };
        for task in shared.leases.fresh() {
            attempt::start(shared.clone(), task, freed.clone());
        }
        if claimed == 0 {
            wait(&shared, &mut ear, &freed).await;
        }
    }
    shared.leases.fresh().into_iter().for_each(|task| attempt::start(shared.clone(), task, freed.clone()));
}

/// Introduces this worker, until the store has heard it.
async fn enlist(shared: &Shared) {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let worker = NewWorker {
        id: shared.id,
        name: format!("{host}:{}", std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        slots: shared.settings.slots.clone(),
    };
    while let Err(error) = shared.engine.parts.store.enlist(worker.clone(), shared.settings.lease).await {
        tracing::error!(error = &error as &dyn std::error::Error, "store.enlist failed");
        pause(shared).await;
        if shared.draining.is_cancelled() {
            return;
        }
    }
}

async fn pause(shared: &Shared) {
    tokio::select! {
        () = tokio::time::sleep(STORE_DOWN) => {}
        () = shared.draining.cancelled() => {}
    }
}

/// Waits until a claim is worth its cost.
async fn gather(shared: &Shared, freed: &Notify) {
    let worth = |shared: &Shared| shared.leases.is_empty() || room(shared).iter().any(|r| r.free * WORTH >= r.slots.min(BATCH));
    let enough = async {
        while !worth(shared) {
            freed.notified().await;
        }
    };
    let _ = tokio::time::timeout(GATHER, enough).await;
}

async fn claim(shared: &Shared, turn: &mut String) -> gristmill_store::Result<usize> {
    let room = room(shared);
    if room.is_empty() || memory_is_short(shared) {
        return Ok(0);
    }
    let claim = Claim {
        worker: shared.id,
        room,
        lease: shared.settings.lease,
        most_jobs: shared.settings.most_jobs,
        jobs: shared.leases.jobs(),
        turn: turn.clone(),
    };
    let claimed = shared.engine.parts.store.claim(claim).await?;
    // The last of the best tier would be fairer still; ordinary claims end in one tier, where this is the same.
    if let Some(last) = claimed.last() {
        turn.clone_from(&last.owner);
    }
    let count = claimed.len();
    shared.leases.take(claimed);
    Ok(count)
}

fn room(shared: &Shared) -> Vec<Room> {
    let busy = shared.leases.busy();
    let room = |&(class, slots): &(_, u32)| {
        let (running, large) = busy.get(&class).copied().unwrap_or_default();
        Room { class, free: slots.saturating_sub(running).min(BATCH), slots, large }
    };
    shared.settings.slots.iter().map(room).filter(|r| r.free > 0).collect()
}

/// Above the limit nothing new is begun, unless nothing runs here at all: then waiting would not free anything.
fn memory_is_short(shared: &Shared) -> bool {
    let Some(most) = shared.settings.most_memory else { return false };
    let short = !shared.leases.is_empty() && memory::used().is_some_and(|used| used > most);
    if short {
        tracing::warn!("claims wait: more memory is in use than MEMORY_THRESHOLD_PERCENT allows");
    }
    short
}

/// Waits for a reason to ask again.
async fn wait(shared: &Shared, ear: &mut Ear, freed: &Notify) {
    tokio::select! {
        () = ear.wait() => {}
        () = freed.notified() => {}
        () = shared.draining.cancelled() => {}
        () = nap(shared) => {}
    }
}

/// Until the next task's time has come, or for as long as one trusts in rings.
async fn nap(shared: &Shared) {
    let poll = shared.settings.poll;
    let due = shared.engine.parts.store.next_due().await.ok().flatten().unwrap_or(poll);
    tokio::time::sleep(due.clamp(Duration::from_millis(1), poll)).await;
}
