//! The worker: claims tasks while it has slots, runs each as an attempt, keeps leases alive, and drains when told.

use std::time::Duration;

use gristmill_model::operation::Class;
use gristmill_operate::Tools;

use crate::engine::Engine;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Tasks at once, per class.
    pub slots: Vec<(Class, u32)>,
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// How often leases are renewed, progress is written and cancellations are seen.
    pub beat: Duration,
}

impl Settings {
    /// The defaults for a machine with `cores`: lease 30 s, beat 1 s; one slot a core for images, one for video, which uses all cores itself.
    pub fn for_cores(cores: u32) -> Self {
        let slots = vec![(Class::Io, 2 * cores.max(2)), (Class::CpuSmall, cores.max(1)), (Class::CpuLarge, 1.max(cores / 4))];
        Self { slots, lease: Duration::from_secs(30), beat: Duration::from_secs(1) }
    }
}

/// A running worker. Dropping it is a crash; [`Worker::drain`] is the polite end.
#[derive(Debug)]
pub struct Worker {}

impl Worker {
    /// Starts claiming.
    pub fn start(_engine: Engine, _tools: Tools, _settings: Settings) -> Self {
        Self {}
    }

    /// Claims nothing more, gives running tasks back after `grace`, and returns when none is left.
    pub async fn drain(self, _grace: Duration) {}
}
