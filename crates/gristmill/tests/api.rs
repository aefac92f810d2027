//! The API against the real binary: what `openapi.json` and the contract promise, seen from outside.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, media};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        Self { served: Served::start(Path::new(BINARY), &data).await.unwrap(), folder }
    }

    fn picture(&self) -> PathBuf {
        media::picture(self.folder.path(), "harvest.png")
    }

    /// A job of one picture, ended.
    async fn pictured(&self) -> Value {
        let job = self.served.submit(json!({"pipeline": "image"}), &[self.picture()]).await.unwrap();
        self.served.ended(&job, SOON).await
    }

    async fn problem(&self, method: Method, path: &str) -> (u16, String) {
        let answer = self.served.request(method, path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["status"], status);
        (status, body["code"].as_str().unwrap().to_owned())
    }
}

fn artifact<'a>(job: &'a Value, ending: &str) -> &'a Value {
    let all = job["files"][0]["artifacts"].as_array().unwrap();
    all.iter().find(|a| a["name"].as_str().unwrap().ends_with(ending)).unwrap_or_else(|| panic!("{ending} in {all:?}"))
}

#[tokio::test]
async fn a_picture_goes_in_and_its_results_come_out_as_they_were_told() {
    let world = World::start().await;
    let job = world.pictured().await;
    assert_eq!((&job["status"], &job["counts"]["succeeded"], &job["progress"]), (&json!("completed"), &json!(1), &json!(1.0)));
    for told in job["files"][0]["artifacts"].as_array().unwrap() {
        let answer = world.served.request(Method::GET, told["url"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{told}");
        assert_eq!(answer.headers()["content-type"], told["media_type"].as_str().unwrap());
        assert_eq!(answer.headers()["etag"], format!("\"{}\"", told["sha256"].as_str().unwrap()));
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.bytes().await.unwrap().len() as u64, told["bytes"].as_u64().unwrap());
    }
    let results = world.served.get(&format!("/api/v1/jobs/{}/results?view=complete", job["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(results["files"][0]["report"]["status"], "succeeded");
}

#[tokio::test]
async fn a_name_that_would_leave_its_folder_is_shown_and_leaves_nothing() {
    let world = World::start().await;
    for name in ["../../../../climbed.png", "/climbed.png", "..", "a/../../climbed.png;.sh"] {
        let part = reqwest::multipart::Part::bytes(std::fs::read(world.picture()).unwrap()).file_name(name);
        let form = reqwest::multipart::Form::new().text("request", json!({"pipeline": "image"}).to_string()).part("file", part);
        let answer = world.served.request(Method::POST, "/api/v1/jobs").multipart(form).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{name}");
        let job = answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
        let ended = world.served.ended(&job, SOON).await;
        assert_eq!(ended["status"], "completed", "{name}: {ended}");
        for told in ended["files"][0]["artifacts"].as_array().unwrap() {
            assert!(!told["name"].as_str().unwrap().contains(".."), "{told}");
            assert_eq!(world.served.request(Method::GET, told["url"].as_str().unwrap()).send().await.unwrap().status(), 200);
        }
    }
    assert!(!Path::new("/climbed.png").exists());
    // All there is of them lies below the jobs.
    let found = std::process::Command::new("find").arg(world.folder.path()).args(["-name", "*climbed*"]).output().unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    let jobs = world.folder.path().join("data/blobs/published/jobs");
    assert!(found.lines().all(|path| Path::new(path).starts_with(&jobs)), "{found}");
}

#[tokio::test]
async fn ranges_and_validators_work_as_in_http() {
    let world = World::start().await;
    let job = world.pictured().await;
    let told = artifact(&job, "-large.jpg");
    let (url, bytes) = (told["url"].as_str().unwrap(), told["bytes"].as_u64().unwrap());
    let whole = world.served.request(Method::GET, url).send().await.unwrap().bytes().await.unwrap();
    let get = |name: &'static str, value: String| world.served.request(Method::GET, url).header(name, value).send();
    for (range, part) in [("bytes=10-19", 10..20), ("bytes=-5", bytes - 5..bytes), ("bytes=7-", 7..bytes)] {
        let answer = get("range", range.into()).await.unwrap();
        assert_eq!(answer.status(), 206, "{range}");
        assert_eq!(answer.headers()["content-range"], format!("bytes {}-{}/{bytes}", part.start, part.end - 1));
        assert_eq!(answer.bytes().await.unwrap(), whole.slice(part.start as usize..part.end as usize));
    }
    let beyond = get("range", format!("bytes={bytes}-")).await.unwrap();
    assert_eq!((beyond.status().as_u16(), &beyond.headers()["content-range"]), (416, &format!("bytes */{bytes}").parse().unwrap()));
    let etag = format!("\"{}\"", told["sha256"].as_str().unwrap());
    assert_eq!(get("if-none-match", etag).await.unwrap().status(), 304);
}

#[tokio::test]
async fn the_same_idempotency_key_answers_the_same_job_and_refuses_another_request() {
    let world = World::start().await;
    let post = async |group: &str| {
        let bytes = std::fs::read(world.picture()).unwrap();
        let form = reqwest::multipart::Form::new()
            .text("request", json!({"pipeline": "image", "group": group}).to_string())
            .part("file", reqwest::multipart::Part::bytes(bytes).file_name("a.png"));
        let answer =
            world.served.request(Method::POST, "/api/v1/jobs").header("Idempotency-Key", "k1").multipart(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (first, again, other) = (post("a").await, post("a").await, post("b").await);
    assert_eq!((first.0, again.0), (202, 202));
    assert_eq!(first.1["id"], again.1["id"]);
    assert_eq!((other.0, other.1["code"].as_str()), (422, Some("idempotency_key_taken")), "{}", other.1);
}

#[tokio::test]
async fn events_are_streamed_in_order_and_resumed_from_the_last_one_seen() {
    let world = World::start().await;
    let job = world.pictured().await;
    let path = format!("/api/v1/jobs/{}/events", job["id"].as_str().unwrap());
    let whole = world.served.request(Method::GET, &path).send().await.unwrap();
    assert!(whole.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let text = tokio::time::timeout(SOON, whole.text()).await.expect("the stream closes after the job's end").unwrap();
    let ids: Vec<i64> = text.lines().filter_map(|l| l.strip_prefix("id:")).map(|id| id.trim().parse().unwrap()).collect();
    assert!(ids.len() > 5 && ids.is_sorted(), "{text}");
    assert!(text.contains("event: job.created") && text.trim_end().lines().rev().take(3).any(|l| l.contains("job.ended")), "{text}");
    let middle = ids[ids.len() / 2];
    let rest =
        world.served.request(Method::GET, &path).header("Last-Event-ID", middle.to_string()).send().await.unwrap().text().await.unwrap();
    let resumed: Vec<i64> = rest.lines().filter_map(|l| l.strip_prefix("id:")).map(|id| id.trim().parse().unwrap()).collect();
    assert_eq!(resumed, ids.into_iter().filter(|id| *id > middle).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_cannot_be_done_is_a_problem_with_a_code() {
    let world = World::start().await;
    let no_job = format!("/api/v1/jobs/job_{}", "0".repeat(32));
    assert_eq!(world.problem(Method::GET, &no_job).await, (404, "job_not_found".into()));
    assert_eq!(world.problem(Method::GET, "/api/v1/jobs/nonsense").await.0, 404);
    assert_eq!(world.problem(Method::GET, "/api/v1/nonsense").await.0, 404);
    assert_eq!(world.problem(Method::PUT, "/api/v1/jobs").await.0, 405);
    for (request, code) in [
        (json!({"pipeline": "no-such"}), "pipeline_unknown"),
        (json!({"pipeline": "image", "options": {"resize": {"widht": 3}}}), "options_invalid"),
        (json!({"pipeline": "image", "options": {"no-step": {}}}), "options_invalid"),
    ] {
        let error = world.served.submit(request, &[world.picture()]).await.unwrap_err().to_string();
        assert!(error.contains(code), "{error}");
    }
    let jobs = world.served.get("/api/v1/jobs").await.unwrap();
    assert_eq!(jobs["items"], json!([]), "a refused request leaves nothing");
}

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing() {
    let world = World::start().await;
    let answer =
        world.served.request(Method::POST, "/api/v1/jobs").header("Origin", "http://evil.example").body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let rebound = world.served.request(Method::GET, "/api/v1/jobs").header("Host", "evil.example").send().await.unwrap();
    assert!(rebound.status().is_client_error(), "{}", rebound.status());
}

#[tokio::test]
async fn an_ended_job_can_be_retried_and_deleted_but_not_cancelled() {
    let world = World::start().await;
    let job = world.pictured().await;
    let id = job["id"].as_str().unwrap();
    assert_eq!(world.problem(Method::POST, &format!("/api/v1/jobs/{id}/cancel")).await.0, 409);
    let retried =
        world.served.request(Method::POST, &format!("/api/v1/jobs/{id}/retry")).json(&json!({"from": "thumbnail"})).send().await.unwrap();
    assert_eq!(retried.status(), 202);
    let again = world.served.ended(id, SOON).await;
    let began = |job: &Value, step: &str| {
        let steps = job["files"][0]["steps"].as_array().unwrap().clone();
        steps.iter().find(|s| s["step"] == step).unwrap()["started_at"].as_str().unwrap().to_owned()
    };
    assert_eq!((&again["status"], began(&again, "resize")), (&json!("completed"), began(&job, "resize")));
    assert!(began(&again, "thumbnail") > began(&job, "thumbnail"), "only the step that was named ran again");
    let deleted = world.served.request(Method::DELETE, &format!("/api/v1/jobs/{id}")).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    assert_eq!(world.problem(Method::GET, &format!("/api/v1/jobs/{id}")).await.0, 404);
    let left = || std::fs::read_dir(world.folder.path().join("data/blobs/published/jobs")).unwrap().count();
    gristmill_harness::until("its bytes to be gone too", SOON, async || (left() == 0).then_some(())).await;
}

#[tokio::test]
async fn the_older_surfaces_and_health_have_their_shapes() {
    let world = World::start().await;
    let job = world.pictured().await;
    let status = world.served.get("/api/v1/queue/status").await.unwrap();
    assert_eq!((&status["total_jobs"], &status["completed_jobs"], &status["active_jobs_count"]), (&json!(1), &json!(1), &json!(0)));
    let stats = world.served.get("/api/v1/queue/stats").await.unwrap();
    assert!(stats["average_processing_time"].is_string() && stats["memory_usage"].as_str().unwrap().ends_with('%'), "{stats}");
    let metrics = world.served.get("/api/v1/jobs/metrics").await.unwrap();
    assert_eq!(metrics["data"]["metrics"]["completed"], 1);
    let batch = world.served.get(&format!("/api/batch_status?jobs={}", job["id"].as_str().unwrap())).await.unwrap();
    assert_eq!(batch["done"], true);
    for path in ["/health/live", "/health/ready", "/health/health"] {
        assert_eq!(world.served.get(path).await.unwrap()["status"], "ok", "{path}");
    }
    let metrics = world.served.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("gristmill_jobs") && metrics.contains("completed"), "{metrics}");
    let document = world.served.get("/openapi.json").await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_kept_out_with_the_reason() {
    let world = World::start().await;
    let data = world.folder.path().join("data");
    let second = std::process::Command::new(BINARY).args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("in use") && said.contains(&world.served.pid().to_string()), "{said}");
}
