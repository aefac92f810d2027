//! The outbox: brings effects to the world. Each is taken for a while, tried, and ended; one that nobody ended is taken again, under the
//! same id.

use std::time::Duration;

use gristmill_blob::BlobError;
use gristmill_deliver::mail::JobMail;
use gristmill_deliver::{Body, DeliverError, JobFacts, Message, webhook};
use gristmill_model::job::JobStatus;
use gristmill_model::queue::Queue;
use gristmill_model::{JobId, Timestamp};
use gristmill_store::{Effect, EffectBody, EffectEnd, Job, Moment, Money, StoreError};
use serde_json::json;
use tokio::task::JoinSet;

use super::{critical, pause_after};
use crate::engine::Engine;

/// How often it looks without being woken.
const TURN: Duration = Duration::from_secs(2);
/// The most effects that are on their way at the same time: one receiver that is silent holds up one of them.
const OPEN: usize = 32;
/// For how long a taken effect is nobody else's: longer than any way to people takes.
const LEASE: Duration = Duration::from_secs(60);
/// Waits between tries: the first, doubled with each, and the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(900);

/// How one try ended badly.
pub(super) struct Failure {
    pub(super) why: String,
    /// Whether it may go better later.
    pub(super) again: bool,
    /// The soonest at which the other side wants to be asked again.
    pub(super) after: Option<Duration>,
}

impl Failure {
    fn for_good(why: String) -> Self {
        Self { why, again: false, after: None }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { why: error.to_string(), again: error.retry(), after: None }
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        Self { why: error.to_string(), again: error.retry(), after: None }
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        Self { why: chain(&error), again: error.retry(), after: error.after() }
    }
}

pub(super) async fn run(engine: Engine) {
    // What is on its way when this ends is taken again after its lease.
    let mut open = JoinSet::new();
    loop {
        let taken = match take(&engine, OPEN - open.len()).await {
            Ok(taken) => taken,
            Err(error) => {
                pause_after(&error.into(), "outbox").await;
                continue;
            }
        };
        let full = taken.len() + open.len() == OPEN;
        for effect in taken {
            let engine = engine.clone();
            open.spawn(async move { attempt(&engine, &effect).await });
        }
        tokio::select! {
            Some(_) = open.join_next() => {}
            // Woken or not, the store is asked; that costs one indexed read when there is nothing to do.
            () = engine.parts.wake.outbox.notified(), if !full => {}
            () = tokio::time::sleep(TURN), if !full => {}
        }
    }
}

async fn take(engine: &Engine, most: usize) -> Result<Vec<Effect>, StoreError> {
    match u32::try_from(most).unwrap_or(u32::MAX) {
        0 => Ok(Vec::new()),
        most => engine.parts.store.take_effects(most, LEASE).await,
    }
}

/// One try of one effect, and its end.
async fn attempt(engine: &Engine, effect: &Effect) {
    let ended = async {
        let end = match bring(engine, effect).await {
            Ok(true) => return Ok(()),
            Ok(false) => EffectEnd::Done,
            Err(failure) => after(effect, failure, engine.parts.store.now().await?),
        };
        engine.parts.store.end_effect(effect.id, end).await
    };
    match ended.await {
        Ok(()) => engine.ring().await,
        // It is tried again when its lease is over, under the same id.
        Err(error) => tracing::error!(effect = %effect.id, error = &error as &dyn std::error::Error, "store.end_effect failed"),
    }
}

/// What becomes of an effect that failed: steps of the critical-error path are given up after a few tries, so that the next can
/// begin; webhooks have their schedule; all else is tried for as long as its queue keeps it.
fn after(effect: &Effect, failure: Failure, now: Timestamp) -> EffectEnd {
    let tired = match &effect.body {
        EffectBody::Critical { .. } => effect.tries >= critical::TRIES,
        // Their schedule has an end of its own.
        EffectBody::Webhook { .. } => false,
        _ => now - effect.created_at > Queue::Notifications.expires(),
    };
    tracing::warn!(effect = %effect.id, kind = effect.body.kind(), tries = effect.tries, why = failure.why, "effect.failed");
    let wait = match &effect.body {
        EffectBody::Webhook { .. } => webhook::wait(effect.tries, failure.after, noise(effect)),
        _ => Some(FIRST.saturating_mul(1 << effect.tries.min(16)).min(LONGEST).max(failure.after.unwrap_or_default())),
    };
    match wait {
        Some(wait) if failure.again && !tired => EffectEnd::Again(wait, failure.why),
        _ => EffectEnd::GaveUp(failure.why),
    }
}

/// Another number for each message: the end of its id is random.
fn noise(effect: &Effect) -> u32 {
    effect.id.uuid().as_u128() as u32
}

/// An error with its causes, which is what an operator must see.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source()).map(|e| format!(": {e}"));
    std::iter::once(error.to_string()).chain(causes).collect()
}

/// Does what an effect is. `true` when its end was written with it.
async fn bring(engine: &Engine, effect: &Effect) -> Result<bool, Failure> {
    match &effect.body {
        EffectBody::Mail { to, about } => {
            let Some(job) = effect.job else { return Ok(false) };
            let letter = engine.parts.terms.templates.job(mail(*about), &facts(engine, job).await?)?;
            send(engine, effect, letter.to(to.clone())).await?;
        }
        EffectBody::Webhook { url, about } => {
            let Some(job) = effect.job else { return Ok(false) };
            let payload = payload(engine, job, *about).await?;
            send(engine, effect, Body::Webhook { url: url.clone(), payload }).await?;
        }
        EffectBody::Delete { prefix } => delete(engine, prefix).await?,
        EffectBody::Critical { step, problem } => return critical::bring(engine, effect, *step, problem).await,
    }
    Ok(false)
}

pub(super) async fn delete(engine: &Engine, prefix: &str) -> Result<(), Failure> {
    let key = prefix.parse().map_err(|e| Failure::for_good(format!("the prefix `{prefix}` cannot be one: {e}")))?;
    Ok(engine.parts.blobs.delete_prefix(&key).await?)
}

/// Delivers a message under the effect's own id.
pub(super) async fn send(engine: &Engine, effect: &Effect, body: Body) -> Result<(), Failure> {
    let message = Message { id: effect.id, at: effect.created_at, body };
    Ok(engine.parts.deliver.deliver(&message).await?)
}

fn mail(about: Moment) -> JobMail {
    match about {
        Moment::Started => JobMail::Started,
        Moment::Finished => JobMail::Finished,
        Moment::Failed => JobMail::Failed,
    }
}

/// A job that was deleted meanwhile is told of by nobody.
async fn row(engine: &Engine, id: JobId) -> Result<Job, Failure> {
    engine.parts.store.job(id).await?.ok_or_else(|| Failure::for_good("the job was deleted".to_owned()))
}

/// What mails tell of a job.
pub(super) async fn facts(engine: &Engine, id: JobId) -> Result<JobFacts, Failure> {
    let job = row(engine, id).await?;
    let files = engine.parts.store.files(id).await?;
    let refunded: i64 = files.iter().filter(|f| f.money == Money::Refunded).map(|f| f.price.0).sum();
    Ok(JobFacts {
        job: id,
        pipeline: job.pipeline.clone(),
        succeeded: job.counts.succeeded,
        skipped: job.counts.skipped,
        failed: job.counts.failed,
        status: job.status.to_string(),
        refunded: (refunded > 0).then(|| gristmill_model::credits::Credits(refunded).to_string()),
        url: engine.parts.terms.public_url.as_ref().map(|url| format!("{}/jobs/{id}", url.trim_end_matches('/'))),
    })
}

async fn payload(engine: &Engine, id: JobId, about: Moment) -> Result<serde_json::Value, Failure> {
    let job = row(engine, id).await?;
    let event = if job.status == JobStatus::Completed { "job.finished" } else { "job.failed" };
    Ok(json!({
        "event": if about == Moment::Started { "job.started" } else { event },
        "job": {"id": id, "status": job.status, "group": job.group, "metadata": job.metadata, "pipeline": job.pipeline,
                "counts": {"files": job.counts.files, "succeeded": job.counts.succeeded, "skipped": job.counts.skipped, "failed": job.counts.failed}},
    }))
}
