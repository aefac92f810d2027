//! What ten thousand running tasks cost that report each second: rows written for progress and for leases.

use std::time::{Duration, Instant};

use gristmill_model::WorkerId;
use gristmill_model::operation::Class;
use gristmill_operate::Registry;
use gristmill_store::{Beat, Claim, Heartbeat, Room};
use serde_json::json;
use uuid::Uuid;

use super::Ground;
use super::flow::input;
use crate::bench::figures::percentile;
use crate::bench::rig::Rig;

const NOOP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";
const RUNNING: usize = 10_000;
const BEATS: u32 = 10;

/// One worker's heartbeats as its lease keeper sends them: every lease named, a tenth of the progress written.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let rig = Rig::open(ground.config, NOOP, Registry::standard(), &ground.rows().await?).await?;
    let sources = vec![input(&rig).await?; RUNNING];
    rig.submit("bench", &sources).await?;
    let (worker, store) = (WorkerId::from_uuid(Uuid::now_v7()), rig.mill.engine.store());
    let room = vec![Room { class: Class::Io, free: RUNNING as u32, slots: RUNNING as u32, large: 0 }];
    let lease = Duration::from_secs(600);
    let held = store.claim(Claim { worker, room, lease, most_jobs: u32::MAX, jobs: Vec::new(), turn: String::new() }).await?;
    anyhow::ensure!(held.len() == RUNNING, "only {} of {RUNNING} run", held.len());
    let mut times = Vec::new();
    for turn in 0..BEATS {
        let chosen = held.iter().skip(turn as usize).step_by(BEATS as usize);
        let beats =
            chosen.map(|t| Beat { task: t.task, fence: t.fence, progress: f64::from(turn) / 20.0, phase: "working".into() }).collect();
        let all = held.iter().map(|t| (t.task, t.fence)).collect();
        let begun = Instant::now();
        store.heartbeat(Heartbeat { worker, lease, held: all, beats, draining: false }).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    rig.mill.drain(Duration::ZERO).await;
    let own = json!({"running": RUNNING, "beat_ms": 1000, "each_written_every_s": BEATS});
    ground.print("rows written by heartbeats", RUNNING as f64 / f64::from(BEATS) + 1.0, "rows/s", own.clone());
    ground.print("statements written by heartbeats", 2.0, "statements/s", own.clone());
    ground.print("heartbeat p50", percentile(&times, 0.5), "ms", own);
    Ok(())
}
