//! What the tests of the gateway share: a bucket behind a line that can go bad, and a client that reads as tools do.
#![allow(dead_code, clippy::allow_attributes, reason = "some tests need all of it, others do not")]

use std::path::Path;
use std::time::{Duration, Instant};

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, Key, Object, Reading, S3};
use gristmill_gateway::{Bounds, Gateway};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::{Proxy, SeaweedFs};
use reqwest::header::RANGE;
use reqwest::{Client, Response};

pub const MIB: usize = 1 << 20;

/// A bucket with one blob `film`, read through a line on which faults can happen and written without one.
pub struct World {
    pub proxy: Proxy,
    pub read: S3,
    pub write: S3,
    pub gateway: Gateway,
    _folder: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(Bounds::default(), Reading { stall: Duration::from_secs(2), ..Reading::default() })
    }

    pub fn with(bounds: Bounds, reading: Reading) -> Self {
        let server = SeaweedFs::shared();
        let (bucket, folder) = (server.bucket(), tempfile::tempdir().unwrap());
        let proxy = Proxy::http(server.address());
        let open = |endpoint: String, name: &str| {
            let settings = Settings {
                endpoint: Some(endpoint),
                access_key: Some(ACCESS_KEY.to_owned()),
                secret_key: Some(SECRET_KEY.to_owned()),
                reading: reading.clone(),
                ..Settings::from_url(&format!("s3://{bucket}/prefix")).unwrap()
            };
            S3::open(&settings, &folder.path().join(name)).unwrap()
        };
        let (read, write) = (open(format!("http://{}", proxy.address()), "read"), open(server.endpoint(), "write"));
        Self { proxy, read, write, gateway: Gateway::start(bounds).unwrap(), _folder: folder }
    }

    pub async fn put(&self, bytes: &[u8]) {
        let path = self.write.spool().join("new");
        std::fs::write(&path, bytes).unwrap();
        self.write.put_file(&film(), &path).await.unwrap();
    }

    /// Puts a copy of a file.
    pub async fn put_file(&self, path: &Path) {
        let copy = self.write.spool().join("new");
        std::fs::copy(path, &copy).unwrap();
        self.write.put_file(&film(), &copy).await.unwrap();
    }

    pub async fn object(&self) -> Object {
        self.read.object(&film()).await.unwrap()
    }
}

pub fn film() -> Key {
    "film".parse().unwrap()
}

pub fn client() -> Client {
    gristmill_blob::provide_tls();
    Client::builder().no_proxy().build().unwrap()
}

pub async fn get(client: &Client, url: &str, range: &str) -> Response {
    client.get(url).header(RANGE, format!("bytes={range}")).send().await.unwrap()
}

/// Reads an answer to its end or to where it breaks off; whether it was whole.
pub async fn drained(mut answer: Response) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

/// Waits until something is so.
pub async fn until(what: &str, so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < patience, "it never happened that {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
