//! Never twice: the same file with the same options is answered from what its owner has, and from nothing else.

use std::path::Path;
use std::time::Duration;

use gristmill_harness::{Served, media};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(90);

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let served = Served::start(Path::new(BINARY), &data).await.unwrap();
        Self { served, folder }
    }

    /// A job of this picture, ended.
    async fn job(&self, file: &Path, more: Value) -> Value {
        let mut request = json!({"pipeline": "image"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = self.served.submit(request, &[file.to_owned()]).await.unwrap();
        let job = self.served.ended(&id, SOON).await;
        assert_eq!(job["status"], "completed", "{job}");
        job
    }

    async fn steps(&self, job: &Value) -> Vec<Value> {
        let (id, file) = (job["id"].as_str().unwrap(), job["files"][0]["id"].as_str().unwrap());
        let report = self.served.get(&format!("/api/v1/jobs/{id}/artifacts/{file}/report.json")).await.unwrap();
        report["steps"].as_array().unwrap().clone()
    }

    /// The steps whose results were made before, by the job that made them.
    async fn reused(&self, job: &Value) -> Vec<(String, String)> {
        let of = |s: &Value| Some((s["id"].as_str()?.to_owned(), s["report"]["reused"]["job"].as_str()?.to_owned()));
        self.steps(job).await.iter().filter_map(of).collect()
    }

    async fn bytes(&self, url: &str) -> Vec<u8> {
        let answer = self.served.request(Method::GET, url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        answer.bytes().await.unwrap().to_vec()
    }

    async fn delete(&self, job: &Value) {
        let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
        assert!(self.served.request(Method::DELETE, &path).send().await.unwrap().status().is_success());
    }
}

/// Results by name and hash.
fn names(job: &Value) -> Vec<(String, String)> {
    // Reports tell of their own job.
    let all = job["files"][0]["artifacts"].as_array().unwrap().iter().filter(|a| !a["name"].as_str().unwrap().starts_with("report"));
    all.map(|a| (a["name"].as_str().unwrap().to_owned(), a["sha256"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn the_same_picture_again_is_answered_from_what_is_there() {
    let world = World::start().await;
    let picture = media::picture(world.folder.path(), "harvest.png");
    let first = world.job(&picture, json!({})).await;
    assert!(world.reused(&first).await.is_empty(), "{first}");
    let second = world.job(&picture, json!({})).await;
    let steps = world.reused(&second).await;
    assert!(steps.len() > 1 && steps.iter().all(|(_, job)| *job == first["id"].as_str().unwrap()), "{second}");
    assert_eq!(names(&first), names(&second));
    world.delete(&first).await;
    for artifact in second["files"][0]["artifacts"].as_array().unwrap().iter().filter(|a| a["media_type"] != "application/json") {
        let bytes = world.bytes(artifact["url"].as_str().unwrap()).await;
        assert_eq!(bytes.len() as u64, artifact["bytes"].as_u64().unwrap());
    }
    let third = world.job(&picture, json!({})).await;
    assert!(world.reused(&third).await.iter().all(|(_, job)| *job == second["id"].as_str().unwrap()), "{third}");
}

#[tokio::test]
async fn another_file_other_options_and_whoever_wants_all_anew_are_not_answered_from_it() {
    let world = World::start().await;
    let picture = media::picture(world.folder.path(), "harvest.png");
    let first = world.job(&picture, json!({})).await;
    let anew = world.job(&picture, json!({"reuse": false})).await;
    assert!(world.reused(&anew).await.is_empty(), "{anew}");
    let resize = world.steps(&first).await.iter().find(|s| s["op"] == "image.resize").unwrap()["id"].clone();
    let other = world.job(&picture, json!({"options": {resize.as_str().unwrap(): {"quality": 31}}})).await;
    assert!(world.reused(&other).await.iter().all(|(step, _)| *step != resize), "{other}");
    assert!(!world.reused(&other).await.is_empty(), "what does not depend on it is");
    let another = media::make(world.folder.path(), "harvest-2.png", &["-f", "lavfi", "-i", "testsrc=size=64x48", "-frames:v", "1"]);
    assert!(world.reused(&world.job(&another, json!({})).await).await.is_empty());
}

#[tokio::test]
async fn a_job_that_is_run_again_in_whole_is_made_again() {
    let world = World::start().await;
    let picture = media::picture(world.folder.path(), "harvest.png");
    let first = world.job(&picture, json!({})).await;
    let path = format!("/api/v1/jobs/{}/retry", first["id"].as_str().unwrap());
    let again = world.served.request(Method::POST, &path).json(&json!({"from": "all"})).send().await.unwrap();
    assert!(again.status().is_success());
    let again = world.served.ended(first["id"].as_str().unwrap(), SOON).await;
    assert_eq!(again["status"], "completed");
    assert!(world.reused(&again).await.is_empty(), "{again}");
}
