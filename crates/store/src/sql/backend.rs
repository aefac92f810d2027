//! What a dialect brings: transactions to write in and views to read from.

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::tx::Tx;
use crate::Result;

/// What runs in a transaction. It is committed when it answers `Ok`, and leaves nothing when it does not.
pub(crate) type Work<T> = Box<dyn for<'t> FnOnce(&'t mut dyn Tx) -> BoxFuture<'t, Result<T>> + Send>;

/// A dialect of SQL with its connections.
#[async_trait]
pub(crate) trait Backend: Send + Sync + 'static {
    /// Runs `work` in a transaction and returns once it is durable.
    async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T>;

    /// The clock of the store.
    async fn clock(&self) -> Result<gristmill_model::Timestamp>;

    /// Runs `work` on a view of the last commit.
    async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T>;
}

/// A verb as work: `work!(tx => verb(tx, argument))`. Arguments are moved in.
macro_rules! work {
    ($tx:ident => $call:expr) => {
        Box::new(move |$tx| Box::pin(async move { $call.await }))
    };
}
pub(crate) use work;
