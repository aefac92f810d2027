//! `bench tasks`: how many no-op tasks the engine settles a second on SQLite, and how soon an idle engine starts.

use std::time::Instant;

use anyhow::Context as _;
use gristmill_engine::{Request, Upload};
use gristmill_model::operation::Class;
use gristmill_operate::Registry;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::figures::{Figures, percentile};
use super::rig::Rig;
use super::stamp::Stamp;
use crate::config::{Config, Synchronous};
use crate::wiring::{self, OWNER};

const NOOP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";
const STAMP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"stamp\"\nop = \"bench-stamp\"\n";

/// Tasks in flight: no-ops end at once, so this is the size of a batch of claims and settles.
const SLOTS: u32 = 256;

/// Both figures, with both settings of `synchronous`.
pub async fn bench(config: &Config, figures: &Figures, jobs: u32, files: u32, singles: u32) -> anyhow::Result<()> {
    for (synchronous, name) in [(Synchronous::Full, "full"), (Synchronous::Normal, "normal")] {
        let rate = rate(config, synchronous, jobs, files).await?;
        let conditions = json!({"synchronous": name, "jobs": jobs, "files_per_job": files, "steps": 1, "slots": SLOTS, "inputs": "one stored blob shared by all files"});
        figures.print("tasks", "rate", rate, "tasks/s", conditions);
        let (before, after) = latency(config, synchronous, singles).await?;
        for (case, samples) in [("submit-to-start", &before), ("submitted-to-start", &after)] {
            for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
                let from = if case == "submit-to-start" {
                    "before the submit, storing the file included"
                } else {
                    "the submit's return; 0 when the start came first"
                };
                let conditions =
                    json!({"synchronous": name, "submits": singles, "file_bytes": 5, "from": from, "to": "the operation's first line"});
                figures.print("tasks", &format!("{case} {which}"), percentile(samples, share), "ms", conditions);
            }
        }
    }
    Ok(())
}

/// Tasks a second from before the first submit to after the last settle.
async fn rate(config: &Config, synchronous: Synchronous, jobs: u32, files: u32) -> anyhow::Result<f64> {
    let mut settings = wiring::settings(config);
    settings.slots = vec![(Class::Io, SLOTS)];
    let rig = Rig::start_with(config, NOOP, Registry::standard(), synchronous, settings).await?;
    let input = rig.folder().join("input");
    std::fs::write(&input, b"grist")?;
    let sources = vec![rig.store(&input).await?; files as usize];
    rig.ended(rig.submit("bench", &sources[..1]).await?).await?;
    let begun = Instant::now();
    let mut submitted = Vec::with_capacity(jobs as usize);
    for _ in 0..jobs {
        submitted.push(rig.submit("bench", &sources).await?);
    }
    for job in submitted {
        rig.ended(job).await?;
    }
    let rate = f64::from(jobs) * f64::from(files) / begun.elapsed().as_secs_f64();
    rig.mill.drain(std::time::Duration::ZERO).await;
    Ok(rate)
}

/// Milliseconds to the start of each of `singles` jobs on an idle engine: from before its submit, and from its return.
async fn latency(config: &Config, synchronous: Synchronous, singles: u32) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let (sender, mut starts) = unbounded_channel();
    let mut operations = Registry::standard();
    operations.add(Stamp(sender));
    let rig = Rig::start(config, STAMP, operations, synchronous).await?;
    single(&rig, &mut starts).await?;
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for _ in 0..singles {
        let (whole, rest) = single(&rig, &mut starts).await?;
        before.push(whole);
        after.push(rest);
    }
    rig.mill.drain(std::time::Duration::ZERO).await;
    Ok((before, after))
}

async fn single(rig: &Rig, starts: &mut UnboundedReceiver<Instant>) -> anyhow::Result<(f64, f64)> {
    let path = rig.mill.engine.blobs().spool().join("single");
    std::fs::write(&path, b"grist")?;
    let request = Request { owner: OWNER.to_owned(), pipeline: "bench".to_owned(), ..Request::default() };
    let upload = Upload { name: "single".to_owned(), path };
    let before = Instant::now();
    let received = rig.mill.engine.submit(request, vec![upload]).await?;
    let returned = Instant::now();
    let started = starts.recv().await.context("the worker has stopped")?;
    rig.ended(received.job).await?;
    let ms = |from: Instant| started.saturating_duration_since(from).as_secs_f64() * 1000.0;
    Ok((ms(before), ms(returned)))
}
