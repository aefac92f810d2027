//! A program to start: arguments from us, paths it may see, descriptors it inherits; and how it ended.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// A program to start confined. Arguments are ours alone: an owner's text never becomes one.
#[derive(Debug)]
pub struct Tool {
    /// The program: a bare name found in `/usr/bin:/bin:/usr/local/bin`, or an absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Files and folders it may read, besides the system's libraries.
    pub readable: Vec<PathBuf>,
    /// The one folder it may write to; also its working directory. `None`: it may write nowhere.
    pub writable: Option<PathBuf>,
    /// A descriptor it inherits as number 3.
    pub socket: Option<OwnedFd>,
    /// The one TCP port it may connect to, that of a gateway on this machine. `None`: it has no network at all.
    pub connect: Option<u16>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Exit status 0.
    pub success: bool,
    /// Exit code, if it exited by itself.
    pub code: Option<i32>,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// The last 64 KiB of its standard error.
    pub stderr: String,
    /// The first 16 MiB of its standard output.
    pub stdout: String,
    /// Peak resident memory of the child, in bytes, where the system tells.
    pub peak_bytes: u64,
}
