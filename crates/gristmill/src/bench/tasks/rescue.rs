//! How soon the tasks of a worker that was killed may be claimed again, with the usual lease of 30 s.

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
const WORKERS: usize = 20;
const LEASE: Duration = Duration::from_secs(30);
/// Workers die one after the other, so that the rescuer's turns are met at every moment.
const APART: Duration = Duration::from_millis(470);

/// Claims as workers that never say another word, and the times until their tasks were settled as lost.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let mut rig = Rig::open(ground.config, NOOP, Registry::standard(), &ground.rows().await?).await?;
    let sources = vec![input(&rig).await?; WORKERS];
    let job = rig.submit("bench", &sources).await?;
    rig.mill.attend_to_others();
    let store = rig.mill.engine.store();
    let mut died = Vec::new();
    for _ in 0..WORKERS {
        let room = vec![Room { class: Class::Io, free: 1, slots: 1000, large: 0 }];
        let worker = WorkerId::from_uuid(Uuid::now_v7());
        let claim = Claim { worker, room, lease: LEASE, most_jobs: u32::MAX, jobs: Vec::new(), turn: String::new() };
        let claimed = store.claim(claim).await?;
        anyhow::ensure!(claimed.len() == 1, "a task was to be claimed");
        died.push((claimed[0].task, claimed[0].fence, Instant::now()));
        tokio::time::sleep(APART).await;
    }
    let mut times = Vec::new();
    while times.len() < WORKERS {
        anyhow::ensure!(died.first().is_none_or(|(_, _, at)| at.elapsed() < Duration::from_secs(120)), "a task was never rescued");
        tokio::time::sleep(Duration::from_millis(50)).await;
        let running: Vec<_> =
            store.tasks(job, None).await?.into_iter().filter(|t| t.attempts > 0 && t.tally.losses == 0).map(|t| t.id).collect();
        died.retain(|(task, _, at)| {
            let rescued = !running.contains(task);
            if rescued {
                times.push(at.elapsed().as_secs_f64());
            }
            !rescued
        });
    }
    for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
        let own = json!({"workers": WORKERS, "lease_s": LEASE.as_secs(), "from": "the claim, which is the worker's last word", "to": "the task is claimable again"});
        ground.print(&format!("rescue {which}"), percentile(&times, share), "s", own);
    }
    rig.mill.drain(Duration::ZERO).await;
    Ok(())
}
