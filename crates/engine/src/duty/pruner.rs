//! The pruner: removes what is past its time: rows, uploads to which nothing came, and what was begun in storage and left.

use std::time::Duration;

use super::pause_after;
use crate::engine::Engine;
use crate::error::EngineError;

/// How often it looks.
const TURN: Duration = Duration::from_secs(600);
/// Nothing of what is made in storage stands still for so long and then goes on.
const ABANDONED: Duration = Duration::from_secs(2 * 86_400);
/// The most jobs whose events one turn removes, and the most uploads.
const BATCH: u32 = 1_000;

pub(super) async fn run(engine: Engine) {
    let mut turns = tokio::time::interval(TURN);
    loop {
        turns.tick().await;
        if let Err(error) = turn(&engine).await {
            pause_after(&error, "pruner").await;
        }
    }
}

async fn turn(engine: &Engine) -> Result<(), EngineError> {
    let rows = engine.parts.store.prune(BATCH).await?;
    let uploads = engine.parts.store.prune_uploads(BATCH).await?;
    let begun = engine.parts.blobs.tidy(ABANDONED).await?;
    if rows + uploads + begun as u64 > 0 {
        tracing::info!(rows, uploads, begun, "pruner.removed");
    }
    Ok(())
}
