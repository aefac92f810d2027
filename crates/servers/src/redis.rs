//! A Redis server with its data in a folder of its own, every write forced to the file.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use crate::daemon::Daemon;
use crate::free_port;

/// How often a start is tried on another port when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// A running Redis. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct Redis {
    daemon: Daemon,
    port: u16,
}

impl Redis {
    /// Starts an empty server and waits until it answers.
    ///
    /// # Panics
    /// When Redis is not installed or does not start; the message ends with its log.
    pub fn start() -> Self {
        let mut redis = Self { daemon: Daemon::new("gristmill-redis-"), port: 0 };
        for attempt in 1.. {
            redis.port = free_port();
            match redis.launch() {
                Ok(()) => break,
                Err(log) if log.contains("Address already in use") && attempt < PORTS_TRIED => {}
                Err(log) => panic!("Redis did not start:\n{log}"),
            }
        }
        redis
    }

    /// Its address, the same over restarts.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The same as clients want it, `redis://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Kills the server at once, as a crash, and waits until it is gone. Does nothing while it is down.
    pub fn kill_9(&mut self) {
        self.daemon.kill_9();
    }

    /// Starts the server again on the same data and port, killing it first if it runs.
    ///
    /// # Panics
    /// When it does not start; the message ends with its log.
    pub fn restart(&mut self) {
        self.kill_9();
        self.launch().unwrap_or_else(|log| panic!("Redis did not start again:\n{log}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let mut redis = Command::new("redis-server");
        redis.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--dir", ".", "--save", ""]);
        redis.args(["--appendonly", "yes", "--appendfsync", "always"]);
        let address = self.address();
        self.daemon.launch(redis, || answers(address))
    }
}

fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut line = TcpStream::connect(address)?;
        line.set_read_timeout(Some(Duration::from_secs(1)))?;
        line.write_all(b"PING\r\n")?;
        let mut answer = [0; 5];
        line.read_exact(&mut answer)?;
        Ok::<_, std::io::Error>(answer == *b"+PONG")
    };
    ask().unwrap_or(false)
}
