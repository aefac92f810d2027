//! A full disk, at each stage at which bytes come to lie on it: one clear error, nothing left behind, and the work goes on when there is
//! room again. Small disks are mounted for it, which only root may do.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, S3};
use gristmill_harness::{Served, media, until};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::{SeaweedFs, noise};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(120);
const MIB: usize = 1 << 20;
const NONE: [PathBuf; 0] = [];

/// One look at a file, again and again until there is room for it.
const LOOK: &str = r#"
name = "look"
accepts = ["video"]
[[step]]
id = "check"
op = "file.check"
retry = { retries = 1000, first_ms = 100, most_ms = 100 }
"#;

/// A small disk.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path, megabytes: u32) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).status().unwrap().success();
        assert!(mounted, "this test mounts a small disk and needs root; run it as root, or in CI");
        Self(at.to_owned())
    }

    fn free(&self) -> u64 {
        let out = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.0).output().unwrap();
        String::from_utf8(out.stdout).unwrap().lines().nth(1).and_then(|line| line.trim().parse().ok()).unwrap()
    }

    /// Leaves so many bytes.
    fn fill(&self, left: u64) {
        let bytes = self.free().saturating_sub(left);
        std::fs::write(self.0.join("filler"), vec![0; usize::try_from(bytes).unwrap()]).unwrap();
    }

    fn clear(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The test has failed already if this does not work.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A server whose blobs lie on a small disk, and its rows do not.
struct World {
    served: Served,
    disk: Disk,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(megabytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, disk) = (folder.path().join("data"), Disk::mount(&folder.path().join("disk"), megabytes));
        std::fs::create_dir(&data).unwrap();
        let blobs = format!("file:{}", disk.0.join("blobs").display());
        let served = Served::start_with(Path::new(BINARY), &data, &[("GRISTMILL_BLOBS__URL", &blobs)]).await.unwrap();
        Self { served, disk, folder }
    }

    async fn tus(&self, method: &str, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Response {
        let request = self.served.request(Method::from_bytes(method.as_bytes()).unwrap(), path).header("Tus-Resumable", "1.0.0");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        request.header("Content-Type", "application/offset+octet-stream").body(body).send().await.unwrap()
    }
}

/// The error with which a step of the job was first tried again.
async fn retried_for(served: &Served, job: &str) -> Value {
    until("a retry to be told", SOON, async || {
        let events = served.get(&format!("/api/v1/jobs/{job}/events?format=json")).await.ok()?;
        let mut items = events["items"].as_array()?.clone().into_iter();
        items.find(|e| e["kind"] == "task.retried").map(|e| e["error"].clone())
    })
    .await
}

/// Files at any depth.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What is being made below this folder; a spool has its lock beside it.
fn being_made(blobs: &Path) -> Vec<PathBuf> {
    files(&blobs.join("spool")).into_iter().filter(|path| path.extension().is_none_or(|e| e != "lock")).collect()
}

#[tokio::test]
async fn in_the_midst_of_an_upload_it_keeps_what_it_had_and_goes_on_when_there_is_room() {
    let world = World::start(40).await;
    let (bytes, had) = (noise(24 * MIB, 1), 4 * MIB);
    let announced = world.tus("POST", "/api/v1/uploads", &[("Upload-Length", bytes.len().to_string())], Vec::new()).await;
    let at = announced.headers()["location"].to_str().unwrap().to_owned();
    let patch =
        async |from: usize, to: usize| world.tus("PATCH", &at, &[("Upload-Offset", from.to_string())], bytes[from..to].to_vec()).await;
    assert_eq!(patch(0, had).await.status(), 204);
    world.disk.fill(3 * MIB as u64);
    let free = world.disk.free();
    let refused = patch(had, bytes.len()).await;
    assert_eq!(refused.status(), 507);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], "disk_full");
    let stands = world.tus("HEAD", &at, &[], Vec::new()).await;
    assert_eq!(stands.headers()["upload-offset"], had.to_string().as_str());
    assert_eq!(being_made(&world.disk.0.join("blobs")), NONE);
    assert!(world.disk.free() + 64 * 1024 >= free, "{} of {free} bytes are free", world.disk.free());
    world.disk.clear();
    assert_eq!(patch(had, bytes.len()).await.status(), 204);
}

#[tokio::test]
async fn in_the_midst_of_a_form_it_is_told_and_nothing_of_it_stays() {
    let world = World::start(24).await;
    let picture = world.folder.path().join("large.png");
    std::fs::write(&picture, noise(16 * MIB, 2)).unwrap();
    world.disk.fill(3 * MIB as u64);
    let free = world.disk.free();
    let refused = world.served.submit(json!({"pipeline": "image"}), &[picture]).await.unwrap_err().to_string();
    assert!(refused.contains("507") && refused.contains("disk_full"), "{refused}");
    assert_eq!(files(&world.disk.0.join("blobs/published")), NONE);
    assert_eq!(being_made(&world.disk.0.join("blobs")), NONE);
    assert!(world.disk.free() + 64 * 1024 >= free, "{} of {free} bytes are free", world.disk.free());
}

#[tokio::test]
async fn in_the_midst_of_a_result_it_is_a_cause_and_a_retry_and_no_half_result() {
    let world = World::start(48).await;
    let clip = media::clip(world.folder.path(), "clip.mp4", 8, "1280x720");
    let options = json!({"pipeline": "video", "options": {"transcode": {"rungs": [720], "crf": 12, "preset": "ultrafast"}}});
    let job = world.served.submit(options, &[clip]).await.unwrap();
    // Too little for a result.
    world.disk.fill(1_000_000);
    let error = retried_for(&world.served, &job).await;
    assert_eq!((&error["code"], &error["fault"]), (&json!("disk_full"), &json!("tool")), "{error}");
    world.disk.clear();
    let ended = world.served.ended(&job, SOON).await;
    assert_eq!(ended["status"], "completed", "{ended}");
}

/// A server that keeps its copies of what is in a bucket on a small disk, with room for less than a film.
struct Copying {
    served: Served,
    disk: Disk,
    bucket: String,
    film: PathBuf,
    s3: S3,
    _folder: tempfile::TempDir,
}

impl Copying {
    async fn start() -> Self {
        gristmill_blob::provide_tls();
        let folder = tempfile::tempdir().unwrap();
        let (server, disk) = (SeaweedFs::shared(), Disk::mount(&folder.path().join("data"), 28));
        let (bucket, endpoint) = (server.bucket(), server.endpoint());
        let settings = Settings {
            endpoint: Some(endpoint.clone()),
            access_key: Some(ACCESS_KEY.into()),
            secret_key: Some(SECRET_KEY.into()),
            ..Settings::from_url(&format!("s3://{bucket}/theirs")).unwrap()
        };
        let s3 = S3::open(&settings, &folder.path().join("elsewhere")).unwrap();
        std::fs::create_dir(disk.0.join("pipelines")).unwrap();
        std::fs::write(disk.0.join("pipelines/look.toml"), LOOK).unwrap();
        let (blobs, theirs) = (format!("s3://{bucket}/mill"), format!("{bucket}/theirs"));
        let rows = format!("sqlite:{}", folder.path().join("gristmill.db").display());
        let environment = [
            ("GRISTMILL_BLOBS__URL", blobs.as_str()),
            ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
            ("GRISTMILL_SOURCES__BUCKETS", theirs.as_str()),
            ("GRISTMILL_STORE__URL", rows.as_str()),
            ("GRISTMILL_STREAMING__ENABLED", "false"),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ];
        let served = Served::start_with(Path::new(BINARY), &disk.0, &environment).await.unwrap();
        let film = media::clip(folder.path(), "film.mp4", 2, "640x360");
        // What comes after the film is none of a player's business, and makes it long.
        let padding = [&(16 * MIB as u32).to_be_bytes()[..], b"free", &vec![0; 16 * MIB - 8]].concat();
        std::fs::write(&film, [std::fs::read(&film).unwrap(), padding].concat()).unwrap();
        Self { served, disk, bucket, film, s3, _folder: folder }
    }

    /// The disk is full, the job waits; then there is room, and it ends well.
    async fn waits_for_room(&self, job: &str, copies: &Path) {
        let error = retried_for(&self.served, job).await;
        assert_eq!((&error["code"], &error["fault"]), (&json!("disk_full"), &json!("tool")), "{error}");
        assert_eq!(files(copies), NONE);
        self.disk.clear();
        let ended = self.served.ended(job, SOON).await;
        assert_eq!(ended["status"], "completed", "{ended}");
    }
}

#[tokio::test]
async fn when_a_source_is_copied_from_the_bucket_of_the_blobs_it_is_a_cause_and_a_retry() {
    let world = Copying::start().await;
    // The form passes this disk on its way to the bucket; the delay is for filling it behind that.
    let job = world.served.submit(json!({"pipeline": "look", "delay_seconds": 3}), std::slice::from_ref(&world.film)).await.unwrap();
    world.disk.fill(8 * MIB as u64);
    world.waits_for_room(&job, &world.disk.0.join("bucket/cache")).await;
}

#[tokio::test]
async fn when_a_source_is_copied_from_a_bucket_of_others_it_is_a_cause_and_a_retry() {
    let world = Copying::start().await;
    world.s3.put_file(&"film.mp4".parse().unwrap(), &world.film).await.unwrap();
    world.disk.fill(8 * MIB as u64);
    let source = format!("s3://{}/theirs/film.mp4", world.bucket);
    let request = json!({"pipeline": "look", "files": [{"source": source}]});
    let answer = world.served.request(Method::POST, "/api/v1/jobs").json(&request).send().await.unwrap();
    let told: Value = answer.json().await.unwrap();
    let job = told["id"].as_str().unwrap_or_else(|| panic!("{told}"));
    world.waits_for_room(job, &world.disk.0.join("sources/copies")).await;
}
