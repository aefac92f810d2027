//! Where keys and credits are changed: in the store itself, unless a server has it or one was named.

use std::sync::Arc;

use anyhow::Context as _;
use gristmill_store::{Store, StoreError};

use crate::client::Client;
use crate::config::Config;
use crate::config::source::Source;
use crate::wiring;

/// The store, or a server before it.
pub enum Place {
    /// Nobody else has it, or it serves many.
    Store(Arc<dyn Store>),
    /// It is asked.
    Server(Client),
}

impl Place {
    /// The store, unless another process has it or a server was named.
    pub async fn find(config: &Config) -> anyhow::Result<Self> {
        if config.said["server.url"].source != Source::Default {
            return Ok(Self::Server(Client::of(config)?));
        }
        std::fs::create_dir_all(&config.data).with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
        match wiring::open_store(config).await {
            Ok(store) => Ok(Self::Store(store)),
            Err(error) if matches!(error.downcast_ref(), Some(StoreError::InUse { .. })) => Ok(Self::Server(Client::of(config)?)),
            Err(error) => Err(error),
        }
    }
}
