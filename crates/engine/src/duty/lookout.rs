//! The lookout: looks whether files that jobs name have come. A look is one request; who looks when is a row's own time.

use std::time::Duration;

use futures::{StreamExt, stream};
use gristmill_model::{Fault, Problem};
use gristmill_store::{Arrival, Arrived, Awaited, Come};

use super::pause_after;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::pointer::{Pointer, SourceError};

/// How often it asks the store what is due, without being woken.
const TURN: Duration = Duration::from_secs(2);
/// The most looks a turn takes, and how many of them at once.
const BATCH: u32 = 256;
const AT_ONCE: usize = 8;

pub(super) async fn run(engine: Engine) {
    loop {
        if let Err(error) = turn(&engine).await {
            pause_after(&error, "lookout").await;
        }
        let woken = engine.parts.wake.lookout.notified();
        // Woken or not, the store is asked; a turn without work costs one indexed read.
        let _ = tokio::time::timeout(TURN, woken).await;
    }
}

async fn turn(engine: &Engine) -> Result<(), EngineError> {
    let due = engine.parts.store.looks(engine.parts.terms.pace, BATCH).await?;
    stream::iter(due).for_each_concurrent(AT_ONCE, |awaited| look(engine, awaited)).await;
    Ok(())
}

/// What cannot be told now is told by a later look.
async fn look(engine: &Engine, awaited: Awaited) {
    let Some(pointer) = Pointer::parse(&awaited.source) else { return };
    let file = awaited.file;
    match found(engine, &awaited, &pointer).await {
        Ok(None) => {}
        Ok(Some(found)) => {
            if let Err(error) = arrive(engine, Arrival { file, found }).await {
                tracing::warn!(%file, error = &error as &dyn std::error::Error, "lookout.arrival failed");
            }
        }
        Err(error) => tracing::warn!(%file, error = &error as &dyn std::error::Error, "lookout.look failed"),
    }
}

/// What stands there now: nothing yet, a file, or what can never be one.
async fn found(engine: &Engine, awaited: &Awaited, pointer: &Pointer) -> Result<Option<Result<Come, Problem>>, EngineError> {
    let object = match engine.parts.sources.open(&awaited.owner, pointer).await {
        Ok(object) => object,
        // Buckets that may not be listed refuse what is not there.
        Err(error) if error.is_absent() || error.retry() || error.code() == "source_refused" => return Ok(None),
        Err(error) => return Ok(Some(Err(never(error, pointer)))),
    };
    let measure = engine.measure_object(pointer, &object).await?;
    let come = Come {
        bytes: object.size(),
        tag: object.tag().map(str::to_owned),
        estimates: engine.estimates(&awaited.plan, object.size()),
        price: engine.parts.terms.prices.price(&measure),
    };
    Ok(Some(Ok(come)))
}

async fn arrive(engine: &Engine, arrival: Arrival) -> Result<(), EngineError> {
    let file = arrival.file;
    match engine.parts.store.arrive(arrival).await? {
        Arrived::Gone | Arrived::Waits => {}
        Arrived::Last => {
            engine.ring().await;
            engine.ended().await;
        }
        Arrived::Short { needed, available } => {
            let message =
                format!("The file has come; it costs {needed} credits and {available} were there. Get more, and submit it again.");
            let problem = Problem::new(Fault::Limit, "credits_short", message);
            Box::pin(arrive(engine, Arrival { file, found: Err(problem) })).await?;
        }
    }
    Ok(())
}

fn never(error: SourceError, pointer: &Pointer) -> Problem {
    error.failed(pointer).problem
}
