//! Ends a server and removes its folder when the test is gone, even by SIGKILL.
//!
//! A small shell waits on a pipe that only this process holds open. The kernel closes it however the process ends, and unlike a
//! parent-death signal that does not depend on the thread that started the server, and leaves no folder behind.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Each line it reads is the process to end, empty for none. SIGQUIT lets a server take its own children along. Nobody may be there to
/// collect it, so that it stays as a zombie.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid"; then
    looks=0
    while read -r _ _ state _ <"/proc/$pid/stat" && [ "$state" != Z ] && [ $looks -lt 500 ]; do sleep 0.02; looks=$((looks + 1)); done
    kill -KILL "$pid"
fi
[ -z "$1" ] || rm -rf "$1"
"#;

/// The shell that waits. Dropping it makes it do its work at once, and waits for that.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    /// Watches over nothing yet but `folder`, if it shall be removed.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guard"]).arg(folder.unwrap_or(Path::new(""))).current_dir("/");
        // A group of its own: who ends a test ends its group.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = command.spawn().expect("/bin/sh starts");
        Self { pipe: shell.stdin.take(), shell }
    }

    /// From now on ends this process and no other.
    pub(crate) fn watch(&mut self, pid: Option<u32>) {
        let line = pid.map_or_else(|| "\n".to_owned(), |pid| format!("{pid}\n"));
        // A guard that somebody killed guards no more; the handle still ends the server.
        let _told = self.pipe.as_mut().map(|pipe| pipe.write_all(line.as_bytes()));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ended = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_ends_and_the_folder_is_gone_with_the_guard() {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut server = Command::new("sleep").arg("60").spawn().unwrap();
        let mut guard = Guard::new(Some(&folder));
        guard.watch(Some(server.id()));
        let collected = std::thread::spawn(move || server.wait().unwrap());
        drop(guard);
        assert!(!collected.join().unwrap().success() && !folder.exists());
    }

    #[test]
    fn a_process_that_is_no_longer_watched_is_left_alone() {
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        let mut guard = Guard::new(None);
        guard.watch(Some(other.id()));
        guard.watch(None);
        drop(guard);
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
