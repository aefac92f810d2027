//! Where PostgreSQL is installed. Distributions keep its server programs out of `PATH`, side by side by version.

use std::path::{Path, PathBuf};
use std::process::Command;

const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder of `postgres`, `initdb` and `psql`.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Those on `PATH`, else the newest of the system.
    pub(super) fn find() -> Self {
        Self::installed().expect("PostgreSQL is not installed: run scripts/setup test")
    }

    fn installed() -> Option<Self> {
        on_path().or_else(newest).map(|folder| Self { folder })
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// For instance `15.14`.
    pub(super) fn version(&self) -> String {
        let output = Command::new(self.postgres()).arg("--version").output().expect("the postgres program can be executed");
        String::from_utf8_lossy(&output.stdout).split_whitespace().nth(2).unwrap_or("unknown").to_owned()
    }
}

/// The client beside the server, or alone on `PATH` where only that is installed.
pub(super) fn psql() -> PathBuf {
    Binaries::installed().map_or_else(|| "psql".into(), |binaries| binaries.folder.join("psql"))
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|folder| complete(&folder.join("postgres")))
}

fn newest() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok()?.flatten().map(|entry| entry.path());
    let mut complete: Vec<_> = versions.filter_map(|version| Some((number(&version), complete(&version.join("bin/postgres"))?))).collect();
    complete.sort();
    complete.pop().map(|(_, folder)| folder)
}

fn number(folder: &Path) -> u32 {
    folder.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

/// The folder `postgres` really is in, if its neighbours are there too.
fn complete(postgres: &Path) -> Option<PathBuf> {
    let folder = postgres.canonicalize().ok()?.parent()?.to_owned();
    ["postgres", "initdb", "psql"].iter().all(|name| folder.join(name).is_file()).then_some(folder)
}
