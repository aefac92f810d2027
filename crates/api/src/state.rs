//! What every route may use.

use std::sync::Arc;

use axum::extract::FromRef;
use gristmill_engine::Engine;

use crate::keyring::Keyring;
use crate::routes::{Keys, Requests};
use crate::settings::Settings;

/// The engine and the door's own small state. Cheap to clone.
#[derive(Clone, FromRef)]
pub(crate) struct Door {
    /// The verbs.
    pub engine: Engine,
    /// How the door behaves.
    pub settings: Arc<Settings>,
    /// Idempotency keys of requests that are running now.
    pub keys: Keys,
    /// Keys that were seen lately.
    pub keyring: Keyring,
    /// Counts of answered requests.
    pub requests: Requests,
}

impl Door {
    pub(crate) fn new(engine: Engine, settings: Settings) -> Self {
        Self { engine, settings: Arc::new(settings), keys: Keys::default(), keyring: Keyring::default(), requests: Requests::default() }
    }
}
