//! The flow of many tasks: how fast they are written, how fast they are carried, and what limits and fairness cost.

use std::time::{Duration, Instant};

use gristmill_engine::worker::Settings;
use gristmill_model::JobId;
use gristmill_model::operation::Class;
use gristmill_operate::Registry;
use serde_json::json;

use super::Ground;
use crate::bench::figures::median;
use crate::bench::rig::{Rig, Source};
use crate::wiring;

const NOOP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";
const LIMITED: &str =
    "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\nconcurrency = { key = \"all\", most = 100000 }\n";

/// Owners among whom work is shared when fairness is on.
const OWNERS: usize = 50;

/// Writes all jobs, then lets a worker carry them: `rounds` times, the median told.
pub async fn bench(ground: &Ground<'_>) -> anyhow::Result<()> {
    let (mut enqueue, mut drain, mut whole, mut fair) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ground.args.rounds {
        let one = once(ground, NOOP, 1, None).await?;
        enqueue.push(one.enqueue);
        drain.push(one.drain);
        whole.push(one.whole);
        fair.push(once(ground, LIMITED, OWNERS, None).await?.drain);
    }
    let own = json!({"jobs": ground.args.jobs, "files_per_job": ground.args.files, "steps": 1, "slots": ground.args.slots, "rounds": ground.args.rounds,
                     "inputs": "one stored blob shared by all files", "producer_and_worker": "one process"});
    ground.print("enqueue in batches", median(&enqueue), "tasks/s", own.clone());
    ground.print("drain of what was queued first", median(&drain), "tasks/s", own.clone());
    ground.print("end to end, from the first submit to the last settle", median(&whole), "tasks/s", own.clone());
    let mut shared = own;
    shared["owners"] = json!(OWNERS);
    shared["limit"] = json!("one key shared by all tasks, never full");
    ground.print("drain with limits and fairness on", median(&fair), "tasks/s", shared.clone());
    ground.print("cost of limits and fairness", 100.0 * (1.0 - median(&fair) / median(&drain)), "%", shared);
    Ok(())
}

/// Tasks a second.
struct Rates {
    enqueue: f64,
    drain: f64,
    whole: f64,
}

/// From the first submit to the last settle, with a doorbell of its own.
pub async fn rate_with(ground: &Ground<'_>, doorbell: &str) -> anyhow::Result<f64> {
    Ok(once(ground, NOOP, 1, Some(doorbell)).await?.whole)
}

async fn once(ground: &Ground<'_>, pipeline: &str, owners: usize, doorbell: Option<&str>) -> anyhow::Result<Rates> {
    let mut rig = Rig::open_with(ground.config, pipeline, Registry::standard(), &ground.rows().await?, doorbell).await?;
    let source = input(&rig).await?;
    let sources = vec![source; ground.args.files as usize];
    // A first job on a warm pool, so that no figure holds the preparing of statements.
    rig.submit("bench", &sources[..1]).await?;
    let begun = Instant::now();
    let mut jobs: Vec<(String, JobId)> = Vec::new();
    for n in 0..ground.args.jobs as usize {
        let owner = owner(n % owners);
        jobs.push((owner.clone(), rig.submit_for(&owner, "bench", &sources).await?));
    }
    let queued = begun.elapsed();
    let tasks = f64::from(ground.args.jobs) * f64::from(ground.args.files);
    rig.work(settings(ground));
    let started = Instant::now();
    for (owner, job) in jobs {
        rig.ended_for(&owner, job).await?;
    }
    let drained = started.elapsed();
    rig.mill.drain(Duration::ZERO).await;
    let rate = |span: Duration| tasks / span.as_secs_f64();
    Ok(Rates { enqueue: rate(queued), drain: rate(drained), whole: rate(queued + drained) })
}

fn owner(n: usize) -> String {
    if n == 0 { wiring::OWNER.to_owned() } else { format!("owner-{n:03}") }
}

fn settings(ground: &Ground<'_>) -> Settings {
    Settings { slots: vec![(Class::Io, ground.args.slots)], most_jobs: u32::MAX, most_memory: None, ..wiring::settings(ground.config) }
}

/// A small stored input.
pub async fn input(rig: &Rig) -> anyhow::Result<Source> {
    let path = rig.folder().join("input");
    std::fs::write(&path, b"grist")?;
    rig.store(&path).await
}

/// Jobs of one file, submitted one after the other, each acknowledged before the next.
pub async fn singles(ground: &Ground<'_>) -> anyhow::Result<()> {
    let mut rates = Vec::new();
    for _ in 0..ground.args.rounds {
        let rig = Rig::open(ground.config, NOOP, Registry::standard(), &ground.rows().await?).await?;
        let source = [input(&rig).await?];
        rig.submit("bench", &source).await?;
        let begun = Instant::now();
        for _ in 0..ground.args.singles {
            rig.submit("bench", &source).await?;
        }
        rates.push(f64::from(ground.args.singles) / begun.elapsed().as_secs_f64());
        rig.mill.drain(Duration::ZERO).await;
    }
    ground.print(
        "enqueue one by one",
        median(&rates),
        "jobs/s",
        json!({"jobs": ground.args.singles, "files_per_job": 1, "rounds": ground.args.rounds}),
    );
    Ok(())
}
