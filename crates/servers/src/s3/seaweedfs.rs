//! SeaweedFS as `weed mini`: master, volume, filer and S3 gateway in one process, with data on a disk.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::OnceLock;

use super::{ACCESS_KEY, SECRET_KEY, curl, tool};
use crate::daemon::Daemon;
use crate::free_port;

/// Every port that it opens unless it is told another; the last one is for S3.
const PORTS: [&str; 10] = [
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "admin.port",
    "admin.port.grpc",
    "s3.port.grpc",
    "s3.port",
];

/// How often a start is tried on other ports when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// A running SeaweedFS. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct SeaweedFs {
    daemon: Daemon,
    ports: [u16; PORTS.len()],
}

impl SeaweedFs {
    /// Starts a server in an empty folder and waits until it has taken an object.
    ///
    /// # Panics
    /// When SeaweedFS is not installed or does not start; the message ends with its log.
    pub fn start() -> Self {
        let daemon = Daemon::new("gristmill-seaweedfs-");
        let keys = format!(r#"{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}"#);
        let actions = r#"["Admin","Read","Write","List","Tagging"]"#;
        let identities = format!(r#"{{"identities":[{{"name":"test","credentials":[{keys}],"actions":{actions}}}]}}"#);
        fs::write(daemon.folder().join("s3.json"), identities).expect("the server's folder can be written");
        let mut server = Self { daemon, ports: [0; PORTS.len()] };
        for attempt in 1.. {
            server.ports = std::array::from_fn(|_| free_port());
            match server.launch() {
                Ok(()) => break,
                Err(log) if log.contains("address already in use") && attempt < PORTS_TRIED => {}
                Err(log) => panic!("SeaweedFS did not start:\n{log}"),
            }
        }
        server
    }

    /// The server of this process, started when first asked for. Nobody may kill it.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<SeaweedFs> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The address of its S3 gateway, the same over restarts.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[PORTS.len() - 1]).into()
    }

    /// The same as an address for clients, `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Makes an empty bucket and answers its name.
    ///
    /// # Panics
    /// When the server is down.
    pub fn bucket(&self) -> String {
        curl::bucket(&self.endpoint())
    }

    /// The process of the server; `None` while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.daemon.pid()
    }

    /// Kills the server at once, as a crash, and waits until it is gone. Does nothing while it is down.
    pub fn kill_9(&mut self) {
        self.daemon.kill_9();
    }

    /// Starts the server again on the same data and ports, killing it first if it runs, and waits until it takes objects.
    ///
    /// # Panics
    /// When it does not start; the message ends with its log.
    pub fn restart(&mut self) {
        self.kill_9();
        self.launch().unwrap_or_else(|log| panic!("SeaweedFS did not start again:\n{log}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut weed = Command::new(tool("weed"));
        weed.env("HOME", self.daemon.folder()).args(["-logtostderr=true", "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]);
        weed.args([
            "-dir=data",
            "-s3.config=s3.json",
            "-s3.autoCreateBucket=false",
            "-admin.ui=false",
            "-webdav=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]);
        weed.args(PORTS.iter().zip(self.ports).map(|(name, port)| format!("-{name}={port}")));
        let endpoint = self.endpoint();
        self.daemon.launch(weed, || curl::takes_objects(&endpoint))
    }
}

impl Drop for SeaweedFs {
    /// It leaves sockets named after its ports beside its folder.
    fn drop(&mut self) {
        self.kill_9();
        for (name, port) in PORTS.iter().zip(self.ports) {
            let name = name.replace(".port", "").replace('.', "-");
            let _gone = fs::remove_file(format!("/tmp/seaweedfs-{name}-{port}.sock"));
        }
    }
}
