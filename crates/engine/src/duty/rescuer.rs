//! The rescuer: settles tasks whose lease or deadline has passed, by the same road as a worker would.

use std::time::Duration;

use gristmill_model::WorkerId;
use gristmill_model::task::Input;
use gristmill_store::{Overdue, Settlement};

use super::pause_after;
use crate::engine::Engine;
use crate::error::EngineError;

/// How often it looks. With a lease of 30 s a lost task is claimable again within 35 s.
const TURN: Duration = Duration::from_secs(5);
/// The most tasks a turn rescues, so that a turn stays short however many were lost.
const BATCH: u32 = 500;

pub(super) async fn run(engine: Engine, sole: Option<WorkerId>) {
    if let Some(sole) = sole {
        while let Err(error) = rescue_orphans(&engine, sole).await {
            pause_after(&error, "rescuer").await;
        }
    }
    let mut turns = tokio::time::interval(TURN);
    loop {
        turns.tick().await;
        if let Err(error) = rescue_overdue(&engine).await {
            pause_after(&error, "rescuer").await;
        }
    }
}

async fn rescue_orphans(engine: &Engine, sole: WorkerId) -> Result<(), EngineError> {
    let orphans = engine.parts.store.orphans(sole).await?;
    settle(engine, orphans).await
}

async fn rescue_overdue(engine: &Engine) -> Result<(), EngineError> {
    let overdue = engine.parts.store.overdue(BATCH).await?;
    settle(engine, overdue).await
}

async fn settle(engine: &Engine, found: Vec<Overdue>) -> Result<(), EngineError> {
    if found.is_empty() {
        return Ok(());
    }
    let mut settlements = Vec::with_capacity(found.len());
    for task in found {
        let input = if task.deadline { Input::TimedOut } else { Input::WorkerLost };
        tracing::warn!(task = %task.task, deadline = task.deadline, "task.rescued");
        settlements.push(Settlement::bare(task.task, task.fence, input));
    }
    engine.parts.store.settle(settlements).await?;
    engine.ended().await;
    Ok(())
}
