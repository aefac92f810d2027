//! One server for a whole test process, or one that is there already, for tests that only need a database.

use std::sync::OnceLock;

use super::{Postgres, sql};

/// The address of a server to use, `postgres://user@host:port` without a database.
const VARIABLE: &str = "GRISTMILL_TEST_POSTGRES";

/// A server that tests use together: nobody may kill or stop it.
#[derive(Debug)]
pub struct Shared {
    base: String,
    /// Ours, unless the environment names another.
    _server: Option<Postgres>,
}

impl Postgres {
    /// The server of this process, started when first asked for. When the environment variable `GRISTMILL_TEST_POSTGRES` holds an
    /// address like `postgres://postgres@127.0.0.1:5432`, it is that server, and databases made there stay.
    ///
    /// # Panics
    /// As [`Options::start`](super::Options::start).
    pub fn shared() -> &'static Shared {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var(VARIABLE) {
            Ok(base) if !base.is_empty() => Shared { base: base.trim_end_matches('/').to_owned(), _server: None },
            _ => Shared::own(Self::start()),
        })
    }
}

impl Shared {
    /// Creates an empty database with a name of its own and answers its address.
    ///
    /// # Panics
    /// When the server does not answer or refuses.
    pub fn database(&self) -> String {
        sql::database(&self.base)
    }

    fn own(server: Postgres) -> Self {
        Self { base: server.base(), _server: Some(server) }
    }
}
