//! The outbox: brings effects to the world. Each is taken for a while, tried, and ended; one that nobody ended is taken again, under the
//! same id.

use std::time::{Duration, Instant};

use gristmill_blob::BlobError;
use gristmill_deliver::{Body, DeliverError, Message, Secrets, Topic, webhook};
use gristmill_model::Timestamp;
use gristmill_model::queue::Queue;
use gristmill_store::{Effect, EffectBody, EffectEnd, StoreError, Way};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::told::{self, Subject};
use super::{critical, pause_after};
use crate::engine::Engine;

/// How often it looks without being woken: a first try comes within two seconds of the commit, also of another process.
const TURN: Duration = Duration::from_secs(1);
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
    pub(super) hope: Hope,
}

/// Whether another try may go better.
pub(super) enum Hope {
    /// Yes; no sooner than this, if the other side said so.
    Later(Option<Duration>),
    /// Never.
    Never,
    /// Never as long as the settings of this service are as they are.
    Settings,
    /// The other side wants nothing more, neither this nor another.
    Gone,
}

impl Failure {
    pub(super) fn for_good(why: String) -> Self {
        Self { why, hope: Hope::Never }
    }

    fn later_if(why: String, later: bool) -> Self {
        Self { why, hope: if later { Hope::Later(None) } else { Hope::Never } }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::later_if(error.to_string(), error.retry())
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        Self::later_if(error.to_string(), error.retry())
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        let hope = match &error {
            e if e.retry() => Hope::Later(e.after()),
            e if e.gone() => Hope::Gone,
            DeliverError::Settings(_) => Hope::Settings,
            _ => Hope::Never,
        };
        Self { why: chain(&error), hope }
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
    let began = Instant::now();
    let ended = async {
        let end = match bring(engine, effect).await {
            Ok(Brought::Ended) => return Ok(()),
            Ok(Brought::Done) => EffectEnd::Done,
            Err(failure) => after(effect, failure, engine.parts.store.now().await?),
        };
        match effect.body.event() {
            Some(_) => engine.parts.store.end_delivery(effect.id, end, began.elapsed()).await,
            None => engine.parts.store.end_effect(effect.id, end).await,
        }
    };
    match ended.await {
        Ok(()) => engine.ring().await,
        // It is tried again when its lease is over, under the same id.
        Err(error) => {
            tracing::error!(effect = %effect.id, error = &error as &dyn std::error::Error, "the end of an effect was not written")
        }
    }
}

/// What becomes of an effect that failed: steps of the critical-error path are given up after a few tries, so that the next can
/// begin; webhooks have their schedule; all else is tried for as long as its queue keeps it.
fn after(effect: &Effect, failure: Failure, now: Timestamp) -> EffectEnd {
    let Failure { why, hope } = failure;
    tracing::warn!(effect = %effect.id, kind = effect.body.kind(), tries = effect.tries, why, "effect.failed");
    let asked = match hope {
        Hope::Later(asked) => asked,
        Hope::Never => return EffectEnd::GaveUp(why),
        Hope::Settings => return EffectEnd::Undelivered(why),
        Hope::Gone => return EffectEnd::Gone(why),
    };
    match wait(effect, asked, now) {
        Some(wait) => EffectEnd::Again(wait, why),
        None => EffectEnd::Undelivered(why),
    }
}

/// How long until the next try; `None` when there is none.
fn wait(effect: &Effect, asked: Option<Duration>, now: Timestamp) -> Option<Duration> {
    if effect.body.kind() == "webhook" {
        return webhook::wait(effect.tries, asked, noise(effect));
    }
    let tired = match &effect.body {
        EffectBody::Critical { .. } => effect.tries >= critical::TRIES,
        _ => now - effect.created_at > Queue::Notifications.expires(),
    };
    let step = FIRST.saturating_mul(1 << effect.tries.min(16)).min(LONGEST);
    (!tired).then(|| step.max(asked.unwrap_or_default()))
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

/// What a try that did not fail has come to.
pub(super) enum Brought {
    /// It is done, which is to be written.
    Done,
    /// Its end was written with what it did.
    Ended,
}

/// Does what an effect is.
async fn bring(engine: &Engine, effect: &Effect) -> Result<Brought, Failure> {
    match &effect.body {
        EffectBody::Mail { to, about } => told::tell(engine, effect, &Way::Mail(to.clone()), Subject::Job(*about)).await?,
        EffectBody::Webhook { url, about } => told::tell(engine, effect, &Way::Url(url.clone()), Subject::Job(*about)).await?,
        EffectBody::Endpoint { endpoint, about } => told::tell(engine, effect, &Way::Endpoint(*endpoint), Subject::Job(*about)).await?,
        EffectBody::Group { way, group } => told::tell(engine, effect, way, Subject::Group(group)).await?,
        EffectBody::Announce { queue, kind, payload } => announce(engine, effect, *queue, kind, payload).await?,
        EffectBody::Undelivered { .. } => told::admin(engine, effect).await?,
        EffectBody::Delete { prefix } => delete(engine, prefix).await?,
        EffectBody::Critical { step, problem } => return critical::bring(engine, effect, *step, problem).await,
    }
    Ok(Brought::Done)
}

/// Shows something to other programs, with where and when.
async fn announce(engine: &Engine, effect: &Effect, queue: Queue, kind: &str, payload: &Value) -> Result<(), Failure> {
    let mut payload = payload.clone();
    payload["at"] = json!(effect.created_at.to_string());
    payload["url"] = json!(effect.job.and_then(|job| engine.page_of(job)));
    let topic = match queue {
        Queue::Events => Topic::Events,
        Queue::Notifications => Topic::Notifications,
        dead => Topic::Dead(dead),
    };
    send(engine, effect, Body::Announcement { topic, kind: kind.to_owned(), payload }).await
}

pub(super) async fn delete(engine: &Engine, prefix: &str) -> Result<(), Failure> {
    let key = prefix.parse().map_err(|e| Failure::for_good(format!("the prefix `{prefix}` cannot be one: {e}")))?;
    Ok(engine.parts.blobs.delete_prefix(&key).await?)
}

/// Delivers a message under the effect's own id.
pub(super) async fn send(engine: &Engine, effect: &Effect, body: Body) -> Result<(), Failure> {
    send_signed(engine, effect, body, Secrets::default()).await
}

/// The same, signed with the receiver's own secrets.
pub(super) async fn send_signed(engine: &Engine, effect: &Effect, body: Body, secrets: Secrets) -> Result<(), Failure> {
    let message = Message { id: effect.id, at: effect.created_at, body, secrets };
    Ok(engine.parts.deliver.deliver(&message).await?)
}
