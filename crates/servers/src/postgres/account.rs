//! Who runs the server: PostgreSQL refuses user 0, so a test that runs as root starts it as `postgres`.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A user and a group, when it is not ourselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    other: Option<(u32, u32)>,
}

impl Account {
    /// The user `postgres` for root, else whoever we are.
    pub(super) fn of_the_server() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self { other: None };
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let found = users.lines().find_map(|line| ids(line, "postgres"));
        Self { other: Some(found.expect("PostgreSQL runs as user `postgres`, who is missing here: run scripts/setup test")) }
    }

    /// Makes the command run as this user.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
    }

    /// Gives a file to this user.
    pub(super) fn own(&self, path: &Path) {
        if let Some((user, group)) = self.other {
            chown(path, Some(user), Some(group)).expect("root gives files away");
        }
    }
}

/// User and group of a line of `/etc/passwd`.
fn ids(line: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = line.strip_prefix(name)?.strip_prefix(':')?.split(':').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn a_user_is_found_by_the_whole_name() {
        assert_eq!(ids("postgres:x:101:103:PostgreSQL,,,:/var/lib/postgresql:/bin/bash", "postgres"), Some((101, 103)));
        assert_eq!(ids("postgres2:x:101:103::/:/bin/sh", "postgres"), None);
    }
}
