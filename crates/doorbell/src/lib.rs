//! "Look!": a hint between those who write and those who wait. It may be lost, doubled or reordered and no promise
//! breaks, because a woken listener always asks the store. Without it, work starts at the next slow poll instead of at once.

mod connect;
pub mod contract;
mod error;
mod hostile;
mod memory;
mod pause;
pub mod postgres;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
#[cfg(feature = "redis")]
pub mod redis;
mod remote;
#[cfg(feature = "sqs")]
pub mod sqs;

use async_trait::async_trait;
use tokio::sync::watch;

pub use connect::connect;
pub use error::DoorbellError;
pub use hostile::Hostile;
pub use memory::Memory;
pub use pause::Pause;
pub use remote::Remote;

/// What there may be to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bell {
    /// A task may be claimable.
    Tasks,
    /// An event, a progress or an end was written.
    Events,
}

impl Bell {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Tasks, Self::Events];

    /// What servers call it.
    fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Events => "events",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bell| bell.name() == name)
    }
}

/// A way to ring and to listen.
#[async_trait]
pub trait Doorbell: Send + Sync + 'static {
    /// Rings, best effort. Never waits for a listener and never fails the caller.
    async fn ring(&self, bell: Bell);

    /// Listens from now on.
    fn listen(&self, bell: Bell) -> Ear;

    /// How it is at the moment.
    fn state(&self) -> State;

    /// Leaves nothing behind at the server, as far as that can be done at once. Nothing is heard by way of it afterwards.
    async fn close(&self) {}
}

/// How a doorbell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// By way of what other processes are heard.
    pub server: &'static str,
    /// Why they are not heard at the moment, so that work of theirs starts at the next poll; `None` while they are.
    pub lost: Option<String>,
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
