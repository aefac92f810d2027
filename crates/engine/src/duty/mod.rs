//! The background loops. Each takes no input, may be run at any time and any number of times, by any number of processes, and finds
//! its work in the store.

mod critical;
mod lookout;
mod outbox;
mod pruner;
mod rescuer;
mod scheduler;
mod sweeper;
mod told;

use std::time::Duration;

use gristmill_model::WorkerId;
use tokio::task::JoinHandle;

use crate::engine::Engine;

/// Running duties. Dropping it stops them.
#[derive(Debug)]
pub struct Duties {
    loops: Vec<JoinHandle<()>>,
}

impl Duties {
    /// Starts every duty. `sole` names the only worker there can be, when the store serves one process: leases of all others
    /// belong to processes that have ended, and are settled as lost at once instead of when they run out.
    pub fn start(engine: Engine, sole: Option<WorkerId>) -> Self {
        let loops = vec![
            tokio::spawn(rescuer::run(engine.clone(), sole)),
            tokio::spawn(scheduler::run(engine.clone())),
            tokio::spawn(outbox::run(engine.clone())),
            tokio::spawn(lookout::run(engine.clone())),
            tokio::spawn(pruner::run(engine.clone())),
            tokio::spawn(sweeper::run(engine)),
        ];
        Self { loops }
    }
}

impl Drop for Duties {
    fn drop(&mut self) {
        self.loops.iter().for_each(JoinHandle::abort);
    }
}

/// Waits a little after a failure that a later turn may not meet.
async fn pause_after(error: &crate::EngineError, duty: &'static str) {
    tracing::error!(error = error as &dyn std::error::Error, duty, "duty.failed");
    tokio::time::sleep(Duration::from_secs(1)).await;
}
