//! `bench messages`: how soon after the commit of a job's end its webhook has come to a receiver on loopback.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gristmill_operate::Registry;
use gristmill_store::{Moment, Notify};
use serde_json::json;

use super::figures::{Figures, percentile};
use super::rig::{Rig, Rows};
use super::tasks::input;
use crate::config::{Config, Synchronous};

const NOOP: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";
/// A job every so often: less than a mill carries, so that the first try and no queue before it is measured.
const PACE: Duration = Duration::from_millis(10);
/// How long to wait for what has not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// When each call came, in milliseconds since 1970, by its id.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<(String, i64)>>>);

/// Milliseconds from the commit of an effect (the store's clock) to its arrival.
pub async fn bench(config: &Config, figures: &Figures, jobs: u32) -> anyhow::Result<()> {
    let calls = Calls::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router = Router::new().fallback(called).with_state(calls.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let rig = Rig::start(config, NOOP, Registry::standard(), &Rows::Sqlite(Synchronous::Full)).await?;
    let source = [input(&rig).await?];
    let mut pace = tokio::time::interval(PACE);
    let mut written = Vec::new();
    for _ in 0..jobs {
        pace.tick().await;
        let notify = Notify { webhooks: vec![url.clone()], on: vec![Moment::Finished], ..Notify::default() };
        written.push(rig.submit_told("bench", &source, notify).await?);
    }
    let until = tokio::time::Instant::now() + PATIENCE;
    while calls.count() < jobs as usize {
        anyhow::ensure!(tokio::time::Instant::now() < until, "{} of {jobs} webhooks came", calls.count());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut samples = Vec::new();
    for job in written {
        for effect in rig.mill.engine.store().effects(job).await? {
            let came = calls.of(&effect.id.to_string()).context("a webhook that came")?;
            samples.push((came - effect.created_at.0) as f64);
        }
    }
    rig.mill.drain(Duration::ZERO).await;
    for (which, share) in [("p50", 0.5), ("p99", 0.99), ("longest", 1.0)] {
        let own = json!({"jobs": jobs, "pace_ms": 10, "store": "sqlite", "synchronous": "full", "from": "the clock of the commit", "to": "the receiver on loopback"});
        figures.print("messages", &format!("first try of a webhook {which}"), percentile(&samples, share), "ms", own);
    }
    Ok(())
}

impl Calls {
    fn count(&self) -> usize {
        self.0.lock().map_or(0, |calls| calls.len())
    }

    fn of(&self, id: &str) -> Option<i64> {
        self.0.lock().ok()?.iter().find(|(called, _)| called == id).map(|(_, at)| *at)
    }
}

async fn called(State(calls): State<Calls>, headers: HeaderMap) -> StatusCode {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    let id = headers.get("webhook-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if let Ok(mut calls) = calls.0.lock() {
        calls.push((id, at));
    }
    StatusCode::NO_CONTENT
}
