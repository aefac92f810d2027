//! "Look!": a hint between those who write and those who wait. It may be lost, doubled or reordered and no promise
//! breaks, because a woken listener always asks the store. Without it, work starts at the next slow poll instead of at once.

pub mod contract;
mod error;
mod memory;
mod postgres;

use async_trait::async_trait;
use tokio::sync::watch;

pub use error::DoorbellError;
pub use memory::Memory;
pub use postgres::Postgres;

/// What there may be to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bell {
    /// A task may be claimable.
    Tasks,
    /// An event, a progress or an end was written.
    Events,
}

/// A way to ring and to listen.
#[async_trait]
pub trait Doorbell: Send + Sync + 'static {
    /// Rings, best effort. Never waits for a listener and never fails the caller.
    async fn ring(&self, bell: Bell);

    /// Listens from now on.
    fn listen(&self, bell: Bell) -> Ear;
}

/// One listener. Rings while nobody waits are remembered as one.
#[derive(Debug)]
pub struct Ear {
    rings: watch::Receiver<u64>,
}

impl Ear {
    /// Returns once the bell has rung since the last call (or since it began to listen). Never returns when the bell is gone.
    pub async fn wait(&mut self) {
        if self.rings.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
