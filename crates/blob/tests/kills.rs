//! Pulls and pushes that are killed at random bytes, again and again, by a test that counts what passes on the line.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{MIB, bucket, file, key, settings};
use gristmill_blob::{Blobs, S3, pull};
use gristmill_servers::{Proxy, SeaweedFs, noise};

const KILLS: usize = 50;
/// Bytes that are on their way at most when a process is killed: a part in each slot.
const PULLED_AT_ONCE: u64 = 4 * MIB as u64;
const PUSHED_AT_ONCE: u64 = 4 * 5 * MIB as u64;
/// Heads of requests and answers, and the questions before the parts.
const TALK: u64 = 64 * 1024;

/// What the process that is killed is told by its environment.
const WORK: &str = "GRISTMILL_BLOB_WORK";

fn child(work: &str, proxy: &Proxy, bucket: &str, node: &Path, file: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "the_process_that_is_killed"]);
    child.env(WORK, format!("{work}|http://{}|{bucket}|{}|{}", proxy.address(), node.display(), file.display()));
    child.stdout(Stdio::null()).spawn().unwrap()
}

#[tokio::test]
#[ignore = "started and killed by the tests below"]
async fn the_process_that_is_killed() {
    let Ok(work) = std::env::var(WORK) else { return };
    let [work, endpoint, bucket, node, file]: [&str; 5] = work.split('|').collect::<Vec<_>>().try_into().unwrap();
    let mut settings = settings(endpoint, bucket);
    settings.reading.stall = Duration::from_secs(20);
    let s3 = S3::open(&settings, Path::new(node)).unwrap();
    match work {
        "pull" => {
            pull(&s3.object(&key("film")).await.unwrap(), Path::new(file), None).await.unwrap();
        }
        _ => {
            s3.put_file(&key(work), Path::new(file)).await.unwrap();
        }
    }
}

/// Kills it once `bytes` more have passed; answers whether it was too late.
fn kill_after(mut child: Child, bytes: u64, passed: impl Fn() -> u64) -> bool {
    let (from, until) = (passed(), Instant::now() + Duration::from_secs(120));
    while passed() - from < bytes {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "it failed by itself");
            return true;
        }
        assert!(Instant::now() < until, "it does not come to an end");
        std::thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap().success()
}

/// The same in each run, all over the range.
fn dice(n: usize, below: u64) -> u64 {
    u64::from_le_bytes(noise(8, n as u64 + 77).try_into().unwrap()) % below
}

#[tokio::test]
async fn a_pull_survives_fifty_kills_and_fetches_no_more_than_was_on_its_way_again() {
    let server = SeaweedFs::shared();
    let name = server.bucket();
    let (good, proxy) = (bucket(settings(&server.endpoint(), &name)), Proxy::to(server.address()));
    let bytes = noise(40 * MIB, 8);
    good.s3.put_file(&key("film"), &file(good.s3.spool(), &bytes)).await.unwrap();
    let (mut kills, mut files) = (0, 0);
    while kills < KILLS {
        let to = good.folder.path().join(format!("pulled-{files}"));
        let (before, killed_before) = (proxy.passed().1, kills);
        while !kill_after(child("pull", &proxy, &name, good.folder.path(), &to), dice(kills, 16 * MIB as u64), || proxy.passed().1) {
            kills += 1;
        }
        let (fetched, killed) = (proxy.passed().1 - before, (kills - killed_before) as u64);
        assert!(std::fs::read(&to).unwrap() == bytes, "the bytes differ after {killed} kills");
        let most = bytes.len() as u64 + (killed + 1) * (PULLED_AT_ONCE + TALK);
        assert!(fetched <= most, "{fetched} bytes were fetched with {killed} kills, {most} at most");
        assert!(!to.with_extension("part").exists() && !PathBuf::from(format!("{}.journal", to.display())).exists());
        std::fs::remove_file(to).unwrap();
        files += 1;
    }
}

#[tokio::test]
async fn a_push_survives_fifty_kills_on_fifty_nodes_and_sends_no_more_than_was_on_its_way_again() {
    let server = SeaweedFs::shared();
    let name = server.bucket();
    let (good, proxy) = (bucket(settings(&server.endpoint(), &name)), Proxy::to(server.address()));
    let bytes = noise(52 * MIB, 9);
    let source = file(good.folder.path(), &bytes);
    let (mut kills, mut files, mut nodes) = (0, 0, 0);
    while kills < KILLS {
        let at = format!("pushed-{files}");
        let (before, killed_before) = (proxy.passed().0, kills);
        loop {
            // Each time a node that knows nothing of those before, with the same bytes.
            let node = good.folder.path().join(format!("node-{nodes}"));
            std::fs::create_dir(&node).unwrap();
            let copy = node.join("file");
            std::fs::hard_link(&source, &copy).unwrap();
            nodes += 1;
            let done = kill_after(child(&at, &proxy, &name, &node, &copy), dice(kills, 40 * MIB as u64), || proxy.passed().0);
            std::fs::remove_dir_all(node).unwrap();
            if done {
                break;
            }
            kills += 1;
        }
        let (sent, killed) = (proxy.passed().0 - before, (kills - killed_before) as u64);
        let stored = good.s3.object(&key(&at)).await.unwrap();
        assert!(stored.read_at(0..stored.size()).await.unwrap() == bytes, "the bytes differ after {killed} kills");
        let most = bytes.len() as u64 + (killed + 1) * (PUSHED_AT_ONCE + TALK);
        assert!(sent <= most, "{sent} bytes were sent with {killed} kills, {most} at most");
        assert_eq!(good.s3.abort_abandoned(Duration::ZERO).await.unwrap(), 0, "an upload is left");
        good.s3.delete(&key(&at)).await.unwrap();
        files += 1;
    }
}

/// Peak memory of a process that has ended, in MiB.
fn peak(work: &str, proxy: &Proxy, bucket: &str, node: &Path, file: &Path) -> u64 {
    let mut child = child(work, proxy, bucket, node, file);
    let (mut peak, status) = (0, format!("/proc/{}/status", child.id()));
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(high.unwrap_or(0));
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            return peak / 1024;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn memory_does_not_grow_with_the_file() {
    let server = SeaweedFs::shared();
    let name = server.bucket();
    let proxy = Proxy::to(server.address());
    let node = tempfile::tempdir().unwrap();
    let mut peaks = Vec::new();
    for mebibytes in [48, 384] {
        let bytes = noise(mebibytes * MIB, 10);
        let (source, copy) = (file(node.path(), &bytes), node.path().join("copy"));
        std::fs::hard_link(&source, &copy).unwrap();
        drop(bytes);
        let pushed = peak("film", &proxy, &name, node.path(), &copy);
        let pulled = peak("pull", &proxy, &name, node.path(), &node.path().join("pulled"));
        println!("{mebibytes} MiB: push {pushed} MiB, pull {pulled} MiB");
        peaks.push((pushed, pulled));
    }
    let [(push_small, pull_small), (push_large, pull_large)] = peaks[..] else { unreachable!() };
    assert!(push_large < 100 && push_large <= push_small + 24, "{peaks:?}");
    assert!(pull_large < 80 && pull_large <= pull_small + 24, "{peaks:?}");
}
