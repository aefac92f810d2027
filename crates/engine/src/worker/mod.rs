//! The worker: claims tasks while it has slots, runs each as an attempt, keeps leases alive, and drains when told.

mod attempt;
mod claims;
mod gather;
mod keeper;
mod leases;
mod reuse;
mod scratch;
mod settler;
mod source;
mod streaming;

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::WorkerId;
use gristmill_model::operation::Class;
use gristmill_operate::Tools;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::engine::Engine;
use leases::Leases;
use settler::Settler;
pub use streaming::Streaming;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks at once, per class.
    pub slots: Vec<(Class, u32)>,
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// How often leases are renewed, progress is written and cancellations are seen.
    pub beat: Duration,
    /// Jobs of which it runs something at once.
    pub most_jobs: u32,
    /// No new task while more than this share (0..=1) of the memory is in use; `None` does not ask.
    pub most_memory: Option<f64>,
    /// How long to wait before looking again without a ring.
    pub poll: Duration,
    /// How files in a bucket are read.
    pub streaming: Streaming,
    /// The most bytes that one attempt may have in its scratch folder; `None` leaves it to the disk.
    pub most_scratch: Option<u64>,
}

/// Three times the largest upload there may be, unless configured: a ladder of renditions takes about as much as its film.
const MOST_SCRATCH: u64 = 64 << 30;

/// `MAX_CONCURRENT_JOBS`, unless configured.
const MOST_JOBS: u32 = 3;

impl Settings {
    /// The defaults for a machine with `cores`: lease 30 s, beat 1 s; one slot a core for images, one for video, which uses all cores
    /// itself; three jobs at once; no new task above 85 % of the memory; 64 GiB of scratch an attempt.
    pub fn for_cores(cores: u32) -> Self {
        let slots = vec![(Class::Io, 2 * cores.max(2)), (Class::CpuSmall, cores.max(1)), (Class::CpuLarge, 1.max(cores / 4))];
        let (lease, beat, poll) = (Duration::from_secs(30), Duration::from_secs(1), Duration::from_secs(1));
        let (most_memory, most_scratch) = (Some(0.85), Some(MOST_SCRATCH));
        Self { slots, lease, beat, most_jobs: MOST_JOBS, most_memory, poll, streaming: Streaming::default(), most_scratch }
    }
}

/// What the parts of one worker share.
pub(crate) struct Shared {
    pub(crate) id: WorkerId,
    pub(crate) engine: Engine,
    pub(crate) tools: Tools,
    pub(crate) settings: Settings,
    pub(crate) leases: Leases,
    settler: Settler,
    gateway: source::Started,
    /// Set when nothing more may be claimed.
    pub(crate) draining: CancellationToken,
}

/// A running worker. Dropping it is a crash; [`Worker::drain`] is the polite end.
pub struct Worker {
    shared: Arc<Shared>,
    claiming: Option<JoinHandle<()>>,
    beating: Option<std::thread::JoinHandle<()>>,
    stop_beating: CancellationToken,
}

impl Worker {
    /// Starts claiming.
    pub fn start(engine: Engine, tools: Tools, settings: Settings) -> Self {
        Self::start_as(WorkerId::from_uuid(Uuid::now_v7()), engine, tools, settings)
    }

    /// Starts claiming under an id that duties know of; see [`Duties::start`](crate::duty::Duties::start).
    pub fn start_as(id: WorkerId, engine: Engine, tools: Tools, settings: Settings) -> Self {
        let (leases, draining) = (Leases::default(), CancellationToken::new());
        let settler = Settler::start(engine.parts.store.clone());
        let shared = Arc::new(Shared { id, engine, tools, settings, leases, settler, gateway: source::Started::default(), draining });
        let stop_beating = CancellationToken::new();
        let beating = leases::beat(shared.clone(), stop_beating.clone());
        let claiming = Some(tokio::spawn(claims::run(shared.clone())));
        Self { shared, claiming, beating, stop_beating }
    }

    /// Claims nothing more, lets running tasks go on for `grace`, then gives them back, and returns when none is left.
    pub async fn drain(mut self, grace: Duration) {
        self.shared.draining.cancel();
        if let Some(claiming) = self.claiming.take() {
            // The loop ends by itself once it sees the drain; a panic in it was logged by the runtime.
            let _ = claiming.await;
        }
        if tokio::time::timeout(grace, self.shared.leases.none_left()).await.is_err() {
            self.shared.leases.give_all_back();
            self.shared.leases.none_left().await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.draining.cancel();
        if let Some(claiming) = self.claiming.take() {
            claiming.abort();
        }
        self.shared.leases.stop_all();
        self.stop_beating.cancel();
        if let Some(thread) = self.beating.take() {
            // It ends within one write; a panic in it was logged.
            let _ = thread.join();
        }
    }
}
