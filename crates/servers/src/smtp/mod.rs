//! A mail server of a test: aiosmtpd, which keeps what it is sent as files, with STARTTLS, TLS or neither.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::daemon::Daemon;
use crate::free_port;
use crate::s3::tool;

/// How often a start is tried on another port when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// The one user whom a server lets in, where it asks.
pub const USER: &str = "gristmill@example.org";
/// The secret of [`USER`]; it has letters that a URL must escape.
pub const SECRET: &str = "hush/ä@1";

/// A certificate for this machine that is nobody's authority, so that it can be trusted itself.
const CERTIFICATE: &str = "[req]\ndistinguished_name = name\nx509_extensions = of\nprompt = no\n[name]\nCN = localhost\n\
    [of]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = DNS:localhost, IP:127.0.0.1\n";

const PROGRAM: &str = include_str!("server.py");

/// How a server encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// It offers nothing, and lets everybody in.
    None,
    /// It demands STARTTLS and then a login.
    StartTls,
    /// It speaks TLS from the first byte, and demands a login.
    Tls,
}

/// A running mail server. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct Smtp {
    daemon: Daemon,
    encryption: Encryption,
    port: u16,
}

impl Smtp {
    /// Starts a server that has no mails and waits until it listens.
    ///
    /// # Panics
    /// When aiosmtpd or openssl is not installed or it does not start; the message ends with its log.
    pub fn start(encryption: Encryption) -> Self {
        let daemon = Daemon::new("gristmill-smtp-");
        fs::write(daemon.folder().join("server.py"), PROGRAM).expect("the server's folder can be written");
        certify(daemon.folder());
        let mut server = Self { daemon, encryption, port: 0 };
        for attempt in 1.. {
            server.port = free_port();
            match server.launch() {
                Ok(()) => break,
                Err(log) if log.contains("address already in use") && attempt < PORTS_TRIED => {}
                Err(log) => panic!("the mail server did not start:\n{log}"),
            }
        }
        server
    }

    /// Its address, the same over restarts.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The file of the certificate that it shows.
    pub fn certificate(&self) -> PathBuf {
        self.daemon.folder().join("cert.pem")
    }

    /// Answers the next receivers with these lines, such as `451 later`, each once; `silence` is no answer at all.
    pub fn answer_next(&self, answers: &[&str]) {
        let lines: String = answers.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.daemon.folder().join("answers"), lines).expect("the server's folder can be written");
    }

    /// The mails that it took, oldest first, as they came.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        let folder = fs::read_dir(self.daemon.folder().join("mails")).expect("the server has a folder for mails");
        let mut names: Vec<_> = folder.map(|entry| entry.expect("its folder can be read").path()).collect();
        names.sort();
        names.iter().map(|name| fs::read(name).expect("a mail can be read")).collect()
    }

    /// Kills the server at once, as a crash, and waits until it is gone.
    pub fn kill_9(&mut self) {
        self.daemon.kill_9();
    }

    /// Starts the server again with its mails, on the same port, and waits until it listens.
    ///
    /// # Panics
    /// When it does not start; the message ends with its log.
    pub fn restart(&mut self) {
        self.kill_9();
        self.launch().unwrap_or_else(|log| panic!("the mail server did not start again:\n{log}"));
    }

    fn launch(&mut self) -> Result<(), String> {
        let tls = match self.encryption {
            Encryption::None => "none",
            Encryption::StartTls => "starttls",
            Encryption::Tls => "tls",
        };
        let ready = self.daemon.folder().join("ready");
        let _gone = fs::remove_file(&ready);
        let mut python = Command::new(tool("python"));
        let said = format!(r#"{{"port": {}, "tls": "{tls}", "user": "{USER}", "secret": "{SECRET}"}}"#, self.port);
        python.arg("server.py").arg(said);
        self.daemon.launch(python, || ready.exists())
    }
}

fn certify(folder: &Path) {
    fs::write(folder.join("openssl.cnf"), CERTIFICATE).expect("the server's folder can be written");
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-config", "openssl.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", "2", "-keyout", "key.pem", "-out", "cert.pem"]).current_dir(folder).stderr(Stdio::null());
    assert!(openssl.status().is_ok_and(|status| status.success()), "openssl makes a certificate: run scripts/setup test");
}
