//! What a test may rely on when it starts an S3 server.

use std::process::Command;

use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY, tool};
use gristmill_servers::{Moto, SeaweedFs, is_running};

/// The AWS client: none of our own code judges a server.
fn aws(endpoint: &str, arguments: &[&str]) -> Result<String, String> {
    let mut aws = Command::new(tool("aws"));
    aws.env("AWS_ACCESS_KEY_ID", ACCESS_KEY).env("AWS_SECRET_ACCESS_KEY", SECRET_KEY).env("AWS_DEFAULT_REGION", "us-east-1");
    let output = aws.args(["--endpoint-url", endpoint]).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn write(endpoint: &str, bucket: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "grist").unwrap();
    aws(endpoint, &["s3", "cp", file.path().to_str().unwrap(), &format!("s3://{bucket}/kept")]).unwrap();
}

fn read(endpoint: &str, bucket: &str) -> String {
    aws(endpoint, &["s3", "cp", &format!("s3://{bucket}/kept"), "-"]).unwrap()
}

#[test]
fn what_seaweedfs_acknowledged_survives_a_kill() {
    let mut server = SeaweedFs::start();
    let bucket = server.bucket();
    write(&server.endpoint(), &bucket);
    let before = server.endpoint();
    server.kill_9();
    assert!(std::net::TcpStream::connect(server.address()).is_err());
    server.restart();
    assert_eq!((server.endpoint(), read(&server.endpoint(), &bucket).as_str()), (before, "grist"));
}

#[test]
fn two_seaweedfs_run_at_once_and_end_with_their_handles() {
    let (one, two) = (SeaweedFs::start(), SeaweedFs::start());
    let bucket = one.bucket();
    write(&one.endpoint(), &bucket);
    assert!(aws(&two.endpoint(), &["s3", "ls", &format!("s3://{bucket}")]).is_err());
    let pid = one.pid().unwrap();
    drop(one);
    assert!(!is_running(pid));
}

#[test]
fn a_bucket_of_moto_is_fresh_each_time() {
    let (one, two) = (Moto::shared().bucket(), Moto::shared().bucket());
    let endpoint = Moto::shared().endpoint();
    write(&endpoint, &one);
    assert_eq!(read(&endpoint, &one), "grist");
    assert_eq!(aws(&endpoint, &["s3", "ls", &format!("s3://{two}")]).unwrap_or_default(), "");
}
