//! A server program as a child of the test: started until it is ready, killed, and gone with its handle.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::guard::Guard;
use crate::process;

/// Longer than a start takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait between two looks at whether it is ready.
const LOOK: Duration = Duration::from_millis(20);

/// A server with a temporary folder.
#[derive(Debug)]
pub(crate) struct Daemon {
    folder: PathBuf,
    guard: Guard,
    child: Option<Child>,
}

impl Daemon {
    /// A folder, and nothing that runs in it yet.
    pub(crate) fn new(prefix: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir().expect("a temporary folder can be made").keep();
        Self { guard: Guard::new(Some(&folder)), folder, child: None }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts the program and waits until it is ready. The error is its log.
    pub(crate) fn launch(&mut self, mut command: Command, ready: impl Fn() -> bool) -> Result<(), String> {
        let log = self.folder.join("log");
        let file = File::options().create(true).append(true).open(&log).expect("the server's folder can be written");
        // A group of its own: Ctrl-C at the test is not for the server.
        command.current_dir(&self.folder).process_group(0).stdin(Stdio::null());
        command.stdout(file.try_clone().expect("a file can be opened twice")).stderr(file);
        let mut child = command.spawn().expect("the server's program can be executed");
        self.guard.watch(Some(child.id()));
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
            if ready() {
                self.child = Some(child);
                return Ok(());
            }
            sleep(LOOK);
        }
        self.child = Some(child);
        self.kill_9();
        Err(fs::read_to_string(log).unwrap_or_default())
    }

    /// Kills it as a crash would, and waits until it is gone. Does nothing while it is down.
    pub(crate) fn kill_9(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        self.guard.watch(None);
        let _gone = child.kill();
        let _status = process::wait(&mut child, PATIENCE);
    }
}

impl Drop for Daemon {
    /// What it keeps is thrown away with it.
    fn drop(&mut self) {
        self.kill_9();
    }
}
