//! The pruner: removes what is past its time.

use std::time::Duration;

use super::pause_after;
use crate::engine::Engine;

/// How often it looks.
const TURN: Duration = Duration::from_secs(600);
/// The most jobs whose events one turn removes.
const BATCH: u32 = 1_000;

pub(super) async fn run(engine: Engine) {
    let mut turns = tokio::time::interval(TURN);
    loop {
        turns.tick().await;
        match engine.parts.store.prune(BATCH).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "pruner.removed"),
            Err(error) => pause_after(&error.into(), "pruner").await,
        }
    }
}
