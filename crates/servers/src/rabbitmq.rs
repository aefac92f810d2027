//! A RabbitMQ server with its data in a folder of its own. The wrapper that Debian puts on the path insists on its own user and places, so
//! the script below it is called; and the port mapper of Erlang is a child of its own, because else one stays behind for ever.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use crate::daemon::Daemon;
use crate::free_port;

/// Where Debian's package has the scripts.
const SCRIPT: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const CONTROL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// What a client of AMQP 0-9-1 says first.
const HELLO: &[u8; 8] = b"AMQP\x00\x00\x09\x01";

/// A running RabbitMQ. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct RabbitMq {
    daemon: Daemon,
    mapper: Daemon,
    port: u16,
    distribution: u16,
    mapped: u16,
}

impl RabbitMq {
    /// Starts an empty server and waits until it takes connections, which takes some seconds.
    ///
    /// # Panics
    /// When RabbitMQ is not installed or does not start; the message ends with its log.
    pub fn start() -> Self {
        let (daemon, mapper) = (Daemon::new("gristmill-rabbitmq-"), Daemon::new("gristmill-epmd-"));
        let mut server = Self { daemon, mapper, port: free_port(), distribution: free_port(), mapped: free_port() };
        server.settle();
        server.map();
        server.launch().unwrap_or_else(|log| panic!("RabbitMQ did not start:\n{log}"));
        server
    }

    /// Its address, the same over restarts.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The same as clients want it, `amqp://guest:guest@127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@{}", self.address())
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
        self.launch().unwrap_or_else(|log| panic!("RabbitMQ did not start again:\n{log}"));
    }

    /// What `rabbitmqctl` answers to these arguments, as an operator of this server would read it. Takes a second or two.
    ///
    /// # Panics
    /// When it fails; the message has its words.
    pub fn control(&self, arguments: &[&str]) -> String {
        let mut control = Command::new(CONTROL);
        self.place(&mut control);
        let said = control.args(arguments).output().expect("rabbitmqctl can be executed");
        assert!(said.status.success(), "rabbitmqctl {arguments:?}: {}{}", text(&said.stdout), text(&said.stderr));
        text(&said.stdout)
    }

    /// Its configuration.
    fn settle(&self) {
        let folder = self.daemon.folder();
        for name in ["home", "mnesia", "logs"] {
            fs::create_dir(folder.join(name)).expect("the server's folder can be written");
        }
        let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("the server's folder can be written");
        write("home/.erlang.cookie", format!("cookie{}", self.port));
        fs::set_permissions(folder.join("home/.erlang.cookie"), fs::Permissions::from_mode(0o400)).expect("it was just written");
        write("enabled_plugins", "[].".to_owned());
        let limits = "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 512MB\n";
        let logs = "log.console = true\nlog.file = false\n";
        write("rabbitmq.conf", format!("listeners.tcp.1 = {}\nloopback_users = none\n{logs}{limits}", self.address()));
    }

    fn map(&mut self) {
        let mut mapper = Command::new("epmd");
        mapper.env_remove("ERL_EPMD_PORT").args(["-port", &self.mapped.to_string(), "-address", "127.0.0.1"]);
        let address = (Ipv4Addr::LOCALHOST, self.mapped);
        let started = self.mapper.launch(mapper, || TcpStream::connect(address).is_ok());
        started.unwrap_or_else(|log| panic!("the port mapper of Erlang did not start:\n{log}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let (folder, address) = (self.daemon.folder().to_owned(), self.address());
        let mut server = Command::new(SCRIPT);
        self.place(&mut server);
        // Then the script becomes the virtual machine itself, so that what is killed is the server.
        server.env("RUNNING_UNDER_SYSTEMD", "1");
        server.env("RABBITMQ_MNESIA_BASE", folder.join("mnesia")).env("RABBITMQ_LOG_BASE", folder.join("logs"));
        server
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("enabled_plugins"));
        server.env("RABBITMQ_DIST_PORT", self.distribution.to_string());
        let beam = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2";
        server.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", beam);
        self.daemon.launch(server, || answers(address))
    }

    /// How the server and its tools find each other.
    fn place(&self, command: &mut Command) {
        command.env("HOME", self.daemon.folder().join("home")).env("RABBITMQ_NODENAME", format!("mill{}@localhost", self.port));
        command.env("ERL_EPMD_PORT", self.mapped.to_string()).env("ERL_EPMD_ADDRESS", "127.0.0.1");
        command.env("RABBITMQ_CONF_ENV_FILE", "/dev/null");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// It listens once all else is up, and begins with a method frame on channel 0.
fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut line = TcpStream::connect(address)?;
        line.set_read_timeout(Some(Duration::from_secs(1)))?;
        line.write_all(HELLO)?;
        let mut answer = [0; 3];
        line.read_exact(&mut answer)?;
        Ok::<_, std::io::Error>(answer == [1, 0, 0])
    };
    ask().unwrap_or(false)
}
