//! Running a service through its API: paused queues, dead letters, credits from quote to refund, notifications, and stopping.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, media, until};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);

/// Encoding a clip takes longer than this pipeline allows, so every file of it dies.
const DOOMED: &str = include_str!("pipelines/doomed.toml");

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("data/pipelines");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("doomed.toml"), DOOMED).unwrap();
        let served = Served::start_with(Path::new(BINARY), &folder.path().join("data"), environment).await.unwrap();
        Self { served, folder }
    }

    fn picture(&self, name: &str) -> PathBuf {
        media::picture(self.folder.path(), name)
    }

    fn clip(&self, seconds: u32) -> PathBuf {
        media::clip(self.folder.path(), "clip.mp4", seconds, "640x360")
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.served.request(Method::POST, path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn queue(&self, name: &str) -> Value {
        let all = self.served.get("/api/v1/queues").await.unwrap();
        all["items"].as_array().unwrap().iter().find(|q| q["name"] == name).unwrap().clone()
    }

    async fn balance(&self) -> (f64, f64) {
        let b = self.served.get("/api/v1/credits").await.unwrap();
        (b["available"].as_f64().unwrap(), b["held"].as_f64().unwrap())
    }

    async fn grant(&self, amount: f64) {
        let (status, answer) = self.post("/api/v1/credits/grant", json!({"owner": "local", "amount": amount})).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Files of the mail folder with this ending.
    fn delivered(&self, ending: &str) -> Vec<PathBuf> {
        let Ok(found) = std::fs::read_dir(self.folder.path().join("data/mail")) else { return Vec::new() };
        found.map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().ends_with(ending)).collect()
    }
}

#[tokio::test]
async fn nothing_of_a_paused_queue_starts_until_it_is_resumed() {
    let world = World::start(&[]).await;
    for _ in 0..2 {
        let (status, queue) = world.post("/api/v1/queues/upload.batch/pause", json!({})).await;
        assert_eq!((status, queue["paused_at"].is_string()), (200, true), "said twice is as said once");
    }
    let low = world.served.submit(json!({"pipeline": "image", "priority": "low"}), &[world.picture("a.png")]).await.unwrap();
    let high = world.served.submit(json!({"pipeline": "image", "priority": "high"}), &[world.picture("b.png")]).await.unwrap();
    assert_eq!(world.served.ended(&high, SOON).await["status"], "completed", "another queue goes on");
    assert_eq!(world.served.get(&format!("/api/v1/jobs/{low}")).await.unwrap()["status"], "pending");
    let queue = world.queue("upload.batch").await;
    assert!(queue["ready"] == 1 && queue["oldest_seconds"].as_f64().is_some(), "{queue}");
    assert!(world.post("/api/v1/queues/upload.batch/resume", json!({})).await.1["paused_at"].is_null());
    assert_eq!(world.served.ended(&low, SOON).await["status"], "completed");
    assert_eq!(world.post("/api/v1/queues/no-such/pause", json!({})).await.0, 404);
    assert_eq!(world.post("/api/v1/queues/upload.events/pause", json!({})).await.0, 422);
}

#[tokio::test]
async fn the_worker_of_a_server_is_listed_with_its_slots() {
    let world = World::start(&[("GRISTMILL_WORKER__SLOTS_CPU_SMALL", "3")]).await;
    let worker = until("the worker to be heard of", SOON, async || {
        let all = world.served.get("/api/v1/workers").await.ok()?;
        all["items"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(
        (&worker["alive"], &worker["draining"], &worker["slots"]["cpu-small"]),
        (&json!(true), &json!(false), &json!(3)),
        "{worker}"
    );
    let scaler = world.served.get("/scaler").await.unwrap();
    assert_eq!(scaler["slots"]["cpu-small"], 0, "{scaler}");
    assert_eq!(world.served.get("/api/v1/health/jobs").await.unwrap()["parts"]["workers"]["status"], "ok");
    let metrics = world.served.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("gristmill_queue_ready{queue=\"upload.normal\"} 0"), "{metrics}");
}

#[tokio::test]
async fn dead_letters_are_listed_by_what_they_died_of_run_again_and_forgotten() {
    let world = World::start(&[]).await;
    let clip = world.clip(60);
    let job = world.served.submit(json!({"pipeline": "doomed"}), &[clip.clone(), clip]).await.unwrap();
    assert_eq!(world.served.ended(&job, SOON).await["status"], "failed");
    let dead = world.served.get("/api/v1/dead?pipeline=doomed&limit=1").await.unwrap();
    assert_eq!((dead["items"].as_array().unwrap().len(), &dead["total"], &dead["groups"][0]["count"]), (1, &json!(2), &json!(2)), "{dead}");
    let next = world.served.get(&format!("/api/v1/dead?limit=1&cursor={}", dead["next_cursor"].as_str().unwrap())).await.unwrap();
    assert!(next["items"][0]["task_id"] != dead["items"][0]["task_id"] && next["next_cursor"].is_null(), "{next}");
    let letter = world.served.get(&format!("/api/v1/dead/{}", dead["items"][0]["task_id"].as_str().unwrap())).await.unwrap();
    assert_eq!((&letter["job_id"], &letter["step"], &letter["attempts"]), (&json!(job), &json!("encode"), &json!(1)), "{letter}");
    assert_eq!(world.post("/api/v1/dead/redrive", json!({})).await.1["code"], "choice_missing");
    let code = letter["error"]["code"].as_str().unwrap();
    let (status, redriven) = world.post("/api/v1/dead/redrive", json!({"code": code})).await;
    assert_eq!((status, &redriven["count"]), (200, &json!(2)), "{redriven}");
    let died = until("both to die again", SOON, async || {
        let all = world.served.get("/api/v1/dead").await.ok()?;
        let again = all["items"].as_array()?.iter().all(|d| d["ended_at"].as_str() > letter["ended_at"].as_str());
        (all["total"] == 2 && again).then_some(all)
    })
    .await;
    let one = died["items"][0]["task_id"].as_str().unwrap();
    assert_eq!(world.post("/api/v1/dead/purge", json!({"tasks": [one]})).await.1["count"], 1);
    assert_eq!(world.post("/api/v1/dead/purge", json!({"all": true})).await.1["count"], 1);
    assert_eq!(world.served.get("/api/v1/dead").await.unwrap()["total"], 0);
    assert_eq!(world.served.get(&format!("/api/v1/jobs/{job}")).await.unwrap()["status"], "failed", "the job stays as it is");
}

#[tokio::test]
async fn a_job_that_cannot_be_paid_is_refused_with_what_is_needed() {
    let world = World::start(&[("GRISTMILL_CREDITS__PER_FILE", "1")]).await;
    let refused = world.served.submit(json!({"pipeline": "image"}), &[world.picture("a.png")]).await.unwrap_err().to_string();
    let problem: Value = serde_json::from_str(refused.split_once(": ").unwrap().1).unwrap();
    assert_eq!((&problem["code"], &problem["needed"], &problem["available"]), (&json!("credits_short"), &json!(1.0), &json!(0.0)));
    assert_eq!(problem["status"], 402);
    assert_eq!(world.served.get("/api/v1/jobs").await.unwrap()["items"], json!([]));
}

#[tokio::test]
async fn what_is_quoted_is_held_and_then_captured_or_refunded_file_by_file() {
    let world = World::start(&[("GRISTMILL_CREDITS__PER_FILE", "1"), ("GRISTMILL_CREDITS__PER_MEGAPIXEL", "0.5")]).await;
    world.grant(10.0).await;
    let files = json!([{"name": "a.png", "megapixels": 0.48}, {"name": "b.txt"}]);
    let (_, quote) = world.post("/api/v1/credits/quote", json!({"pipeline": "image", "files": files})).await;
    assert_eq!(
        (&quote["files"][0]["price"], &quote["files"][1]["price"], &quote["total"]),
        (&json!(1.24), &json!(1.0), &json!(2.24)),
        "{quote}"
    );
    let text = world.folder.path().join("b.txt");
    std::fs::write(&text, "no picture").unwrap();
    world.post("/api/v1/queues/upload.normal/pause", json!({})).await;
    let job = world.served.submit(json!({"pipeline": "image"}), &[world.picture("a.png"), text]).await.unwrap();
    assert_eq!(world.balance().await, (7.76, 2.24), "held when it is submitted: an 800 by 600 picture, and a file that is none");
    let view = world.served.get(&format!("/api/v1/jobs/{job}")).await.unwrap();
    assert_eq!((&view["credits"]["held"], &view["files"][0]["credits"]["held"]), (&json!(2.24), &json!(1.24)), "{view}");
    world.post("/api/v1/queues/upload.normal/resume", json!({})).await;
    let ended = world.served.ended(&job, SOON).await;
    assert_eq!(
        (&ended["credits"]["captured"], &ended["credits"]["refunded"], &ended["credits"]["held"]),
        (&json!(1.24), &json!(1.0), &json!(0.0)),
        "{ended}"
    );
    assert_eq!(world.balance().await, (8.76, 0.0));
    let ledger = world.served.get("/api/v1/credits/ledger?limit=2").await.unwrap();
    let cursor = ledger["next_cursor"].as_str().unwrap();
    let rest = world.served.get(&format!("/api/v1/credits/ledger?cursor={cursor}")).await.unwrap();
    let mut kinds: Vec<String> = Vec::new();
    for page in [&ledger, &rest] {
        kinds.extend(page["items"].as_array().unwrap().iter().map(|t| t["kind"].as_str().unwrap().to_owned()));
    }
    kinds.sort();
    assert_eq!(kinds, ["capture", "grant", "hold", "hold", "refund"]);
}

#[tokio::test]
async fn whoever_asked_is_told_once_of_the_end_by_mail_and_webhook() {
    let world = World::start(&[("GRISTMILL_WEBHOOKS__URL", "file:DATA/mail")]).await;
    let notify = json!({"email": {"to": "anna@example.org"}, "webhooks": ["https://example.org/hook"]});
    let job = world.served.submit(json!({"pipeline": "image", "notify": notify}), &[world.picture("a.png")]).await.unwrap();
    let ended = world.served.ended(&job, SOON).await;
    assert_eq!(ended["notify"]["email"]["on"], json!(["finished", "failed"]), "{ended}");
    until("both to be told", SOON, async || (world.delivered(".eml").len() == 1 && world.delivered(".json").len() == 1).then_some(()))
        .await;
    let mail = std::fs::read_to_string(&world.delivered(".eml")[0]).unwrap();
    assert!(mail.contains("anna@example.org") && mail.contains(&job), "{mail}");
    let hook: Value = serde_json::from_slice(&std::fs::read(&world.delivered(".json")[0]).unwrap()).unwrap();
    assert_eq!((&hook["payload"]["type"], &hook["payload"]["data"]["job"]["id"]), (&json!("job.finished"), &json!(job)));
    until("nothing to be left to tell", SOON, async || (world.queue("notifications").await["ready"] == 0).then_some(())).await;
    assert_eq!(world.delivered(".eml").len() + world.delivered(".json").len(), 2);
    let refused = world.served.submit(json!({"pipeline": "image", "notify": {"email": {"to": "nobody"}}}), &[world.picture("b.png")]).await;
    assert!(refused.unwrap_err().to_string().contains("notify_invalid"));
}

#[tokio::test]
async fn a_running_job_that_is_cancelled_is_seen_to_stop_within_two_seconds() {
    let world = World::start(&[]).await;
    let job = world.served.submit(json!({"pipeline": "video"}), &[world.clip(120)]).await.unwrap();
    let path = format!("/api/v1/jobs/{job}");
    let running = |view: &Value| {
        view["files"][0]["steps"].as_array().unwrap().iter().any(|s| s["state"] == "running" && s["op"] == "video.transcode")
    };
    until("the encoder to run", SOON, async || world.served.get(&path).await.ok().filter(running)).await;
    assert_eq!(world.post(&format!("{path}/cancel"), json!({})).await.0, 202);
    until("the worker to be free again", Duration::from_secs(2), async || {
        let view = world.served.get(&path).await.ok()?;
        let free = world.queue("upload.normal").await["running"] == 0;
        (view["status"] == "cancelled" && free).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_job_that_waits_too_long_expires_and_one_that_is_delayed_waits() {
    let world = World::start(&[]).await;
    world.post("/api/v1/queues/upload.batch/pause", json!({})).await;
    let request = json!({"pipeline": "image", "priority": "low", "expires_in_seconds": 1});
    let job = world.served.submit(request, &[world.picture("a.png")]).await.unwrap();
    let ended = world.served.ended(&job, SOON).await;
    assert_eq!(ended["status"], "expired", "{ended}");
    let request = json!({"pipeline": "image", "delay_seconds": 3600});
    let job = world.served.submit(request, &[world.picture("a.png")]).await.unwrap();
    let view = world.served.get(&format!("/api/v1/jobs/{job}")).await.unwrap();
    assert_eq!((&view["status"], &world.queue("upload.normal").await["delayed"]), (&json!("pending"), &json!(1)), "{view}");
}

#[tokio::test]
async fn crons_are_put_listed_replaced_and_removed() {
    let world = World::start(&[]).await;
    let bytes = std::fs::read(world.picture("a.png")).unwrap();
    let put = async |rule: &str, files: usize| {
        let mut form =
            reqwest::multipart::Form::new().text("request", json!({"name": "nightly", "rule": rule, "pipeline": "image"}).to_string());
        for _ in 0..files {
            form = form.part("file", reqwest::multipart::Part::bytes(bytes.clone()).file_name("a.png"));
        }
        let answer = world.served.request(Method::POST, "/api/v1/crons").multipart(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(put("sometimes", 1).await.1["code"], "cron_invalid");
    assert_eq!(put("0 3 * * *", 0).await.1["code"], "files_invalid");
    assert_eq!(put("0 3 * * *", 1).await.0, 201);
    assert_eq!(put("0 4 * * *", 1).await.0, 201);
    let all = world.served.get("/api/v1/crons").await.unwrap();
    assert_eq!(
        (all["items"].as_array().unwrap().len(), &all["items"][0]["rule"], &all["items"][0]["files"]),
        (1, &json!("0 4 * * *"), &json!(["a.png"]))
    );
    let gone = world.served.request(Method::DELETE, "/api/v1/crons/nightly").send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(world.served.request(Method::DELETE, "/api/v1/crons/nightly").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_worker_alone_finishes_what_a_server_took_in_and_is_kept_out_while_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut served = Served::start_with(Path::new(BINARY), &data, &[]).await.unwrap();
    served.request(Method::POST, "/api/v1/queues/upload.normal/pause").send().await.unwrap();
    let job = served.submit(json!({"pipeline": "image"}), &[media::picture(folder.path(), "a.png")]).await.unwrap();
    let work = || std::process::Command::new(BINARY).args(["worker", "--once", "--data"]).arg(&data).output().unwrap();
    let kept_out = work();
    let said = String::from_utf8_lossy(&kept_out.stderr).into_owned();
    assert!(kept_out.status.code() == Some(1) && said.contains("in use") && said.contains("store.url = postgres"), "{said}");
    served.request(Method::POST, "/api/v1/queues/upload.normal/resume").send().await.unwrap();
    served.kill_9();
    assert_eq!(work().status.code(), Some(0));
    let served = Served::start_with(Path::new(BINARY), &data, &[]).await.unwrap();
    let view = served.get(&format!("/api/v1/jobs/{job}")).await.unwrap();
    assert_eq!(view["counts"]["succeeded"], 1, "{view}");
}
