//! The scheduler: what time brings. Jobs that waited or ran for too long are stopped, owners are warned of slow queues, and work that
//! comes again and again is submitted.

use std::time::Duration;

use super::pause_after;
use crate::engine::Engine;
use crate::error::EngineError;

/// How often it looks.
const TURN: Duration = Duration::from_secs(5);
/// After waiting this long for its start a job is told of by a warning event.
const SLOW: Duration = Duration::from_secs(600);
/// The most jobs of each kind a turn handles.
const BATCH: u32 = 200;

pub(super) async fn run(engine: Engine) {
    let mut turns = tokio::time::interval(TURN);
    loop {
        turns.tick().await;
        if let Err(error) = turn(&engine).await {
            pause_after(&error, "scheduler").await;
        }
    }
}

async fn turn(engine: &Engine) -> Result<(), EngineError> {
    let store = &engine.parts.store;
    let mut ended = store.expire_tasks(BATCH).await? > 0;
    for (job, why) in store.too_long(BATCH).await? {
        tracing::warn!(%job, ?why, "job.stopped");
        ended |= store.stop(job, why).await?;
    }
    store.warn_waiting(SLOW, BATCH).await?;
    engine.fire_crons().await?;
    if ended {
        engine.ended().await;
    }
    Ok(())
}
