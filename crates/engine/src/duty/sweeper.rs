//! The sweeper: removes blobs of an ended job that no row names: results of attempts that were lost, stale or cancelled.

use std::collections::BTreeSet;
use std::time::Duration;

use gristmill_model::JobId;

use super::pause_after;
use crate::artifact::{job_prefix, source_key};
use crate::engine::Engine;
use crate::error::EngineError;

/// How often it looks without being woken.
const TURN: Duration = Duration::from_secs(30);
/// The most jobs a turn sweeps.
const BATCH: u32 = 100;

pub(super) async fn run(engine: Engine) {
    loop {
        if let Err(error) = turn(&engine).await {
            pause_after(&error, "sweeper").await;
        }
        let woken = engine.parts.sweep.notified();
        // Woken or not, the store is asked; a turn without work costs one indexed read.
        let _ = tokio::time::timeout(TURN, woken).await;
    }
}

async fn turn(engine: &Engine) -> Result<(), EngineError> {
    for job in engine.parts.store.unswept(BATCH).await? {
        if sweep(engine, job).await? {
            engine.parts.store.swept(job).await?;
        }
    }
    Ok(())
}

/// Lists before it reads the rows, so that what an attempt of a retried job publishes meanwhile is never taken for unnamed.
/// `false` when the job runs again: then it is swept after its next end.
async fn sweep(engine: &Engine, job: JobId) -> Result<bool, EngineError> {
    let found = engine.parts.blobs.list(&job_prefix(job)).await?;
    if !engine.parts.store.job(job).await?.is_some_and(|j| j.status.ended()) {
        return Ok(false);
    }
    let files = engine.parts.store.files(job).await?;
    let mut named: BTreeSet<String> = files.iter().map(|f| source_key(job, f.id).to_string()).collect();
    named.extend(engine.parts.store.artifacts(job, None).await?.into_iter().map(|p| p.key));
    for key in found {
        if !named.contains(key.as_str()) {
            engine.parts.blobs.delete(&key).await?;
        }
    }
    Ok(true)
}
