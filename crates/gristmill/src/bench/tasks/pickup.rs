//! How soon an idle engine begins: from before a submit's rows are written to the operation's first line.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use gristmill_operate::Registry;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use super::Ground;
use super::flow::input;
use crate::bench::figures::percentile;
use crate::bench::rig::Rig;
use crate::bench::stamp::Stamp;
use crate::wiring::{self, OWNER};

const STAMP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"stamp\"\nop = \"bench-stamp\"\n";

/// The pace of the peers' measurement: a job every 50 ms.
const PACE: Duration = Duration::from_millis(50);

/// Prints how many milliseconds it takes until `picks` jobs start.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let Times { whole, after } = times(ground, None).await?;
    for (case, samples, from) in [
        ("pickup", &whole, "before the submit of the rows"),
        ("pickup after the submit", &after, "the submit's return; 0 when the start came first"),
    ] {
        for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
            let own = json!({"jobs": ground.args.picks, "pace_ms": 50, "from": from, "to": "the operation's first line"});
            ground.print(&format!("{case} {which}"), percentile(samples, share), "ms", own);
        }
    }
    Ok(())
}

/// Milliseconds to the start of each job.
pub struct Times {
    /// From before its rows were written.
    pub whole: Vec<f64>,
    /// From when they were.
    pub after: Vec<f64>,
}

/// Submits one job after the other to an idle engine.
pub async fn times(ground: &Ground<'_>, doorbell: Option<&str>) -> anyhow::Result<Times> {
    let (sender, mut starts) = unbounded_channel();
    let mut operations = Registry::standard();
    operations.add(Stamp(sender));
    let mut rig = Rig::open_with(ground.config, STAMP, operations, &ground.rows().await?, doorbell).await?;
    rig.work(wiring::settings(ground.config));
    let source = [input(&rig).await?];
    let (mut whole, mut after) = (Vec::new(), Vec::new());
    let mut pace = tokio::time::interval(PACE);
    for pick in 0..=ground.args.picks {
        pace.tick().await;
        let before = Instant::now();
        let job = rig.submit("bench", &source).await?;
        let returned = Instant::now();
        let started = starts.recv().await.context("the worker has stopped")?;
        rig.ended_for(OWNER, job).await?;
        if pick > 0 {
            whole.push(started.saturating_duration_since(before).as_secs_f64() * 1000.0);
            after.push(started.saturating_duration_since(returned).as_secs_f64() * 1000.0);
        }
    }
    rig.mill.drain(Duration::ZERO).await;
    Ok(Times { whole, after })
}
