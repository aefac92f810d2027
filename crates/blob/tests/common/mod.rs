//! What the tests of remote blobs share: a bucket of their own, files to put there, and keys.
#![allow(dead_code, clippy::allow_attributes, reason = "some tests need all of it, others do not")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_blob::s3::Settings;
use gristmill_blob::{Key, Reading, S3};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use sha2::{Digest, Sha256};

pub const MIB: usize = 1 << 20;

/// Settings for a bucket of a server of the test, quick to lose patience.
pub fn settings(endpoint: &str, bucket: &str) -> Settings {
    Settings {
        endpoint: Some(endpoint.to_owned()),
        access_key: Some(ACCESS_KEY.to_owned()),
        secret_key: Some(SECRET_KEY.to_owned()),
        part: 5 * MIB as u64,
        reading: Reading { chunk: MIB as u64, window: 4, stall: Duration::from_secs(2), ..Reading::default() },
        ..Settings::from_url(&format!("s3://{bucket}/some/prefix")).unwrap()
    }
}

pub struct Bucket {
    pub s3: S3,
    pub settings: Settings,
    pub folder: tempfile::TempDir,
}

pub fn bucket(settings: Settings) -> Bucket {
    let folder = tempfile::tempdir().unwrap();
    Bucket { s3: S3::open(&settings, folder.path()).unwrap(), settings, folder }
}

pub fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file with these bytes.
pub fn file(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join(format!("file-{}", sha256(bytes)));
    std::fs::write(&path, bytes).unwrap();
    path
}
