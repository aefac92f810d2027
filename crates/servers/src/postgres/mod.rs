//! A PostgreSQL server of a test: a copy of a prepared data folder, started on a free port, killed and started again at will.

mod account;
mod binaries;
mod options;
mod shared;
mod sql;
mod template;

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::guard::Guard;
use crate::{free_port, process};
use account::Account;
use binaries::Binaries;

pub use options::Options;
pub use shared::Shared;
pub use sql::sql;

/// Longer than a start with recovery or a stop with a checkpoint takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a start is tried on another port when somebody was quicker.
const PORTS_TRIED: usize = 5;

/// A running server. Dropping it ends it, and so does the end of the test process.
#[derive(Debug)]
pub struct Postgres {
    binaries: Binaries,
    account: Account,
    options: Options,
    folder: PathBuf,
    guard: Guard,
    port: u16,
    child: Option<Child>,
}

impl Postgres {
    /// A server that is fast rather than safe from a crash of the machine: ready in about a tenth of a second.
    ///
    /// # Panics
    /// As [`Options::start`].
    pub fn start() -> Self {
        Options::default().start()
    }

    /// A server that writes as in production, for benches and chaos.
    ///
    /// # Panics
    /// As [`Options::start`].
    pub fn start_durable() -> Self {
        Options { durable: true, ..Options::default() }.start()
    }

    /// The address of the database every server has, `postgres`.
    pub fn url(&self) -> String {
        format!("{}/postgres", self.base())
    }

    /// Creates an empty database with a name of its own and answers its address.
    ///
    /// # Panics
    /// When the server is down.
    pub fn database(&self) -> String {
        sql::database(&self.base())
    }

    /// The loopback port, the same over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process of the server; `None` while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Kills the server and all its processes at once, as a crash, and waits until they are gone. Does nothing while it is down.
    pub fn kill_9(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        self.guard.watch(None);
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Stopped, it starts nothing new and does not clean up either.
        process::signal(child.id(), Signal::STOP);
        end_children(child.id());
        process::signal(child.id(), Signal::KILL);
        let _status = child.wait();
    }

    /// Ends the server in good order, open connections included. Does nothing while it is down.
    pub fn stop(&mut self) {
        self.end(Signal::INT);
    }

    /// Starts the server again on the same data and port, stopping it first if it runs, and waits until it accepts connections.
    ///
    /// # Panics
    /// When it does not start; the message ends with its log.
    pub fn restart(&mut self) {
        self.stop();
        self.launch().unwrap_or_else(|log| panic!("PostgreSQL did not start again:\n{log}"));
    }

    fn base(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    fn end(&mut self, how: Signal) {
        let Some(child) = &mut self.child else { return };
        process::signal(child.id(), how);
        if process::wait(child, PATIENCE).is_none() {
            return self.kill_9();
        }
        self.child = None;
        self.guard.watch(None);
    }

    /// A server whose folder is ready and which was never started.
    fn new(binaries: Binaries, account: Account, options: Options, folder: PathBuf) -> Self {
        let guard = Guard::new(options.folder.is_none().then_some(&folder));
        Self { binaries, account, options, folder, guard, port: 0, child: None }
    }

    fn start_on_a_free_port(&mut self) {
        for attempt in 1.. {
            self.port = free_port();
            match self.launch() {
                Ok(()) => return,
                Err(log) if log.contains("could not bind") && attempt < PORTS_TRIED => {}
                Err(log) => panic!("PostgreSQL did not start:\n{log}"),
            }
        }
    }

    /// Starts the process and waits until it accepts connections. The error is its log.
    fn launch(&mut self) -> Result<(), String> {
        let mut child = self.command().spawn().expect("the postgres program can be executed");
        self.guard.watch(Some(child.id()));
        let ready = wait_until_ready(&mut child, &self.lock());
        self.child = Some(child);
        if ready {
            return Ok(());
        }
        self.kill_9();
        Err(fs::read_to_string(self.log()).unwrap_or_default())
    }

    fn command(&self) -> Command {
        let log = File::options().create(true).append(true).open(self.log()).expect("the server's folder can be written");
        let mut command = Command::new(self.binaries.postgres());
        command.arg("-D").arg(self.folder.join("data")).current_dir(&self.folder);
        for (name, value) in self.options.settings(self.port, &self.folder) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        self.account.apply(&mut command);
        // A group of its own: Ctrl-C at the test is not for the server.
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone().expect("a file can be opened twice")).stderr(log);
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// There while the server runs, and after it was killed.
    fn lock(&self) -> PathBuf {
        self.folder.join("data/postmaster.pid")
    }
}

impl Drop for Postgres {
    /// Data that is thrown away needs no checkpoint.
    fn drop(&mut self) {
        let temporary = self.options.folder.is_none();
        self.end(if temporary { Signal::QUIT } else { Signal::INT });
        remove_segment(&self.lock());
    }
}

/// The server writes its state into the last line of its lock file; what a killed one left there has another process id.
fn wait_until_ready(child: &mut Child, lock: &Path) -> bool {
    let (pid, until) = (child.id().to_string(), Instant::now() + PATIENCE);
    while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
        let state = fs::read_to_string(lock).unwrap_or_default();
        if state.lines().next() == Some(&pid) && state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return true;
        }
        sleep(process::GLANCE);
    }
    false
}

/// Backends outlive their server for a while and keep its memory; a new one refuses to start until they are gone.
fn end_children(server: u32) {
    loop {
        let children = process::children(server);
        if children.is_empty() {
            return;
        }
        children.into_iter().for_each(|pid| process::signal(pid, Signal::KILL));
        sleep(process::GLANCE);
    }
}

/// A killed server leaves a small piece of shared memory that its next start would remove; there is none. The machine has a limited
/// number of them.
fn remove_segment(lock: &Path) {
    let text = fs::read_to_string(lock).unwrap_or_default();
    if let Some(id) = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1)) {
        let _gone = Command::new("ipcrm").args(["-m", id]).stderr(Stdio::null()).status();
    }
}
