//! How a server is set up, and the folder it gets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::binaries::Binaries;
use super::{Postgres, template};

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether what is committed survives a crash of the machine, as in production (`fsync`, `full_page_writes`). Without it the
    /// server is faster and commits still survive [`Postgres::kill_9`].
    pub durable: bool,
    /// Further settings, as in `postgresql.conf`; they win over ours.
    pub settings: Vec<(String, String)>,
    /// Where the server keeps its data; stays when the handle is dropped, and a server started there later goes on with it. Every
    /// folder above must be open to the server's user. Without it a temporary folder that is removed with the handle.
    pub folder: Option<PathBuf>,
}

impl Options {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start; the message ends with the server's log.
    pub fn start(self) -> Postgres {
        let binaries = Binaries::find();
        let account = Account::of_the_server();
        let folder = prepared(self.folder.clone(), &binaries, &account);
        let mut server = Postgres::new(binaries, account, self, folder);
        server.start_on_a_free_port();
        server
    }

    /// As arguments of the server: ours, then those of the test, of which the last wins.
    pub(super) fn settings(&self, port: u16, folder: &Path) -> Vec<(String, String)> {
        let durability = if self.durable { "on" } else { "off" };
        let ours = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("unix_socket_directories", folder.display().to_string()),
            ("max_connections", "200".to_owned()),
            ("shared_buffers", "128MB".to_owned()),
            ("fsync", durability.to_owned()),
            ("full_page_writes", durability.to_owned()),
        ];
        ours.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(self.settings.clone()).collect()
    }
}

/// The server's folder with its data in it.
fn prepared(folder: Option<PathBuf>, binaries: &Binaries, account: &Account) -> PathBuf {
    let folder = folder.unwrap_or_else(temporary);
    fs::create_dir_all(&folder).expect("the server's folder can be made");
    account.own(&folder);
    if !folder.join("data/PG_VERSION").exists() {
        template::copy(binaries, account, &folder.join("data"));
    }
    folder
}

/// The server may run as another user, who must be able to go there.
fn temporary() -> PathBuf {
    let open = fs::Permissions::from_mode(0o755);
    let made = tempfile::Builder::new().prefix("gristmill-postgres-").permissions(open).tempdir();
    made.expect("a temporary folder can be made").keep()
}
