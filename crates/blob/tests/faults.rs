//! A bad line and a changing bucket between us and SeaweedFS: each time a result, or one clear error, and nothing left behind.

mod common;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::{Bucket, MIB, bucket, file, key, settings, sha256};
use futures::{StreamExt, TryStreamExt};
use gristmill_blob::guard::Allow;
use gristmill_blob::s3::Settings;
use gristmill_blob::{BlobError, Blobs, Local, Object, Reading, Web, pull};
use gristmill_servers::{Fault, Proxy, SeaweedFs, noise};

/// A bucket behind a bad line, with one blob `film` in it that was put over a good one.
struct Case {
    proxy: Proxy,
    bad: Bucket,
    good: Bucket,
    bytes: Vec<u8>,
}

impl Case {
    async fn of(length: usize) -> Self {
        let server = SeaweedFs::shared();
        let name = server.bucket();
        let proxy = Proxy::http(server.address());
        let good = bucket(settings(&server.endpoint(), &name));
        let bad = bucket(settings(&format!("http://{}", proxy.address()), &name));
        let bytes = noise(length, 3);
        good.s3.put_file(&key("film"), &file(good.s3.spool(), &bytes)).await.unwrap();
        Self { proxy, bad, good, bytes }
    }

    async fn object(&self) -> Object {
        self.bad.s3.object(&key("film")).await.unwrap()
    }

    async fn pulls(&self) {
        let to = self.bad.folder.path().join("pulled");
        let pulled = pull(&self.object().await, &to, Some(&sha256(&self.bytes))).await.unwrap();
        assert_eq!(pulled.bytes, self.bytes.len() as u64);
        assert!(std::fs::read(&to).unwrap() == self.bytes);
        assert_eq!(leftovers(&to), 0);
        std::fs::remove_file(to).unwrap();
    }

    async fn pushes(&self) {
        let stored = self.bad.s3.put_file(&key("pushed"), &file(self.bad.s3.spool(), &self.bytes)).await.unwrap();
        assert_eq!(stored.sha256, sha256(&self.bytes));
        let path = self.good.s3.local(&key("pushed"), None).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == self.bytes);
        assert_eq!(self.good.s3.abort_abandoned(Duration::ZERO).await.unwrap(), 0);
    }
}

/// Partial files and journals beside a path.
fn leftovers(to: &Path) -> usize {
    let name = to.file_name().unwrap().to_str().unwrap().to_owned();
    let beside = std::fs::read_dir(to.parent().unwrap()).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    beside.filter(|other| other.starts_with(&format!("{name}."))).count()
}

#[tokio::test]
async fn bursts_of_503_are_ridden_out() {
    let case = Case::of(12 * MIB).await;
    case.proxy.fault(3, Fault::Status(503));
    case.pulls().await;
    case.pushes().await;
}

#[tokio::test]
async fn connections_that_break_off_cost_little_more_than_what_was_missing() {
    let case = Case::of(12 * MIB).await;
    let object = case.object().await;
    case.proxy.fault(1, Fault::ResetAfter(300_000));
    let before = case.proxy.passed().1;
    let pieces: Vec<_> = object.stream(0..object.size()).try_collect().await.unwrap();
    assert!(pieces.concat() == case.bytes);
    let fetched = case.proxy.passed().1 - before;
    // What the client had not read yet is lost with a reset, the more the busier it is. Without going on within a part, none would ever
    // be whole.
    assert!(fetched < case.bytes.len() as u64 * 3, "{fetched} bytes for {}", case.bytes.len());
}

#[tokio::test]
async fn answers_that_stop_are_asked_for_again() {
    let case = Case::of(8 * MIB).await;
    case.proxy.fault(4, Fault::HangAfter(100_000));
    let began = Instant::now();
    case.pulls().await;
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_black_hole_is_an_error_in_bounded_time() {
    let case = Case::of(MIB).await;
    let reading = Reading { stall: Duration::from_millis(200), tries: 2, ..Reading::default() };
    let bad = bucket(Settings { reading, ..case.bad.settings.clone() });
    let object = bad.s3.object(&key("film")).await.unwrap();
    case.proxy.black_hole(true);
    let began = Instant::now();
    assert!(matches!(object.read_at(0..9).await, Err(BlobError::Unavailable { .. })));
    assert!(matches!(bad.s3.put_file(&key("x"), &file(bad.s3.spool(), b"x")).await, Err(BlobError::Unavailable { .. })));
    assert!(matches!(pull(&object, &bad.folder.path().join("x"), None).await, Err(error) if error.retry()));
    assert!(began.elapsed() < Duration::from_secs(10));
    case.proxy.black_hole(false);
    case.pulls().await;
}

#[tokio::test]
async fn a_few_slow_parts_are_overtaken() {
    let case = Case::of(48 * MIB).await;
    let object = case.object().await;
    // Each of them alone would take ten seconds.
    case.proxy.fault(20, Fault::BytesPerSecond(100_000));
    let began = Instant::now();
    let pieces: Vec<_> = object.stream(0..object.size()).try_collect().await.unwrap();
    assert!(pieces.concat() == case.bytes);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_object_that_is_replaced_midway_is_told() {
    let case = Case::of(4 * MIB).await;
    let object = case.object().await;
    let mut stream = object.stream(0..object.size());
    stream.next().await.unwrap().unwrap();
    let partial = case.bad.folder.path().join("pulled");
    // Same size: only its version tells.
    case.good.s3.put_file(&key("film"), &file(case.good.s3.spool(), &noise(4 * MIB, 4))).await.unwrap();
    let error = object.read_at(9..99).await.unwrap_err();
    assert!(matches!(error, BlobError::Changed(_)) && !error.retry());
    assert!(matches!(pull(&object, &partial, None).await, Err(BlobError::Changed(_))));
    assert_eq!((partial.exists(), leftovers(&partial)), (false, 0));
}

#[tokio::test]
async fn an_object_that_is_deleted_midway_is_told() {
    let case = Case::of(4 * MIB).await;
    let object = case.object().await;
    case.good.s3.delete(&key("film")).await.unwrap();
    assert!(matches!(object.read_at(9..99).await, Err(BlobError::NotFound(_))));
    let partial = case.bad.folder.path().join("pulled");
    assert!(matches!(pull(&object, &partial, None).await, Err(BlobError::NotFound(_))));
    assert_eq!((partial.exists(), leftovers(&partial)), (false, 0));
}

#[tokio::test]
async fn a_broken_pull_of_what_has_changed_since_begins_anew() {
    let case = Case::of(8 * MIB).await;
    let (old, to) = (case.object().await, case.bad.folder.path().join("pulled"));
    case.proxy.fault(5, Fault::Status(403));
    assert!(matches!(pull(&old, &to, None).await, Err(BlobError::Refused { .. })));
    assert_eq!(leftovers(&to), 2);
    case.proxy.fault(1, None);
    let new = noise(8 * MIB, 5);
    case.good.s3.put_file(&key("film"), &file(case.good.s3.spool(), &new)).await.unwrap();
    let pulled = pull(&case.object().await, &to, Some(&sha256(&new))).await.unwrap();
    assert_eq!(pulled.kept, 0);
}

#[tokio::test]
async fn a_broken_pull_goes_on_where_it_was() {
    let case = Case::of(8 * MIB).await;
    let (object, to) = (case.object().await, case.bad.folder.path().join("pulled"));
    case.proxy.fault(6, Fault::Status(403));
    assert!(pull(&object, &to, None).await.is_err());
    case.proxy.fault(1, None);
    let before = case.proxy.passed().1;
    let pulled = pull(&object, &to, Some(&sha256(&case.bytes))).await.unwrap();
    assert!(pulled.kept > 0);
    assert!(case.proxy.passed().1 - before < case.bytes.len() as u64 - pulled.kept + MIB as u64);
}

#[tokio::test]
async fn bytes_that_are_not_those_that_were_stored_are_told_and_not_kept() {
    let case = Case::of(4 * MIB).await;
    let to = case.bad.folder.path().join("pulled");
    let error = pull(&case.object().await, &to, Some(&sha256(b"what was stored"))).await.unwrap_err();
    assert!(matches!(&error, BlobError::Damaged(name) if name == "film") && error.retry(), "{error:?}");
    assert_eq!((to.exists(), leftovers(&to)), (false, 0));
    let copies = || std::fs::read_dir(case.bad.s3.cache().folder()).unwrap().count();
    assert!(matches!(case.bad.s3.local(&key("film"), Some(&sha256(b""))).await, Err(BlobError::Damaged(_))));
    assert_eq!(copies(), 0);
    case.bad.s3.local(&key("film"), Some(&sha256(&case.bytes))).await.unwrap();
    assert_eq!(copies(), 1);
}

#[tokio::test]
async fn a_wrong_secret_a_missing_bucket_and_an_expired_address_are_told_apart() {
    let case = Case::of(9).await;
    let wrong = bucket(Settings { secret_key: Some("guessed".into()), ..case.good.settings.clone() });
    for error in [
        wrong.s3.object(&key("film")).await.unwrap_err(),
        wrong.s3.list(&key("a")).await.unwrap_err(),
        wrong.s3.put_file(&key("x"), &file(wrong.s3.spool(), b"x")).await.unwrap_err(),
        wrong.s3.probe().await.unwrap_err(),
    ] {
        assert!(matches!(&error, BlobError::Refused { .. }) && !error.retry(), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("guessed"));
    }
    let none = bucket(Settings { bucket: "no-such-bucket".into(), ..case.good.settings.clone() });
    for error in [
        none.s3.object(&key("film")).await.unwrap_err(),
        none.s3.put_file(&key("x"), &file(none.s3.spool(), b"x")).await.unwrap_err(),
        none.s3.put_file(&key("x"), &file(none.s3.spool(), &noise(6 * MIB, 1))).await.unwrap_err(),
        none.s3.probe().await.unwrap_err(),
    ] {
        assert!(matches!(&error, BlobError::NoBucket(_)) && !error.retry(), "{error:?}");
    }
    let url = case.good.s3.presign_get(&key("film"), Duration::from_secs(1)).await.unwrap();
    let web = Web::new(Allow { http: true, loopback: true, ..Allow::default() }, 100, Reading::default()).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let error = loop {
        match web.open(url.secret()).await {
            Ok(_) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(100)).await,
            Ok(_) => panic!("it never expired"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, BlobError::Refused { .. }) && !format!("{error:?}").contains("Signature="));
}

/// A small disk.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder.path()).status().unwrap().success();
        assert!(mounted, "this test mounts a small disk and needs root; run it as root, or in CI");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg(self.path()).status();
    }
}

fn is_full(error: &BlobError) -> bool {
    matches!(error, BlobError::Io(e) if e.kind() == std::io::ErrorKind::StorageFull)
}

#[tokio::test]
async fn a_full_disk_is_told_and_left_as_it_was() {
    let case = Case::of(16 * MIB).await;
    let disk = Disk::mount();
    let error = pull(&case.object().await, &disk.path().join("pulled"), None).await.unwrap_err();
    assert!(is_full(&error), "{error:?}");
    assert_eq!(std::fs::read_dir(disk.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_full_disk_of_blobs_takes_none_of_what_does_not_fit_and_keeps_what_it_has() {
    let (disk, elsewhere) = (Disk::mount(), tempfile::tempdir().unwrap());
    let blobs = Local::open(disk.path()).unwrap();
    let spooled = |blobs: &Local| std::fs::read_dir(blobs.spool()).unwrap().count();
    let large = file(elsewhere.path(), &noise(9 * MIB, 1));
    let error = blobs.put_file(&key("large"), &large).await.unwrap_err();
    assert!(is_full(&error) && large.exists() && spooled(&blobs) == 0, "{error:?}");
    for part in ["parts/1", "parts/2"] {
        blobs.put_file(&key(part), &file(elsewhere.path(), &noise(3 * MIB, 2))).await.unwrap();
    }
    let error = blobs.concat(&[key("parts/1"), key("parts/2")], &key("whole")).await.unwrap_err();
    assert!(is_full(&error) && spooled(&blobs) == 0, "{error:?}");
    assert_eq!(blobs.list(&key("parts")).await.unwrap().len(), 2);
    assert!(matches!(blobs.size(&key("whole")).await, Err(BlobError::NotFound(_))));
    blobs.put_file(&key("small"), &file(elsewhere.path(), &noise(MIB, 3))).await.unwrap();
}

#[tokio::test]
async fn a_thousand_half_finished_uploads_are_aborted_and_others_are_not() {
    let server = SeaweedFs::shared();
    let ours = bucket(settings(&server.endpoint(), &server.bucket()));
    let other = bucket(Settings { prefix: "some/other".into(), ..ours.settings.clone() });
    let theirs = other.s3.begin_multipart(&key("theirs")).await.unwrap();
    let begun = futures::stream::iter(0..1_010).map(|n| {
        let s3 = ours.s3.clone();
        async move { s3.begin_multipart(&key(&format!("half/{n}"))).await }
    });
    begun.buffer_unordered(16).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(ours.s3.abort_abandoned(Duration::from_secs(3600)).await.unwrap(), 0);
    // The server tells times in whole seconds.
    let mut aborted = 0;
    let until = Instant::now() + Duration::from_secs(60);
    while aborted < 1_010 && Instant::now() < until {
        aborted += ours.s3.abort_abandoned(Duration::ZERO).await.unwrap();
    }
    assert_eq!(aborted, 1_010);
    assert!(other.s3.parts(&key("theirs"), &theirs).await.is_ok());
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_only_costs_time() {
    let mut server = SeaweedFs::start();
    let name = server.bucket();
    let reading = Reading { tries: 12, chunk: MIB as u64, ..Reading::default() };
    let ours = bucket(Settings { reading, ..settings(&server.endpoint(), &name) });
    let bytes = noise(20 * MIB, 6);
    ours.s3.put_file(&key("film"), &file(ours.s3.spool(), &bytes)).await.unwrap();
    let object = ours.s3.object(&key("film")).await.unwrap();
    let mut stream = object.stream(0..object.size());
    let first = stream.next().await.unwrap().unwrap();
    let restarted = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    });
    let rest: Vec<_> = stream.try_collect().await.unwrap();
    assert!([vec![first], rest].concat().concat() == bytes);
    let _server: SeaweedFs = restarted.await.unwrap();
}
