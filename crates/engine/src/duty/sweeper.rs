//! The sweeper: removes blobs that no row names: of an ended job the results of attempts that were lost, stale or cancelled, and once
//! an hour whatever belongs to jobs that were never written.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::FutureExt;
use gristmill_model::JobId;

use super::pause_after;
use crate::artifact::{job_prefix, source_key};
use crate::engine::Engine;
use crate::error::EngineError;

/// How often it looks without being woken.
const TURN: Duration = Duration::from_secs(30);
/// The most jobs a turn sweeps.
const BATCH: u32 = 100;

/// How often it looks for jobs without rows, and how old such a job must be: a submit stores its files before it writes its rows.
const UNKNOWN: Duration = Duration::from_secs(3600);

pub(super) async fn run(engine: Engine) {
    let mut unknown = tokio::time::interval(UNKNOWN);
    loop {
        if let Err(error) = turn(&engine).await {
            pause_after(&error, "sweeper").await;
        }
        if unknown.tick().now_or_never().is_some()
            && let Err(error) = sweep_unknown(&engine, UNKNOWN).await
        {
            pause_after(&error, "sweeper").await;
        }
        let woken = engine.parts.wake.sweeper.notified();
        // Woken or not, the store is asked; a turn without work costs one indexed read.
        let _ = tokio::time::timeout(TURN, woken).await;
    }
}

/// Removes the blobs of jobs that have no row and are older than `age`. An id tells when it was made.
pub(crate) async fn sweep_unknown(engine: &Engine, age: Duration) -> Result<u64, EngineError> {
    let now = engine.parts.store.now().await?;
    let keys = engine.parts.blobs.list(&crate::artifact::all_jobs()).await?;
    let jobs: BTreeSet<JobId> = keys.iter().filter_map(|key| key.as_str().split('/').nth(1)?.parse().ok()).collect();
    let mut swept = 0;
    for job in jobs.into_iter().filter(|job| job.made_at().is_some_and(|at| now - at > age)) {
        if engine.parts.store.job(job).await?.is_none() {
            tracing::info!(%job, "sweeper.unknown job");
            engine.parts.blobs.delete_prefix(&job_prefix(job)).await?;
            swept += 1;
        }
    }
    Ok(swept)
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
    let mut named: BTreeSet<String> = files.iter().map(|f| source_key(f.id).to_string()).collect();
    named.extend(engine.parts.store.artifacts(job, None).await?.into_iter().map(|p| p.key));
    for key in found {
        if !named.contains(key.as_str()) {
            engine.parts.blobs.delete(&key).await?;
        }
    }
    Ok(true)
}
