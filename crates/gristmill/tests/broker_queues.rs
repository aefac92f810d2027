//! The queues of a real RabbitMQ as the service shows them, and the service while that RabbitMQ is away.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Served, until};
use gristmill_servers::{RabbitMq, free_port};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const URL: &str = "GRISTMILL_ANNOUNCE__URL";

/// Longer than an answer is kept and the broker takes on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

async fn broker(served: &Served) -> Value {
    served.get("/api/v1/queues").await.unwrap()["brokers"][0].clone()
}

async fn metrics(served: &Served) -> String {
    let answer = served.request(Method::GET, "/metrics").send().await.unwrap().error_for_status().unwrap();
    answer.text().await.unwrap()
}

async fn health(served: &Served) -> u16 {
    served.request(Method::GET, "/api/v1/health/rabbitmq").send().await.unwrap().status().as_u16()
}

/// What `doctor` finds of announcements.
fn found(folder: &Path, url: &str) -> Value {
    let said = Command::new(BINARY).args(["doctor", "--json"]).env("GRISTMILL_DATA", folder).env(URL, url).output().unwrap();
    let all: Value = serde_json::from_slice(&said.stdout).unwrap();
    all["parts"].as_array().unwrap().iter().find(|part| part["part"] == "announcements").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queues_of_a_broker_are_shown_and_its_death_is_told_and_hurts_nobody() {
    let (mut rabbit, folder, patient) = (RabbitMq::start(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let served = Served::start_with(Path::new(BINARY), folder.path(), &[(URL, &rabbit.url())]).await.unwrap();
    let shown = until("the queues to be there", SOON, async || Some(broker(&served).await).filter(|b| b["error"].is_null())).await;
    assert_eq!((&shown["server"], shown["queues"].as_array().unwrap().len()), (&json!("rabbitmq"), 9));
    assert_eq!(shown["queues"][0], json!({"name": "upload.high-priority", "depth": 0, "consumers": 0, "oldest_seconds": null}));
    let told = metrics(&served).await;
    assert!(told.contains("gristmill_broker_up{server=\"rabbitmq\"} 1"), "{told}");
    assert!(told.contains("gristmill_broker_queue_depth{server=\"rabbitmq\",queue=\"upload.events\"} 0"), "{told}");
    assert_eq!((health(&served).await, &found(patient.path(), &rabbit.url())["verdict"]), (200, &json!("ok")));

    rabbit.kill_9();
    let lost = until("the death to be told", SOON, async || Some(broker(&served).await).filter(|b| b["error"].is_string())).await;
    assert!(lost["queues"].as_array().unwrap().is_empty() && !lost.to_string().contains("guest:guest"), "{lost}");
    assert!(metrics(&served).await.contains("gristmill_broker_up{server=\"rabbitmq\"} 0"));
    assert_eq!(health(&served).await, 503);
    served.get("/health/ready").await.expect("requests may well be sent here");
    let sick = found(patient.path(), &rabbit.url());
    assert_eq!(sick["verdict"], "warning");
    assert!(!sick.to_string().contains("guest:guest"), "{sick}");

    rabbit.restart();
    until("the broker to be found again", SOON, async || Some(broker(&served).await).filter(|b| b["error"].is_null())).await;
}

#[tokio::test]
async fn a_broker_that_is_away_holds_up_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("amqp://127.0.0.1:{}", free_port());
    let served = Served::start_with(Path::new(BINARY), folder.path(), &[(URL, &nobody)]).await.unwrap();
    assert!(broker(&served).await["error"].as_str().unwrap().contains("RabbitMQ at 127.0.0.1"));
}
