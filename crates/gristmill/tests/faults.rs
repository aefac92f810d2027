//! What goes wrong on the machine is an error with a cause and a retry, never a half-published result.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{App, Served, media, until};
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::task::State;
use serde_json::json;

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");

/// The built-in steps with a short wait before the retry.
const QUICK: &str = r#"
name = "quick"
accepts = ["video"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "probe"
op = "video.probe"
after = ["check"]
[[step]]
id = "transcode"
op = "video.transcode"
after = ["probe"]
retry = { first_ms = 100 }
"#;

/// Tests that look for an encoder of this process take turns, so that none finds another's.
static ENCODING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The process that encodes below this test, if there is one.
fn encoder() -> Option<i32> {
    let found = Command::new("pgrep").args(["-x", "ffmpeg"]).output().ok()?;
    let ours = std::process::id().to_string();
    String::from_utf8(found.stdout).ok()?.lines().find_map(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?.to_owned();
        let arguments = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        (parent == ours && arguments.contains("libx264")).then(|| pid.parse().ok())?
    })
}

#[tokio::test]
async fn a_killed_ffmpeg_is_a_cause_and_a_retry_and_no_half_result() {
    let _turn = ENCODING.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(Path::new(BINARY), &[QUICK]).await;
    let clip = media::clip(folder.path(), "clip.mp4", 8, "1280x720");
    let job = app.submit("quick", &[clip], json!({})).await;
    let pid = until("ffmpeg to encode", Duration::from_secs(60), async || encoder()).await;
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    let retried = until("the retry to be told", Duration::from_secs(30), async || {
        app.engine.events("local", job, 0, 1_000).await.ok()?.into_iter().find(|e| e.kind == "task.retried")
    })
    .await;
    assert_eq!(retried.data["error"]["code"], "tool_killed", "{:?}", retried.data);
    let view = app.ended(job).await;
    assert_eq!(view.job.status, JobStatus::Completed);
    let transcode = view.files[0].tasks.iter().find(|t| t.step == "transcode").unwrap();
    assert_eq!((transcode.state, transcode.attempts, transcode.tally.failures), (State::Succeeded, 2, 1));
    let keys = app.engine.blobs().list(&format!("jobs/{job}").parse().unwrap()).await.unwrap();
    let of_first_attempt = keys.iter().filter(|k| k.as_str().contains(&format!("{}/1/", transcode.id))).count();
    assert_eq!(of_first_attempt, 0, "{keys:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_cancelled_job_stops_its_children_and_leaves_nothing_behind() {
    let _turn = ENCODING.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let app = App::start(Path::new(BINARY), &[QUICK]).await;
    let clip = media::clip(folder.path(), "long.mp4", 60, "1280x720");
    let job = app.submit("quick", &[clip], json!({})).await;
    let pid = until("ffmpeg to encode", Duration::from_secs(60), async || encoder()).await;
    app.engine.cancel("local", job).await.unwrap();
    until("the encoder to be gone", Duration::from_secs(2), async || (!Path::new(&format!("/proc/{pid}")).exists()).then_some(())).await;
    let view = app.ended(job).await;
    assert_eq!((view.job.status, view.files[0].file.status), (JobStatus::Cancelled, FileStatus::Cancelled));
    app.finish().await;
}

#[tokio::test]
async fn a_step_that_writes_more_than_its_quota_is_stopped_for_that_once_and_its_space_is_free() {
    let _turn = ENCODING.lock().await;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("pipelines")).unwrap();
    std::fs::write(data.join("pipelines/quick.toml"), QUICK).unwrap();
    let quota = [("GRISTMILL_SCRATCH__MAX_BYTES", "2000000")];
    let served = Served::start_with(Path::new(BINARY), &data, &quota).await.unwrap();
    let clip = media::clip(folder.path(), "clip.mp4", 30, "1280x720");
    let options = json!({"pipeline": "quick", "options": {"transcode": {"rungs": [720], "crf": 12}}});
    let job = served.submit(options, &[clip]).await.unwrap();
    let ended = served.ended(&job, Duration::from_secs(120)).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    let error = &ended["files"][0]["error"];
    assert_eq!((&error["code"], &error["fault"]), (&json!("scratch_full"), &json!("limit")), "{ended}");
    assert!(error["message"].as_str().unwrap().contains("2 MiB"), "{error}");
    let events = served.get(&format!("/api/v1/jobs/{job}/events?format=json")).await.unwrap();
    let retried = events["items"].as_array().unwrap().iter().any(|e| e["kind"] == "task.retried");
    assert!(!retried, "a retry would write as much again: {events}");
    until("its scratch to be gone", Duration::from_secs(10), async || {
        let spools = std::fs::read_dir(data.join("blobs/spool")).unwrap().flatten().map(|spool| spool.path());
        let mut folders = spools.filter(|spool| spool.is_dir());
        folders.all(|spool| std::fs::read_dir(spool).unwrap().next().is_none()).then_some(())
    })
    .await;
}
