//! What a doorbell over a server costs beside that of one process, or its loss: the flow, and how soon an idle worker begins.

use serde_json::json;

use super::Ground;
use super::{flow, pickup};
use crate::bench::figures::{median, percentile};

/// The doorbell of one process.
const MEMORY: &str = "memory:";

/// Measures both in turn, and prints each and how they compare.
pub async fn bench(ground: &Ground<'_>, url: &str) -> anyhow::Result<()> {
    let heard = || async {
        let doorbell = gristmill_doorbell::connect(url).await?;
        let state = doorbell.state();
        doorbell.close().await;
        anyhow::Ok(state)
    };
    let before = heard().await?;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..ground.args.rounds {
        here.push(flow::rate_with(ground, MEMORY).await?);
        there.push(flow::rate_with(ground, url).await?);
    }
    let (near, far) = (pickup::times(ground, Some(MEMORY)).await?.whole, pickup::times(ground, Some(url)).await?.whole);
    let after = heard().await?;
    let own = json!({"doorbell": before.server, "heard_before": before.lost.is_none(), "heard_after": after.lost.is_none(),
                     "jobs": ground.args.jobs, "files_per_job": ground.args.files, "slots": ground.args.slots, "rounds": ground.args.rounds,
                     "picks": ground.args.picks, "submits_ring": "a line of their own to the server, as another process"});
    let memory = json!({"doorbell": "memory"});
    ground.print("end to end with the doorbell of one process", median(&here), "tasks/s", memory.clone());
    ground.print("end to end with this doorbell", median(&there), "tasks/s", own.clone());
    ground.print("this doorbell's flow, of that of one process", 100.0 * median(&there) / median(&here), "%", own.clone());
    for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
        ground.print(&format!("pickup {which} with the doorbell of one process"), percentile(&near, share), "ms", memory.clone());
        ground.print(&format!("pickup {which} with this doorbell"), percentile(&far, share), "ms", own.clone());
    }
    Ok(())
}
