//! The moto server: S3 by another author, and SQS. It keeps all in memory and checks no signature, expiry or checksum.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::OnceLock;

use super::{ACCESS_KEY, REGION, SECRET_KEY, curl, tool};
use crate::daemon::Daemon;
use crate::free_port;

/// How often a start is tried on another port when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// A running moto server. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct Moto {
    daemon: Daemon,
    port: u16,
}

impl Moto {
    /// Starts an empty server and waits until it has taken an object.
    ///
    /// # Panics
    /// When moto is not installed or does not start; the message ends with its log.
    pub fn start() -> Self {
        let mut moto = Self { daemon: Daemon::new("gristmill-moto-"), port: 0 };
        for attempt in 1.. {
            moto.port = free_port();
            match moto.launch() {
                Ok(()) => break,
                Err(log) if log.contains("Address already in use") && attempt < PORTS_TRIED => {}
                Err(log) => panic!("moto did not start:\n{log}"),
            }
        }
        moto
    }

    /// The server of this process, started when first asked for. Nobody may kill it.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Moto> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
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
    /// The address of a queue, as clients want it. The queue need not be there.
    pub fn queue(&self, name: &str) -> String {
        format!("sqs://{ACCESS_KEY}:{SECRET_KEY}@{name}?region={REGION}&endpoint={}", self.endpoint())
    }

    /// The process of the server; `None` while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.daemon.pid()
    }

    /// Kills the server at once, as a crash, and waits until it is gone. All that it had is lost. Does nothing while it is down.
    pub fn kill_9(&mut self) {
        self.daemon.kill_9();
    }

    /// Starts the server again on the same port, killing it first if it runs. It is empty.
    ///
    /// # Panics
    /// When it does not start; the message ends with its log.
    pub fn restart(&mut self) {
        self.kill_9();
        self.launch().unwrap_or_else(|log| panic!("moto did not start again:\n{log}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut moto = Command::new(tool("moto_server"));
        moto.args(["-H", "127.0.0.1", "-p", &self.port.to_string()]);
        let endpoint = self.endpoint();
        self.daemon.launch(moto, || curl::takes_objects(&endpoint))
    }
}
