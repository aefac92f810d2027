//! Files that stay where they are: read in the version that was submitted, from places that are allowed, and from no others.

use std::path::Path;
use std::time::Duration;

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, S3};
use gristmill_harness::{Served, media};
use gristmill_servers::SeaweedFs;
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);

/// A server beside a bucket of somebody's.
struct World {
    served: Served,
    bucket: String,
    s3: S3,
    folder: tempfile::TempDir,
}

impl World {
    /// `allowed` says what of the bucket may be read; BUCKET in it is its name.
    async fn start(allowed: &str, more: &[(&str, &str)]) -> Self {
        gristmill_blob::provide_tls();
        let folder = tempfile::tempdir().unwrap();
        let (bucket, endpoint) = (SeaweedFs::shared().bucket(), SeaweedFs::shared().endpoint());
        let settings = Settings {
            endpoint: Some(endpoint.clone()),
            access_key: Some(ACCESS_KEY.into()),
            secret_key: Some(SECRET_KEY.into()),
            ..Settings::from_url(&format!("s3://{bucket}")).unwrap()
        };
        let s3 = S3::open(&settings, &folder.path().join("theirs")).unwrap();
        let allowed = allowed.replace("BUCKET", &bucket);
        let mut environment = vec![
            ("GRISTMILL_SOURCES__BUCKETS", allowed.as_str()),
            ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ];
        let more: Vec<(&str, String)> = more.iter().map(|(name, value)| (*name, value.replace("BUCKET", &bucket))).collect();
        environment.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let served = Served::start_with(Path::new(BINARY), &data, &environment).await.unwrap();
        Self { served, bucket, s3, folder }
    }

    /// Puts a picture into the bucket, and answers its address.
    async fn picture(&self, key: &str, size: &str) -> String {
        let made =
            media::make(self.folder.path(), "picture.png", &["-f", "lavfi", "-i", &format!("testsrc=size={size}"), "-frames:v", "1"]);
        self.s3.put_file(&key.parse().unwrap(), &made).await.unwrap();
        format!("s3://{}/{key}", self.bucket)
    }

    async fn submit(&self, source: &str, delay: u64) -> (u16, Value) {
        let request = json!({"pipeline": "image", "files": [{"source": source}], "delay_seconds": delay});
        let answer = self.served.request(Method::POST, "/api/v1/jobs").json(&request).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn ended(&self, source: &str, delay: u64) -> Value {
        let (status, job) = self.submit(source, delay).await;
        assert_eq!(status, 202, "{job}");
        self.served.ended(job["id"].as_str().unwrap(), SOON).await
    }

    async fn refused(&self, source: &str) -> String {
        let (status, problem) = self.submit(source, 0).await;
        assert!((400..500).contains(&status), "{source}: {status} {problem}");
        assert!(!problem["detail"].as_str().unwrap().contains("X-Amz-Signature"), "{problem}");
        problem["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn an_object_of_an_allowed_bucket_is_a_jobs_file_and_stays() {
    let world = World::start("BUCKET/in", &[]).await;
    let source = world.picture("in/2026/harvest 1.png", "320x200").await;
    let job = world.ended(&source, 0).await;
    assert_eq!(job["status"], "completed", "{job}");
    let file = &job["files"][0];
    assert_eq!((&file["name"], &file["sha256"]), (&json!("harvest 1.png"), &Value::Null));
    let size = world.s3.size(&"in/2026/harvest 1.png".parse().unwrap()).await.unwrap();
    assert_eq!(file["bytes"], size);
    let deleted = world.served.request(Method::DELETE, &format!("/api/v1/jobs/{}", job["id"].as_str().unwrap())).send().await.unwrap();
    assert!(deleted.status().is_success());
    assert_eq!(world.ended(&source, 0).await["status"], "completed", "it is still there, and was not ours to delete");
}

#[tokio::test]
async fn an_owner_reads_no_further_than_is_allowed() {
    let world = World::start("BUCKET/of/{owner}", &[]).await;
    for key in ["of/local/a.png", "of/localhost/a.png", "of/ben/a.png"] {
        world.picture(key, "64x48").await;
    }
    let at = |key: &str| format!("s3://{}/{key}", world.bucket);
    assert_eq!(world.ended(&at("of/local/a.png"), 0).await["status"], "completed");
    for key in ["of/localhost/a.png", "of/ben/a.png", "of/none.png"] {
        assert_eq!(world.refused(&at(key)).await, "source_not_allowed", "{key}");
    }
    assert_eq!(world.refused("s3://somebody-elses/of/local/a.png").await, "source_not_allowed");
    assert_eq!(world.refused(&at("of/local/../ben/a.png")).await, "source_invalid");
    assert_eq!(world.refused(&at("of/local/none.png")).await, "source_not_found");
}

#[tokio::test]
async fn an_object_that_was_replaced_or_removed_after_the_submit_is_told_and_nothing_else_is_read() {
    let world = World::start("BUCKET", &[]).await;
    let source = world.picture("a.png", "64x48").await;
    let (_, job) = world.submit(&source, 2).await;
    world.picture("a.png", "96x72").await;
    let job = world.served.ended(job["id"].as_str().unwrap(), SOON).await;
    let error = &job["files"][0]["error"];
    assert_eq!((&error["code"], &error["fault"]), (&json!("source_changed"), &json!("input")), "{job}");
    let (_, job) = world.submit(&source, 2).await;
    world.s3.delete(&"a.png".parse().unwrap()).await.unwrap();
    let job = world.served.ended(job["id"].as_str().unwrap(), SOON).await;
    let error = &job["files"][0]["error"];
    assert_eq!((&error["code"], &error["fault"]), (&json!("source_not_found"), &json!("input")), "{job}");
}

#[tokio::test]
async fn an_address_is_read_and_its_signature_is_told_to_nobody() {
    let world = World::start("", &[("GRISTMILL_SOURCES__WEB", "loopback")]).await;
    world.picture("signed.png", "64x48").await;
    let url = world.s3.presign_get(&"signed.png".parse().unwrap(), SOON).await.unwrap();
    let job = world.ended(url.secret(), 0).await;
    assert_eq!((&job["status"], &job["files"][0]["name"]), (&json!("completed"), &json!("signed.png")), "{job}");
    assert_eq!(world.refused(&url.secret().replace("X-Amz-Expires=60", "X-Amz-Expires=61")).await, "source_refused");
    let signature = url.secret().split("X-Amz-Signature=").nth(1).unwrap();
    assert!(!job.to_string().contains(signature), "{job}");
    let log = std::fs::read_to_string(world.folder.path().join("data/serve.log")).unwrap();
    assert!(!log.contains(signature), "a signature is in the log");
}

#[tokio::test]
async fn addresses_of_our_own_networks_are_not_read() {
    let world = World::start("", &[]).await;
    world.picture("a.png", "64x48").await;
    for source in [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://localhost/",
        "https://0x7f000001/",
        "https://me:pass@example.org/a.png",
    ] {
        assert_eq!(world.refused(source).await, "source_not_allowed", "{source}");
    }
    assert_eq!(world.refused(&format!("{}/{}/a.png", SeaweedFs::shared().endpoint(), world.bucket)).await, "source_not_allowed");
    let off = World::start("", &[("GRISTMILL_SOURCES__WEB", "off")]).await;
    assert_eq!(off.refused("https://example.org/a.png").await, "source_not_allowed");
}

#[tokio::test]
async fn an_object_larger_than_any_upload_may_be_is_refused_before_it_is_read() {
    let limits = [("GRISTMILL_LIMITS__MAX_UPLOAD_BYTES", "1000"), ("GRISTMILL_SOURCES__WEB", "loopback")];
    let world = World::start("BUCKET", &limits).await;
    let source = world.picture("large.png", "640x480").await;
    assert_eq!(world.refused(&source).await, "source_too_large");
    let url = world.s3.presign_get(&"large.png".parse().unwrap(), SOON).await.unwrap();
    assert_eq!(world.refused(url.secret()).await, "source_too_large");
}

impl World {
    async fn waiting(&self, keys: &[&str], expires: u64) -> String {
        let files: Vec<Value> = keys.iter().map(|key| json!({"source": format!("s3://{}/{key}", self.bucket)})).collect();
        let request = json!({"pipeline": "image", "files": files, "wait_for_files": true, "expires_in_seconds": expires});
        let answer = self.served.request(Method::POST, "/api/v1/jobs").json(&request).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Tells that these objects were put, as S3 does.
    async fn tell(&self, keys: &[&str]) -> Value {
        let record = |key: &&str| json!({"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": self.bucket}, "object": {"key": key.replace(' ', "+")}}});
        let body = json!({"Records": keys.iter().map(record).collect::<Vec<_>>()});
        let answer = self.served.request(Method::POST, "/api/v1/events/s3").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    async fn job(&self, id: &str) -> Value {
        self.served.get(&format!("/api/v1/jobs/{id}")).await.unwrap()
    }
}

#[tokio::test]
async fn a_job_waits_for_files_that_are_not_there_and_starts_when_the_last_has_come() {
    let world = World::start("BUCKET", &[("GRISTMILL_SOURCES__LOOK_SECONDS", "1")]).await;
    world.picture("one.png", "64x48").await;
    let id = world.waiting(&["one.png", "two.png"], 600).await;
    let job = world.job(&id).await;
    assert_eq!((&job["status"], &job["waiting_for_files"]), (&json!("pending"), &json!(true)));
    world.picture("two.png", "96x72").await;
    let job = world.served.ended(&id, SOON).await;
    assert_eq!((&job["status"], &job["waiting_for_files"]), (&json!("completed"), &json!(false)), "{job}");
    assert!(job["files"].as_array().unwrap().iter().all(|f| f["bytes"].as_u64() > Some(0)), "{job}");
    let refused = world.refused(&format!("s3://{}/three.png", world.bucket)).await;
    assert_eq!(refused, "source_not_found", "only those who ask to wait wait");
}

#[tokio::test]
async fn a_job_whose_files_do_not_come_expires_by_its_own_deadline() {
    let world = World::start("BUCKET", &[("GRISTMILL_SOURCES__LOOK_SECONDS", "1")]).await;
    let id = world.waiting(&["never.png"], 1).await;
    let job = world.served.ended(&id, SOON).await;
    assert_eq!((&job["status"], &job["files"][0]["error"]["code"]), (&json!("expired"), &json!("job_expired")), "{job}");
}

#[tokio::test]
async fn news_of_an_object_readies_the_job_that_waits_for_it_without_another_look() {
    let world = World::start("BUCKET", &[("GRISTMILL_SOURCES__LOOK_SECONDS", "86400")]).await;
    let id = world.waiting(&["late comer.png"], 600).await;
    assert_eq!(world.tell(&["late comer.png"]).await["readied"], 1, "news before the object are news of nothing");
    world.picture("late comer.png", "64x48").await;
    assert_eq!(world.job(&id).await["waiting_for_files"], true);
    assert_eq!(world.tell(&["other.png", "late comer.png", "late comer.png"]).await["readied"], 2);
    assert_eq!(world.served.ended(&id, SOON).await["status"], "completed");
}

#[tokio::test]
async fn each_version_of_an_object_in_a_drop_folder_makes_one_job_however_often_it_is_told() {
    let world = World::start("BUCKET", &[("GRISTMILL_SOURCES__DROPS", "BUCKET/drop=image")]).await;
    world.picture("drop/a.png", "64x48").await;
    world.picture("beside/a.png", "64x48").await;
    let first = world.tell(&["drop/a.png", "beside/a.png", "drop/a.png", "drop/gone.png"]).await["jobs"].clone();
    assert_eq!(first.as_array().unwrap().len(), 2);
    assert_eq!(first[0], first[1]);
    assert_eq!(world.tell(&["drop/a.png"]).await["jobs"], json!([first[0]]));
    world.picture("drop/a.png", "96x72").await;
    let second = world.tell(&["drop/a.png"]).await["jobs"].clone();
    assert_ne!(second[0], first[0]);
    for id in [&first[0], &second[0]] {
        let job = world.served.ended(id.as_str().unwrap(), SOON).await;
        assert_eq!(job["files"][0]["name"], "a.png");
    }
}
