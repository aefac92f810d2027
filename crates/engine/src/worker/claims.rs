//! The claim loop: ask the store for as many tasks as there are free slots, run them, wait for a reason to ask again. Reasons
//! are a ring, a slot that came free, a retry that is due, and once a second in case a ring was lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gristmill_doorbell::{Bell, Ear};
use gristmill_model::Timestamp;
use gristmill_model::operation::Class;
use tokio::sync::Notify;

use super::{Shared, attempt};

/// How long a lost ring can delay a task.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait after the store failed.
const STORE_DOWN: Duration = Duration::from_secs(1);
/// The most tasks leased by one claim; keeps one transaction short.
const BATCH: u32 = 256;

pub(super) async fn run(shared: Arc<Shared>) {
    let mut ear = shared.engine.parts.doorbell.listen(Bell::Tasks);
    let freed = Arc::new(Notify::new());
    while !shared.draining.is_cancelled() {
        let asked = shared.engine.parts.store.now().await.unwrap_or_default();
        let claimed = match claim(&shared, &free_slots(&shared)).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "store.claim failed");
                tokio::time::sleep(STORE_DOWN).await;
                continue;
            }
        };
        if claimed == 0 {
            wait(&shared, asked, &mut ear, &freed).await;
        }
        for task in shared.leases.fresh() {
            attempt::start(shared.clone(), task, freed.clone());
        }
    }
    shared.leases.fresh().into_iter().for_each(|task| attempt::start(shared.clone(), task, freed.clone()));
}

fn free_slots(shared: &Shared) -> Vec<(Class, u32)> {
    let busy: BTreeMap<Class, u32> = shared.leases.busy();
    let free = |&(class, slots): &(Class, u32)| (class, slots.saturating_sub(busy.get(&class).copied().unwrap_or(0)).min(BATCH));
    shared.settings.slots.iter().map(free).filter(|(_, n)| *n > 0).collect()
}

async fn claim(shared: &Shared, free: &[(Class, u32)]) -> gristmill_store::Result<usize> {
    if free.is_empty() {
        return Ok(0);
    }
    let claimed = shared.engine.parts.store.claim(shared.id, free, shared.settings.lease).await?;
    let count = claimed.len();
    shared.leases.take(claimed);
    Ok(count)
}

/// Waits for a reason to ask again. Tasks that were due when the store was `asked` wait for a slot, not for their time.
async fn wait(shared: &Shared, asked: Timestamp, ear: &mut Ear, freed: &Notify) {
    let due = shared.engine.parts.store.next_due(asked).await.ok().flatten();
    let until_due = due.map_or(POLL, |due| due - asked).clamp(Duration::from_millis(1), POLL);
    tokio::select! {
        () = ear.wait() => {}
        () = freed.notified() => {}
        () = tokio::time::sleep(until_due) => {}
        () = shared.draining.cancelled() => {}
    }
}
