//! Jobs on files in a bucket: large films through the gateway, the rest as copies, and the true cause when storage fails in the midst.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, Key, Reading, S3};
use gristmill_engine::JobView;
use gristmill_engine::worker::Streaming;
use gristmill_harness::{App, media, until};
use gristmill_model::task::State;
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::{Fault, Proxy, SeaweedFs};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");

const FILM: &str = r#"
name = "film"
accepts = ["video"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "transcode"
op = "video.transcode"
after = ["check"]
options = { preset = "ultrafast", rungs = [240] }
[[step]]
id = "package"
op = "video.package"
after = ["transcode"]
"#;

/// Every file is large here.
const ALL: Streaming = Streaming { enabled: true, chunk: 1 << 20, threshold: 0 };

/// A mill over a bucket that it reaches by a line which can be made bad.
struct World {
    app: App,
    proxy: Proxy,
    elsewhere: S3,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(streaming: Streaming) -> Self {
        let (server, folder) = (SeaweedFs::shared(), tempfile::tempdir().unwrap());
        let (bucket, proxy) = (server.bucket(), Proxy::http(server.address()));
        let open = |endpoint: String, name: &str| {
            let settings = Settings {
                endpoint: Some(endpoint),
                access_key: Some(ACCESS_KEY.to_owned()),
                secret_key: Some(SECRET_KEY.to_owned()),
                // A slow line is a slow line here, and no reason to ask again.
                reading: Reading { hedge: false, ..Reading::default() },
                ..Settings::from_url(&format!("s3://{bucket}/mill")).unwrap()
            };
            S3::open(&settings, &folder.path().join(name)).unwrap()
        };
        let blobs = Arc::new(open(format!("http://{}", proxy.address()), "here"));
        let app = App::start_over(blobs, streaming, Path::new(BINARY), &[FILM]).await;
        Self { app, proxy, elsewhere: open(server.endpoint(), "elsewhere"), folder }
    }

    fn clip(&self, seconds: u32) -> PathBuf {
        media::clip(self.folder.path(), "clip.mp4", seconds, "640x360")
    }

    async fn source(&self) -> Key {
        let keys = self.elsewhere.list(&"jobs".parse().unwrap()).await.unwrap();
        keys.into_iter().find(|key| key.as_str().ends_with("/source")).expect("the source is in the bucket")
    }
}

fn report<'a>(view: &'a JobView, op: &str) -> &'a Value {
    let task = view.files[0].tasks.iter().find(|task| task.op == op).unwrap();
    assert_eq!(task.state, State::Succeeded, "{op}: {:?}", task.error);
    &task.report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_film_is_read_through_the_gateway_and_never_copied() {
    let world = World::start(ALL).await;
    let clip = world.clip(6);
    let job = world.app.submit("film", std::slice::from_ref(&clip), json!({})).await;
    let view = world.app.ended(job).await;
    let size = std::fs::metadata(&clip).unwrap().len();
    for op in ["file.check", "video.transcode"] {
        let reading = &report(&view, op)["reading"];
        assert_eq!(reading["via"], "gateway", "{op}: {reading}");
        let fetched = reading["bytes_fetched"].as_u64().unwrap();
        // A part that an earlier step has left is had for nothing.
        assert!(fetched <= size, "{op}: {fetched} of {size}");
    }
    let rung = view.files[0].artifacts.iter().find(|p| p.artifact.name == "hls/master.m3u8");
    assert!(rung.is_some(), "the package was made");
    let copies = std::fs::read_dir(world.app.engine.blobs().bucket().unwrap().cache().folder()).unwrap();
    let longest = copies.map(|copy| copy.unwrap().metadata().unwrap().len()).max().unwrap_or(0);
    assert!(longest < size, "the source is not among the copies");
    world.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_films_and_pictures_are_copied_and_the_report_says_why() {
    let world = World::start(Streaming::default()).await;
    let film = world.app.submit("film", &[world.clip(2)], json!({})).await;
    let picture = world.app.submit("image", &[media::picture(world.folder.path(), "a.png")], json!({})).await;
    let told = |view: &JobView, op: &str| report(view, op)["reading"].clone();
    assert_eq!(told(&world.app.ended(film).await, "video.transcode"), json!({ "via": "copy", "why": "it is small" }));
    let picture = world.app.ended(picture).await;
    assert_eq!(told(&picture, "image.placeholder"), json!({ "via": "copy", "why": "the step reads local files only" }));
    world.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_streaming_switched_off_every_file_is_copied() {
    let world = World::start(Streaming { enabled: false, ..ALL }).await;
    let job = world.app.submit("film", &[world.clip(2)], json!({})).await;
    let reading = report(&world.app.ended(job).await, "video.transcode")["reading"].clone();
    assert_eq!(reading, json!({ "via": "copy", "why": "streaming is switched off" }));
    world.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_that_is_replaced_while_it_is_read_fails_for_that_and_not_as_damaged() {
    let world = World::start(ALL).await;
    let clip = world.clip(60);
    // It cannot be read before it is replaced: every answer comes at a trickle.
    world.proxy.fault(1, Fault::BytesPerSecond(60_000));
    let job = world.app.submit("film", std::slice::from_ref(&clip), json!({})).await;
    until("the transcode to run", Duration::from_secs(60), async || {
        let view = world.app.view(job).await;
        let running = view.files[0].tasks.iter().any(|task| task.op == "video.transcode" && task.state == State::Running);
        running.then_some(())
    })
    .await;
    let source = world.source().await;
    let other = world.elsewhere.spool().join("other");
    std::fs::copy(&clip, &other).unwrap();
    let size = std::fs::metadata(&other).unwrap().len();
    // The same size: only its version tells.
    std::fs::write(&other, vec![7; usize::try_from(size).unwrap()]).unwrap();
    world.elsewhere.put_file(&source, &other).await.unwrap();
    world.proxy.fault(1, None);
    let view = world.app.ended(job).await;
    let task = view.files[0].tasks.iter().find(|task| task.op == "video.transcode").unwrap();
    assert_eq!(task.error.as_ref().map(|problem| problem.code.as_str()), Some("source_changed"), "{task:?}");
    world.app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_refuses_us_in_the_midst_of_a_film_is_told_as_that_and_tried_again() {
    let world = World::start(ALL).await;
    // It cannot be read before the keys are refused: every answer comes at a trickle.
    world.proxy.fault(1, Fault::BytesPerSecond(60_000));
    let job = world.app.submit("film", &[world.clip(60)], json!({})).await;
    until("the transcode to run", Duration::from_secs(60), async || {
        let view = world.app.view(job).await;
        let running = view.files[0].tasks.iter().any(|task| task.op == "video.transcode" && task.state == State::Running);
        running.then_some(())
    })
    .await;
    world.proxy.fault(1, Fault::Status(403));
    world.proxy.cut();
    let retried = until("the retry to be told", Duration::from_secs(60), async || {
        world.app.engine.events("local", job, 0, 1_000).await.ok()?.into_iter().find(|e| e.kind == "task.retried")
    })
    .await;
    assert_eq!((&retried.data["error"]["code"], &retried.data["error"]["fault"]), (&json!("storage_refused"), &json!("tool")));
    world.proxy.fault(1, None);
    let view = world.app.ended(job).await;
    assert_eq!(report(&view, "video.transcode")["reading"]["via"], "gateway");
    world.app.finish().await;
}
