//! What ten thousand running tasks cost that report each second: the rows a worker really writes for their progress and its lease.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gristmill_engine::worker::Settings;
use gristmill_model::operation::Class;
use gristmill_operate::Registry;
use serde_json::json;

use super::Ground;
use super::flow::input;
use super::written::Written;
use crate::bench::reporting::{EACH, Reporting};
use crate::bench::rig::{Rig, Rows};
use crate::progress::say;
use crate::wiring;

const PIPELINE: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"reporting\"\nop = \"bench-reporting\"\n";
const RUNNING: usize = 10_000;
/// From the last start to the first count: starts are written and told by then.
const SETTLED: Duration = Duration::from_secs(12);
/// Between two counts.
const WINDOW: Duration = Duration::from_secs(30);

/// One worker with all of them, and what the server counted. SQLite counts for each connection alone, so there nothing is measured.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let Rows::Postgres(url) = ground.rows().await? else {
        say("running: measured on PostgreSQL only, whose server counts the rows that are written");
        return Ok(());
    };
    let reporting = Reporting::default();
    let mut operations = Registry::standard();
    operations.add(reporting.clone());
    let mut rig = Rig::open(ground.config, PIPELINE, operations, &Rows::Postgres(url.clone())).await?;
    let sources = vec![input(&rig).await?; RUNNING];
    rig.submit("bench", &sources).await?;
    let slots = vec![(Class::Io, RUNNING as u32)];
    rig.work(Settings { slots, most_jobs: u32::MAX, most_memory: None, ..wiring::settings(ground.config) });
    let begun = Instant::now();
    while reporting.0.load(Ordering::Relaxed) < RUNNING {
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(60), "they were not all started within a minute");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(SETTLED).await;
    let server = Written::of(&url).await?;
    let (before, from) = (server.count().await?, Instant::now());
    tokio::time::sleep(WINDOW).await;
    let (after, seconds) = (server.count().await?, from.elapsed().as_secs_f64());
    anyhow::ensure!(reporting.0.load(Ordering::Relaxed) == RUNNING, "some were started again while rows were counted");
    rig.mill.drain(Duration::ZERO).await;
    let own = json!({"running": RUNNING, "report_ms": EACH.as_millis(), "seconds": seconds, "workers": 1, "counted": "by the server, all tables"});
    ground.print("rows written while all report", (after.rows - before.rows) as f64 / seconds, "rows/s", own.clone());
    ground.print("commits while all report, reads included", (after.commits - before.commits) as f64 / seconds, "commits/s", own);
    Ok(())
}
