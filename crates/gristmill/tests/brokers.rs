//! A broker that dies under load and comes back: the ring is a hint, so nothing is lost or done twice, and people are told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, until};
use gristmill_servers::{Moto, Postgres, RabbitMq, Redis};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");

const PIPELINE: &str = "name = \"noop\"\naccepts = [\"image\"]\n[[step]]\nid = \"noop\"\nop = \"noop\"\n";

/// Jobs before the broker dies, and as many after.
const JOBS: usize = 5;
const FILES: usize = 100;

/// Longer than a broker takes to be missed or found on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

/// A server that is nothing but the doorbell.
trait Broker {
    /// What `/api/v1/health/…` calls it.
    const NAME: &str;
    fn start() -> Self;
    fn url(&self) -> String;
    fn kill(&mut self);
    fn again(&mut self);
}

macro_rules! broker {
    ($server:ty, $name:literal, $url:expr) => {
        impl Broker for $server {
            const NAME: &str = $name;
            fn start() -> Self {
                <$server>::start()
            }
            fn url(&self) -> String {
                $url(self)
            }
            fn kill(&mut self) {
                self.kill_9();
            }
            fn again(&mut self) {
                self.restart();
            }
        }
    };
}

broker!(Redis, "redis", Redis::url);
broker!(RabbitMq, "rabbitmq", RabbitMq::url);
broker!(Moto, "sqs", |moto: &Moto| moto.queue("mill"));
broker!(Postgres, "postgresql", Postgres::url);

async fn health(served: &Served, broker: &str) -> u16 {
    served.request(Method::GET, &format!("/api/v1/health/{broker}")).send().await.unwrap().status().as_u16()
}

async fn told(served: &Served, broker: &str, (status, doorbell): (u16, &str)) {
    until("the health to tell", SOON, async || {
        let part = served.get("/health/health").await.ok()?["parts"]["doorbell"]["status"].clone();
        (part == doorbell && health(served, broker).await == status).then_some(())
    })
    .await;
}

/// How often each task of a job did something.
async fn counts(served: &Served, job: &str, kind: &str) -> BTreeMap<String, usize> {
    let (mut counts, mut after) = (BTreeMap::new(), 0);
    loop {
        let page = served.get(&format!("/api/v1/jobs/{job}/events?format=json&after={after}")).await.unwrap();
        let items = page["items"].as_array().unwrap().clone();
        let Some(last) = items.last() else { return counts };
        after = last["seq"].as_i64().unwrap();
        for event in items.iter().filter(|event| event["kind"] == kind) {
            *counts.entry(event["task_id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
}

async fn submit(served: &Served, files: &[PathBuf]) -> Vec<String> {
    let mut jobs = Vec::new();
    for _ in 0..JOBS {
        jobs.push(served.submit(json!({"pipeline": "noop", "reuse": false}), files).await.unwrap());
    }
    jobs
}

async fn a_thousand_tasks_outlive_their_broker<B: Broker>() {
    let mut broker = B::start();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("pipelines")).unwrap();
    std::fs::write(data.join("pipelines/noop.toml"), PIPELINE).unwrap();
    let files: Vec<PathBuf> = (0..FILES).map(|n| folder.path().join(format!("{n}.png"))).collect();
    files.iter().for_each(|path| std::fs::write(path, b"grist").unwrap());
    let (store, doorbell) = (Postgres::shared().database(), broker.url());
    let set = [("GRISTMILL_STORE__URL", store.as_str()), ("GRISTMILL_DOORBELL__URL", &doorbell), ("GRISTMILL_WORKER__MAX_JOBS", "20")];
    let one = Served::start_with(Path::new(BINARY), &data, &set).await.unwrap();
    let two = Served::start_with(Path::new(BINARY), &data, &set).await.unwrap();
    let both = [&one, &two];
    for served in both {
        told(served, B::NAME, (200, "ok")).await;
    }
    let mut jobs = submit(&one, &files).await;
    broker.kill();
    jobs.extend(submit(&two, &files).await);
    for served in both {
        told(served, B::NAME, (503, "degraded")).await;
    }
    assert_eq!(one.request(Method::GET, "/health/ready").send().await.unwrap().status(), 200, "work goes on without it");
    broker.again();
    for served in both {
        told(served, B::NAME, (200, "ok")).await;
    }
    for job in jobs {
        let view: Value = one.ended(&job, SOON * 3).await;
        assert_eq!((&view["status"], &view["counts"]["succeeded"]), (&json!("completed"), &json!(FILES)), "{view}");
        for kind in ["task.started", "task.ended"] {
            let counts = counts(&two, &job, kind).await;
            assert!(counts.len() == FILES && counts.values().all(|n| *n == 1), "{kind}: {counts:?}");
        }
    }
}

#[tokio::test]
async fn a_thousand_tasks_outlive_redis() {
    a_thousand_tasks_outlive_their_broker::<Redis>().await;
}

#[tokio::test]
async fn a_thousand_tasks_outlive_rabbitmq() {
    a_thousand_tasks_outlive_their_broker::<RabbitMq>().await;
}

#[tokio::test]
async fn a_thousand_tasks_outlive_sqs() {
    a_thousand_tasks_outlive_their_broker::<Moto>().await;
}

#[tokio::test]
async fn a_thousand_tasks_outlive_the_notifications_of_postgresql() {
    a_thousand_tasks_outlive_their_broker::<Postgres>().await;
}
