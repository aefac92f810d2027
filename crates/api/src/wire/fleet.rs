//! Queues and workers, as operators see them.

use std::collections::BTreeMap;

use gristmill_model::Timestamp;
use gristmill_store as rows;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::broker::{BrokerQueue, Told};

/// How a queue stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Queue {
    /// Its name.
    #[schema(example = "upload.normal")]
    pub name: &'static str,
    /// Since when nothing of it is claimed, if so.
    #[schema(format = DateTime)]
    pub paused_at: Option<String>,
    /// Tasks (in `notifications`: messages) that may be taken now.
    pub ready: u64,
    /// Those that wait for their time.
    pub delayed: u64,
    /// Tasks that run.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Since when the longest waiting one waits.
    #[schema(format = DateTime)]
    pub oldest_at: Option<String>,
    /// How long that is.
    pub oldest_seconds: Option<f64>,
    /// How long a task may wait here.
    pub expires_seconds: u64,
    /// How long dead letters are kept.
    pub dead_kept_seconds: u64,
}

impl Queue {
    /// A queue as it stands at `now`.
    pub(crate) fn new(state: &rows::QueueState, now: Timestamp) -> Self {
        Self {
            name: state.queue.as_str(),
            paused_at: time(state.paused_at),
            ready: state.ready,
            delayed: state.delayed,
            running: state.running,
            dead: state.dead,
            oldest_at: time(state.oldest),
            oldest_seconds: state.oldest.map(|at| (now - at).as_secs_f64()),
            expires_seconds: state.queue.expires().as_secs(),
            dead_kept_seconds: state.queue.dead_kept().as_secs(),
        }
    }
}

/// All queues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QueuePage {
    /// Those that go first come first.
    pub items: Vec<Queue>,
    /// The brokers beside the store, if there are any. Rows are the truth: what lies at a broker comes in, or tells of what happened.
    pub brokers: Vec<Broker>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}

/// A broker, as it was up to five seconds ago.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Broker {
    /// What it is.
    #[schema(example = "rabbitmq")]
    pub server: &'static str,
    /// Its queues; none while it is away.
    pub queues: Vec<QueueAtBroker>,
    /// Why it did not answer, if so.
    pub error: Option<String>,
}

/// How a queue of a broker stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QueueAtBroker {
    /// Its name there.
    #[schema(example = "upload.normal.dlq")]
    pub name: String,
    /// Messages that nobody has taken yet.
    pub depth: u64,
    /// Who reads it; null where the broker does not tell.
    pub consumers: Option<u64>,
    /// How long the oldest of them has been there; null where there is none, or the broker does not tell.
    pub oldest_seconds: Option<f64>,
}

impl From<Told> for Broker {
    fn from(told: Told) -> Self {
        let (queues, error) = told.queues.map_or_else(|error| (Vec::new(), Some(error)), |queues| (queues, None));
        Self { server: told.server, queues: queues.into_iter().map(QueueAtBroker::from).collect(), error }
    }
}

impl From<BrokerQueue> for QueueAtBroker {
    fn from(queue: BrokerQueue) -> Self {
        let BrokerQueue { name, depth, consumers, oldest } = queue;
        Self { name, depth, consumers, oldest_seconds: oldest.map(|age| age.as_secs_f64()) }
    }
}

/// A worker process.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Worker {
    /// `worker_` and 32 hexadecimal digits; another at every start.
    pub id: String,
    /// Its machine and process.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Tasks it runs at once, by class.
    #[schema(example = json!({"io": 4, "cpu-small": 2, "cpu-large": 1}))]
    pub slots: BTreeMap<String, u32>,
    /// Tasks it runs now.
    pub running: u32,
    /// Whether it counts as alive.
    pub alive: bool,
    /// Whether it claims nothing more.
    pub draining: bool,
    /// When it started.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// When it was last heard of.
    #[schema(format = DateTime)]
    pub seen_at: String,
    /// How long ago that is.
    pub seen_seconds: f64,
}

impl Worker {
    /// A worker as it stands at `now`.
    pub(crate) fn new(row: rows::Worker, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            version: row.version,
            slots: row.slots.iter().map(|(class, n)| (class.to_string(), *n)).collect(),
            running: row.running,
            alive: row.alive,
            draining: row.draining,
            started_at: row.started_at.to_string(),
            seen_at: row.seen_at.to_string(),
            seen_seconds: (now - row.seen_at).as_secs_f64(),
        }
    }
}

/// The workers that were heard of lately.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WorkerPage {
    /// The workers.
    pub items: Vec<Worker>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}

/// Slots that would suit the work there is, for an autoscaler.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Scaler {
    /// Tasks that are ready or run, by class.
    #[schema(example = json!({"io": 0, "cpu-small": 12, "cpu-large": 1}))]
    pub slots: BTreeMap<String, u64>,
}
