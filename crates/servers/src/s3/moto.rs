//! The moto server: S3 by another author. It keeps all in memory and checks no signature, expiry or checksum.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::OnceLock;

use super::{curl, tool};
use crate::daemon::Daemon;
use crate::free_port;

/// How often a start is tried on another port when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// A running moto server. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct Moto {
    _daemon: Daemon,
    port: u16,
}

impl Moto {
    /// Starts an empty server and waits until it has taken an object.
    ///
    /// # Panics
    /// When moto is not installed or does not start; the message ends with its log.
    pub fn start() -> Self {
        let mut daemon = Daemon::new("gristmill-moto-");
        let mut attempt = 1;
        loop {
            let port = free_port();
            let mut moto = Command::new(tool("moto_server"));
            moto.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            match daemon.launch(moto, || curl::takes_objects(&format!("http://127.0.0.1:{port}"))) {
                Ok(()) => return Self { _daemon: daemon, port },
                Err(log) if log.contains("Address already in use") && attempt < PORTS_TRIED => attempt += 1,
                Err(log) => panic!("moto did not start:\n{log}"),
            }
        }
    }

    /// The server of this process, started when first asked for.
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
}
