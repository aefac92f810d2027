//! The two requests that a server is started with. `curl` signs them, so that no client under test is asked to judge itself.

use std::process::{Command, Stdio};

use super::{ACCESS_KEY, REGION, SECRET_KEY};
use crate::port::unlike_others;

/// Whether the server takes an object: an open port is not enough.
pub(super) fn takes_objects(endpoint: &str) -> bool {
    put(&format!("{endpoint}/ready"), "") && put(&format!("{endpoint}/ready/object"), "ready")
}

/// Makes a bucket with a name of its own.
pub(super) fn bucket(endpoint: &str) -> String {
    let name = format!("test-{:x}-{:x}", std::process::id(), unlike_others());
    assert!(put(&format!("{endpoint}/{name}"), ""), "the S3 server makes a bucket");
    name
}

/// A bucket that is there already counts as made.
fn put(url: &str, body: &str) -> bool {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "10", "--noproxy", "*"]);
    curl.args(["--aws-sigv4", &format!("aws:amz:{REGION}:s3"), "--user", &format!("{ACCESS_KEY}:{SECRET_KEY}")]);
    curl.args(["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--request", "PUT"]);
    if !body.is_empty() {
        curl.args(["--data-binary", body]);
    }
    let output = curl.arg(url).stderr(Stdio::null()).output().expect("curl is installed: run scripts/setup test");
    matches!(output.stdout.as_slice(), b"200" | b"409")
}
