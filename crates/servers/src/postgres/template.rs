//! A data folder prepared once for each user and version, and copied for each server: `initdb` takes longer than all the rest.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::account::Account;
use super::binaries::Binaries;

/// Puts a fresh data folder at `to`.
pub(super) fn copy(binaries: &Binaries, account: &Account, to: &Path) {
    let from = template(binaries, account);
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
}

fn template(binaries: &Binaries, account: &Account) -> PathBuf {
    let shelf = shelf();
    let ready = shelf.join(format!("postgres-{}", binaries.version()));
    if !ready.exists() {
        make(binaries, account, &shelf, &ready);
    }
    ready
}

/// Ours by a name others may not use; who made it before us could have put anything there.
fn shelf() -> PathBuf {
    let user = rustix::process::geteuid().as_raw();
    let shelf = std::env::temp_dir().join(format!("gristmill-servers-{user}"));
    fs::create_dir_all(&shelf).expect("the temporary folder can be written");
    let owner = fs::symlink_metadata(&shelf).map(|found| (found.is_dir(), found.uid()));
    assert_eq!(owner.ok(), Some((true, user)), "{} must be a folder of our own", shelf.display());
    shelf
}

/// One process makes it while others wait; it appears whole or not at all.
fn make(binaries: &Binaries, account: &Account, shelf: &Path, ready: &Path) {
    let lock = File::create(shelf.join("lock")).expect("the shelf can be written");
    lock.lock().expect("files can be locked");
    if ready.exists() {
        return;
    }
    let work = tempfile::Builder::new().prefix("making-").tempdir_in(shelf).expect("the shelf can be written");
    account.own(work.path());
    let (data, thin) = (work.path().join("data"), work.path().join("thin"));
    let mut initdb = Command::new(binaries.initdb());
    initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
    account.apply(&mut initdb);
    run(initdb.current_dir("/"));
    // The log is mostly zeros; as holes they cost nothing to copy.
    run(Command::new("cp").args(["-a", "--sparse=always"]).arg(data).arg(&thin));
    fs::rename(thin, ready).expect("a folder can be renamed in place");
}

fn run(command: &mut Command) {
    let Output { status, stderr, .. } = command.output().expect("programs of the system can be executed");
    assert!(status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&stderr));
}
