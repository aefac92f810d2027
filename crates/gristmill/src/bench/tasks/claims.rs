//! What a claim costs when very many tasks are ready, of many owners.

use std::time::{Duration, Instant};

use gristmill_model::WorkerId;
use gristmill_model::operation::Class;
use gristmill_operate::Registry;
use gristmill_store::{Claim, Room};
use serde_json::json;
use uuid::Uuid;

use super::Ground;
use super::flow::input;
use crate::bench::figures::percentile;
use crate::bench::rig::Rig;

const NOOP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";
const OWNERS: u32 = 50;
const FILES: u32 = 5_000;
const CLAIMS: u32 = 300;

/// The time of single claims for a few slots, with `ready` tasks of fifty owners waiting.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let rig = Rig::open(ground.config, NOOP, Registry::standard(), &ground.rows().await?).await?;
    let sources = vec![input(&rig).await?; FILES as usize];
    for n in 0..ground.args.ready.div_ceil(FILES) {
        rig.submit_for(&format!("owner-{:03}", n % OWNERS), "bench", &sources).await?;
    }
    for slots in [1, 16] {
        let times = times(&rig, slots).await?;
        for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
            let own = json!({"ready": ground.args.ready, "owners": OWNERS, "slots": slots, "claims": CLAIMS});
            ground.print(&format!("claim {which}"), percentile(&times, share), "ms", own);
        }
    }
    rig.mill.drain(Duration::ZERO).await;
    Ok(())
}

async fn times(rig: &Rig, slots: u32) -> anyhow::Result<Vec<f64>> {
    let worker = WorkerId::from_uuid(Uuid::now_v7());
    let (mut times, mut turn) = (Vec::new(), String::new());
    for _ in 0..CLAIMS {
        let room = vec![Room { class: Class::Io, free: slots, slots: 1_000_000, large: 0 }];
        let claim = Claim { worker, room, lease: Duration::from_secs(600), most_jobs: u32::MAX, jobs: Vec::new(), turn: turn.clone() };
        let begun = Instant::now();
        let claimed = rig.mill.engine.store().claim(claim).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(claimed.len() == slots as usize, "only {} of {slots} were claimed", claimed.len());
        turn = claimed.last().map(|c| c.owner.clone()).unwrap_or_default();
    }
    Ok(times)
}
