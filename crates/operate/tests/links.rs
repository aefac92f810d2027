//! Operations that read through a gateway, in the sandbox: the same results as from a local file, and clear errors.

#[path = "video/rig.rs"]
mod rig;

use std::path::{Path, PathBuf};
use std::process::Command;

use gristmill_blob::Object;
use gristmill_gateway::{Bounds, Gateway, Link};
use gristmill_model::Fault;
use gristmill_operate::sandbox::Sandbox;
use gristmill_operate::{HEAD, Input, Registry, Source};
use rig::{Attempt, done, input};
use serde_json::{Value, json};

/// A film of six seconds, its index at the end.
fn film(folder: &Path) -> PathBuf {
    let path = folder.join("film.mp4");
    let args = "-v error -f lavfi -i testsrc2=s=640x360:r=30 -f lavfi -i sine=d=6 -t 6 -c:v libx264 -preset ultrafast -c:a aac";
    assert!(Command::new("ffmpeg").args(args.split(' ')).arg(&path).status().unwrap().success());
    path
}

/// The same input by a link.
async fn linked(gateway: &Gateway, path: &Path) -> (Link, Input) {
    let object = Object::file(path, "film").await.unwrap();
    let link = gateway.open(&object).unwrap();
    let head = object.read_at(0..object.size().min(HEAD as u64)).await.unwrap();
    let source = Source::Link { url: link.url(), port: link.port(), bytes: object.size(), head };
    let linked = Input { source, ..input(path) };
    (link, linked)
}

fn confined() -> bool {
    let layers = Sandbox::new().layers();
    assert!(
        layers.confines_connections() || std::env::var_os("GRISTMILL_WITHOUT_LANDLOCK").is_some(),
        "{layers}: set GRISTMILL_WITHOUT_LANDLOCK=1 to test without"
    );
    layers.confines_connections()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ffmpeg_reads_through_a_link_has_the_results_of_a_local_file() {
    if !confined() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path());
    let gateway = Gateway::start(Bounds::default()).unwrap();
    for (op, options) in [
        ("file.check", json!({})),
        ("video.probe", json!({})),
        ("video.poster", json!({})),
        ("video.transcode", json!({ "preset": "ultrafast", "rungs": [360] })),
    ] {
        assert!(Registry::standard().get(op).unwrap().passes().is_some(), "{op}");
        let (link, by_link) = linked(&gateway, &path).await;
        let (here, there) = (Attempt::new(), Attempt::new());
        let local = done(here.run(op, &input(&path), options.clone()).await.unwrap());
        let remote = done(there.run(op, &by_link, options).await.unwrap());
        assert_eq!(remote.report, local.report, "{op}");
        let bytes = |drafts: &[gristmill_operate::Draft]| drafts.iter().map(|d| std::fs::read(&d.path).unwrap()).collect::<Vec<_>>();
        assert!(bytes(&remote.artifacts) == bytes(&local.artifacts), "{op}");
        assert!(link.counts().requests > 0 && link.error().is_none(), "{op}: {:?}", link.counts());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reads_files_only_says_so_and_does_not_offer_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = film(folder.path());
    let gateway = Gateway::start(Bounds::default()).unwrap();
    let (_link, by_link) = linked(&gateway, &path).await;
    for op in ["image.placeholder", "metadata.extract"] {
        assert_eq!(Registry::standard().get(op).unwrap().passes(), None, "{op}");
        let error = Attempt::new().run(op, &by_link, json!({})).await.unwrap_err();
        assert_eq!((error.problem.fault, error.problem.code.as_str()), (Fault::Bug, "copy_missing"), "{op}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_tells_the_address_of_a_link() {
    if !confined() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.mp4");
    let whole = std::fs::read(film(folder.path())).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let gateway = Gateway::start(Bounds::default()).unwrap();
    let (link, by_link) = linked(&gateway, &path).await;
    let token = link.url().rsplit_once('/').unwrap().1.to_owned();
    for op in ["file.check", "video.transcode"] {
        let error = Attempt::new().run(op, &by_link, Value::Object(serde_json::Map::new())).await.unwrap_err();
        assert_eq!(error.problem.fault, Fault::Input);
        assert!(!format!("{error:?}").contains(&token), "{op}");
    }
}
