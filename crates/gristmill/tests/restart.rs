//! The promise under `kill -9`: nothing is lost, no finished step runs twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, media, until};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");

/// Kills of the server while the job runs.
const KILLS: usize = 10;

async fn events(served: &Served, job: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = served.get(&format!("/api/v1/jobs/{job}/events?format=json&after={after}")).await.unwrap();
        let items = page["items"].as_array().unwrap().clone();
        let Some(last) = items.last() else { return all };
        after = last["seq"].as_i64().unwrap();
        all.extend(items);
    }
}

fn count(events: &[Value], kind: &str, state: Option<&str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let wanted = |e: &&Value| e["kind"] == kind && state.is_none_or(|s| e["state"] == s);
    for event in events.iter().filter(wanted) {
        *counts.entry(event["task_id"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    counts
}

/// Waits until something new was started since the last kill, so that every kill meets running work.
async fn new_work(served: &Served, job: &str, seen: usize) -> Option<usize> {
    until("the server to start a step", Duration::from_secs(60), async || {
        let view = served.get(&format!("/api/v1/jobs/{job}")).await.ok()?;
        if view["status"] != "processing" && view["status"] != "pending" {
            return Some(None);
        }
        let started = count(&events(served, job).await, "task.started", None).values().sum::<usize>();
        (started > seen).then_some(Some(started))
    })
    .await
}

fn clips(folder: &Path) -> Vec<PathBuf> {
    (0..5).map(|n| media::clip(folder, &format!("clip-{n}.mp4"), 6, "1280x720")).collect()
}

#[tokio::test]
async fn ten_kills_during_a_job_of_five_videos_lose_nothing_and_repeat_no_finished_step() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut served = Served::start(Path::new(BINARY), &data).await.unwrap();
    let job = served.submit(json!({"pipeline": "video"}), &clips(folder.path())).await.unwrap();
    let (mut kills, mut seen) = (0, 0);
    while kills < KILLS {
        let Some(started) = new_work(&served, &job, seen).await else { break };
        seen = started;
        served.kill_9();
        kills += 1;
        served = Served::start(Path::new(BINARY), &data).await.unwrap();
    }
    let ended = served.ended(&job, Duration::from_secs(240)).await;
    let events = events(&served, &job).await;
    assert_eq!(kills, KILLS, "the job was to outlast the kills; it is {}", ended["status"]);
    assert_eq!(ended["status"], "completed", "{ended}");
    assert_eq!(ended["counts"]["succeeded"], 5, "{ended}");
    let succeeded = count(&events, "task.ended", Some("succeeded"));
    assert!(succeeded.values().all(|n| *n == 1), "a step finished twice: {succeeded:?}");
    for (place, event) in events.iter().enumerate().filter(|(_, e)| e["kind"] == "task.ended") {
        let again = events[place..].iter().find(|e| e["kind"] == "task.started" && e["task_id"] == event["task_id"]);
        assert!(again.is_none(), "a finished step was started again: {again:?}");
    }
    assert_eq!(events.iter().filter(|e| e["kind"] == "job.ended").count(), 1);
}
