//! The doorbell of one process: no server, no loss.

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{Bell, Doorbell, Ear, State};

/// Rings within this process.
#[derive(Debug)]
pub struct Memory {
    tasks: watch::Sender<u64>,
    events: watch::Sender<u64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { tasks: watch::Sender::new(0), events: watch::Sender::new(0) }
    }
}

impl Memory {
    fn bell(&self, bell: Bell) -> &watch::Sender<u64> {
        match bell {
            Bell::Tasks => &self.tasks,
            Bell::Events => &self.events,
        }
    }

    /// Rings, for callers that cannot wait.
    pub(crate) fn strike(&self, bell: Bell) {
        self.bell(bell).send_modify(|n| *n = n.wrapping_add(1));
    }
}

#[async_trait]
impl Doorbell for Memory {
    async fn ring(&self, bell: Bell) {
        self.strike(bell);
    }

    fn listen(&self, bell: Bell) -> Ear {
        Ear { rings: self.bell(bell).subscribe() }
    }

    fn state(&self) -> State {
        State { server: "memory", lost: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    #[tokio::test]
    async fn a_ring_wakes_every_listener() {
        contract::a_ring_wakes_every_listener(&Memory::default()).await;
    }

    #[tokio::test]
    async fn a_ring_before_the_wait_is_not_missed() {
        contract::a_ring_before_the_wait_is_not_missed(&Memory::default()).await;
    }

    #[tokio::test]
    async fn many_rings_wake_once() {
        contract::many_rings_while_nobody_waits_wake_once(&Memory::default()).await;
    }

    #[tokio::test]
    async fn another_bell_does_not_wake() {
        contract::another_bell_does_not_wake(&Memory::default()).await;
    }
}
