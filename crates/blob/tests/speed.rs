//! How fast pulls and pushes are beside other clients of the same server: a measurement, in a release build.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{MIB, bucket, key, settings};
use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, Reading, pull};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY, tool};
use gristmill_servers::{SeaweedFs, noise};

const ROUNDS: usize = 5;

const BOTO3: &str = "
import sys, time, boto3
_, verb, endpoint, bucket, key, path = sys.argv
client = boto3.client('s3', endpoint_url=endpoint)
began = time.monotonic()
client.upload_file(path, bucket, key) if verb == 'push' else client.download_file(bucket, key, path)
print(time.monotonic() - began)
";

/// Seconds that a client took, by its own clock if it prints one, else from start to end.
fn timed(command: &mut Command) -> f64 {
    command.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_DEFAULT_REGION", "us-east-1");
    let began = Instant::now();
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(began.elapsed().as_secs_f64())
}

fn boto3(verb: &str, endpoint: &str, bucket: &str, path: &Path) -> f64 {
    timed(Command::new(tool("python")).args(["-c", BOTO3, verb, endpoint, bucket, "film"]).arg(path))
}

fn aws(endpoint: &str, from: &str, to: &str) -> f64 {
    timed(Command::new(tool("aws")).args(["--endpoint-url", endpoint, "s3", "cp", "--quiet", from, to]))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn how_fast_it_is() {
    let mebibytes = std::env::var("MEBIBYTES").map_or(512, |text| text.parse().unwrap());
    let server = SeaweedFs::shared();
    let (endpoint, name) = (server.endpoint(), server.bucket());
    let default = Settings::from_url("s3://b").unwrap();
    let test = settings(&endpoint, &name);
    let ours = bucket(Settings { part: default.part, reading: Reading::default(), prefix: String::new(), ..test });
    let (file, copy, to) = (ours.folder.path().join("file"), ours.folder.path().join("copy"), ours.folder.path().join("to"));
    std::fs::write(&file, noise(mebibytes * MIB, 11)).unwrap();
    let sum = common::sha256(&std::fs::read(&file).unwrap());
    let at = format!("s3://{name}/film");
    let mut table: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut note = |what: &'static str, seconds: f64| {
        let speed = mebibytes as f64 / seconds;
        match table.iter_mut().find(|(known, _)| *known == what) {
            Some((_, all)) => all.push(speed),
            None => table.push((what, vec![speed])),
        }
    };
    for _ in 0..ROUNDS {
        std::fs::hard_link(&file, &copy).unwrap();
        let began = Instant::now();
        ours.s3.put_file(&key("film"), &copy).await.unwrap();
        note("push: gristmill", began.elapsed().as_secs_f64());
        note("push: boto3", boto3("push", &endpoint, &name, &file));
        note("push: aws s3 cp", aws(&endpoint, file.to_str().unwrap(), &at));
        let url = ours.s3.presign_get(&key("film"), std::time::Duration::from_secs(600)).await.unwrap();
        note("pull: curl to /dev/null", timed(Command::new("curl").args(["-s", "-o", "/dev/null", url.secret()])));
        note("pull: curl to a file", timed(Command::new("curl").args(["-s", "-o", to.to_str().unwrap(), url.secret()])));
        let object = ours.s3.object(&key("film")).await.unwrap();
        let began = Instant::now();
        let mut stream = object.stream(0..object.size());
        while let Some(piece) = futures::StreamExt::next(&mut stream).await {
            piece.unwrap();
        }
        note("read: gristmill, bytes in order", began.elapsed().as_secs_f64());
        std::fs::remove_file(&to).unwrap();
        let began = Instant::now();
        pull(&object, &to, Some(&sum)).await.unwrap();
        note("pull: gristmill, to a file, hashed", began.elapsed().as_secs_f64());
        std::fs::remove_file(&to).unwrap();
        note("pull: boto3 to a file", boto3("pull", &endpoint, &name, &to));
        std::fs::remove_file(&to).unwrap();
        note("pull: aws s3 cp to a file", aws(&endpoint, &at, to.to_str().unwrap()));
        std::fs::remove_file(&to).unwrap();
    }
    println!(
        "{mebibytes} MiB, median (least to most) of {ROUNDS} rounds in MiB/s; load {}",
        std::fs::read_to_string("/proc/loadavg").unwrap()
    );
    for (what, mut speeds) in table {
        speeds.sort_by(f64::total_cmp);
        println!("{what:48} {:6.0} ({:.0} to {:.0})", speeds[ROUNDS / 2], speeds[0], speeds[ROUNDS - 1]);
    }
}
