//! A running child and everything it started: awaited by descriptor, killed together, always collected.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Command;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::net::unix::pipe::Receiver;

use super::sys::{self, Ended};
use super::thread::on_forking_thread;

/// A child that leads a session of its own. Dropping it kills the session.
#[derive(Debug)]
pub(super) struct Group {
    leader: Reaper,
    ending: AsyncFd<OwnedFd>,
}

/// A started group and its outputs.
pub(super) struct Started {
    pub(super) group: Group,
    pub(super) stdout: Receiver,
    pub(super) stderr: Receiver,
}

impl Group {
    /// Starts `command`, which must make itself the leader of a session and have both outputs piped.
    pub(super) fn start(mut command: Command) -> io::Result<Started> {
        let mut child = on_forking_thread(move || command.spawn())?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let reaper = Reaper { pid: Pid::from_child(&child), armed: true };
        let handle = pidfd_open(reaper.pid, PidfdFlags::NONBLOCK)?;
        let ending = sys::watched(handle)?;
        let stdout = Receiver::from_owned_fd(stdout.ok_or(io::ErrorKind::InvalidInput)?.into())?;
        let stderr = Receiver::from_owned_fd(stderr.ok_or(io::ErrorKind::InvalidInput)?.into())?;
        Ok(Started { group: Self { leader: reaper, ending }, stdout, stderr })
    }

    /// Waits until the leader has ended. It stays uncollected, so its number cannot be given to another process yet.
    pub(super) async fn ended(&self) -> io::Result<()> {
        self.ending.readable().await.map(|mut guard| guard.retain_ready())
    }

    /// Kills the leader and all it started.
    pub(super) fn kill(&self) {
        self.leader.kill();
    }

    /// Kills what is left and collects the leader, which must have ended.
    pub(super) fn collect(self) -> io::Result<Ended> {
        self.kill();
        let ended = sys::wait(self.leader.pid.as_raw_nonzero().get(), true);
        self.leader.disarm();
        ended?.ok_or_else(|| io::Error::other("an ended child could not be collected"))
    }
}

/// Kills and collects a group when dropped, without blocking the thread that drops it.
#[derive(Debug)]
struct Reaper {
    pid: Pid,
    armed: bool,
}

impl Reaper {
    fn kill(&self) {
        // An error means that nothing of the group is left.
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        self.kill();
        let pid = self.pid.as_raw_nonzero().get();
        if !matches!(sys::wait(pid, false), Ok(None)) {
            return;
        }
        let waiting = std::thread::Builder::new().name("sandbox-reap".into()).spawn(move || sys::wait(pid, true));
        if let Err(error) = waiting {
            tracing::warn!(%error, pid, "a killed child stays as a zombie until this process ends");
        }
    }
}
