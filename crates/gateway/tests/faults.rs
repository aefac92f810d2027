//! A bad line and a changing bucket behind the gateway: identical bytes, or one error that tells the cause.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::{MIB, World, client, drained, film};
use gristmill_blob::{BlobError, Blobs, Object, Reading};
use gristmill_gateway::{Bounds, Counts, Link};
use gristmill_servers::{Fault, noise};

/// A gateway whose requests are small, so that faults hit many of them.
async fn world(bytes: &[u8]) -> (World, Object) {
    let reading = Reading { stall: Duration::from_secs(2), tries: 8, ..Reading::default() };
    let world = World::with(Bounds { chunk: MIB as u64, ..Bounds::default() }, reading);
    world.put(bytes).await;
    let object = world.object().await;
    (world, object)
}

async fn reads(link: &Link) -> (Vec<u8>, bool) {
    drained(client().get(link.url()).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bursts_of_503_and_resets_are_not_seen_by_a_reader() {
    let bytes = noise(16 * MIB, 1);
    let (world, object) = world(&bytes).await;
    for fault in [Fault::Status(503), Fault::ResetAfter(20_000), Fault::Status(500)] {
        world.proxy.fault(3, fault);
        let gateway = gristmill_gateway::Gateway::start(Bounds { chunk: MIB as u64, ..Bounds::default() }).unwrap();
        let link = gateway.open(&object).unwrap();
        let (got, whole) = reads(&link).await;
        assert!(whole && got == bytes, "{fault:?}: {:?}", link.error());
        assert!(link.error().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_replaced_midway_is_the_error_of_the_link() {
    let (world, object) = world(&noise(24 * MIB, 1)).await;
    let link = world.gateway.open(&object).unwrap();
    let mut answer = client().get(link.url()).send().await.unwrap();
    answer.chunk().await.unwrap().unwrap();
    // Same size: only its version tells.
    world.put(&noise(24 * MIB, 2)).await;
    assert!(!drained(answer).await.1);
    assert!(matches!(&*link.error().unwrap(), BlobError::Changed(name) if name == "film"));
    let link = world.gateway.open(&world.object().await).unwrap();
    assert!(reads(&link).await.0 == noise(24 * MIB, 2), "nothing of the old version is served to a new link");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_deleted_midway_is_the_error_of_the_link() {
    let (world, object) = world(&noise(24 * MIB, 1)).await;
    let link = world.gateway.open(&object).unwrap();
    world.write.delete(&film()).await.unwrap();
    assert!(!reads(&link).await.1);
    assert!(matches!(&*link.error().unwrap(), BlobError::NotFound(name) if name == "film"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_away_is_the_error_of_the_link_and_a_later_read_may_succeed() {
    let bytes = noise(MIB, 1);
    let (world, object) = world(&bytes).await;
    let link = world.gateway.open(&object).unwrap();
    world.proxy.fault(1, Fault::Status(503));
    assert!(!reads(&link).await.1);
    assert!(matches!(&*link.error().unwrap(), BlobError::Unavailable { .. }));
    world.proxy.fault(1, None);
    assert!(reads(&link).await.0 == bytes);
    assert!(link.error().is_some(), "a tool saw it: it is not forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_is_the_error_of_the_link_in_bounded_time() {
    let reading = Reading { stall: Duration::from_millis(200), tries: 2, ..Reading::default() };
    let world = World::with(Bounds::default(), reading);
    let bytes = noise(4 * MIB, 1);
    world.put(&bytes).await;
    let object = world.object().await;
    let link = world.gateway.open(&object).unwrap();
    world.proxy.black_hole(true);
    let began = Instant::now();
    assert!(!reads(&link).await.1);
    assert!(matches!(&*link.error().unwrap(), BlobError::Unavailable { .. }));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    world.proxy.black_hole(false);
    assert!(reads(&link).await.0 == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn ffmpeg_takes_a_broken_connection_for_the_end_and_the_link_knows_better() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.ts");
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc2=s=1280x720:r=30 -t 8 -c:v libx264 -preset ultrafast -b:v 20M -f mpegts".split(' '))
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let (world, object) = world(&std::fs::read(&path).unwrap()).await;
    let link = world.gateway.open(&object).unwrap();
    let url = link.url();
    let read =
        move || Command::new("ffmpeg").args(["-v", "error", "-f", "mpegts", "-i", &url, "-c", "copy", "-f", "md5", "-"]).output().unwrap();
    let good = tokio::task::spawn_blocking(read.clone()).await.unwrap();
    assert!(good.status.success() && link.error().is_none());
    let before = link.counts();
    assert_ne!(before, Counts::default());
    // Nothing may be left of the first read.
    drop(link);
    let gateway = gristmill_gateway::Gateway::start(Bounds { chunk: MIB as u64, memory: 4 << 20 }).unwrap();
    let link = gateway.open(&object).unwrap();
    world.proxy.fault(6, Fault::Status(403));
    let url = link.url();
    let bad = tokio::task::spawn_blocking(move || {
        Command::new("ffmpeg").args(["-v", "error", "-f", "mpegts", "-i", &url, "-c", "copy", "-f", "md5", "-"]).output().unwrap()
    });
    let bad = bad.await.unwrap();
    assert_ne!(bad.stdout, good.stdout, "a part of the film is missing");
    assert!(matches!(&*link.error().unwrap(), BlobError::Refused { .. }), "whatever ffmpeg says: {}", bad.status);
}
