//! What every doorbell promises, as tests. A backend's own tests call these with the real thing.

use std::time::Duration;

use tokio::time::timeout;

use crate::{Bell, Doorbell, Ear};

/// Longer than any doorbell takes on a loaded machine.
const SOON: Duration = Duration::from_secs(5);
/// Long enough that a wrong wake would have come.
const QUIET: Duration = Duration::from_millis(200);

async fn wakes(ear: &mut Ear) -> bool {
    timeout(SOON, ear.wait()).await.is_ok()
}

/// One ring reaches all who listen.
pub async fn a_ring_wakes_every_listener(doorbell: &dyn Doorbell) {
    let (mut one, mut two) = (doorbell.listen(Bell::Tasks), doorbell.listen(Bell::Tasks));
    doorbell.ring(Bell::Tasks).await;
    assert!(wakes(&mut one).await && wakes(&mut two).await);
}

/// Listening begins at `listen`, not at `wait`: the gap between asking the store and waiting loses nothing.
pub async fn a_ring_before_the_wait_is_not_missed(doorbell: &dyn Doorbell) {
    let mut ear = doorbell.listen(Bell::Tasks);
    doorbell.ring(Bell::Tasks).await;
    assert!(wakes(&mut ear).await);
}

/// Rings that pile up are one reason to look, not many.
pub async fn many_rings_while_nobody_waits_wake_once(doorbell: &dyn Doorbell) {
    let mut ear = doorbell.listen(Bell::Tasks);
    for _ in 0..100 {
        doorbell.ring(Bell::Tasks).await;
    }
    assert!(wakes(&mut ear).await);
    assert!(timeout(QUIET, ear.wait()).await.is_err(), "woken again without a ring");
}

/// Bells are apart.
pub async fn another_bell_does_not_wake(doorbell: &dyn Doorbell) {
    let mut ear = doorbell.listen(Bell::Events);
    doorbell.ring(Bell::Tasks).await;
    assert!(timeout(QUIET, ear.wait()).await.is_err(), "woken by another bell");
}
