//! Which store and doorbell the mills of tests have: SQLite and this process, unless `with-servers` says otherwise by
//! `GRISTMILL_TEST_STORE` and `GRISTMILL_DOORBELL__URL`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use gristmill_doorbell::Doorbell;
use gristmill_servers::Postgres;
use gristmill_store::Store;
use gristmill_store::postgres::Postgres as PostgresStore;
use gristmill_store::sqlite::{Durability, Sqlite};

/// How long a silent worker counts as alive where others share the store, in seconds: tests that kill theirs wait as long each time.
const LEASE: &str = "8";

/// What every `gristmill` that is started on a data folder needs in its environment; the same each time for the same folder.
pub fn environment(data: &Path) -> Vec<(&'static str, String)> {
    let shared = |url| [("GRISTMILL_STORE__URL", url), ("GRISTMILL_WORKER__LEASE_SECONDS", LEASE.to_owned())];
    database(data).map(shared).into_iter().flatten().collect()
}

/// Whether rows are kept where several processes may work on them.
pub fn shared_store() -> bool {
    std::env::var("GRISTMILL_TEST_STORE").is_ok_and(|store| store == "postgres")
}

/// The store of a data folder.
pub(crate) async fn store(data: &Path) -> Arc<dyn Store> {
    match database(data) {
        Some(url) => Arc::new(PostgresStore::open(&url).await.expect("a store")),
        None => Arc::new(Sqlite::open(&data.join("gristmill.db"), Durability::Normal).expect("a store")),
    }
}

/// The doorbell of a data folder.
pub(crate) async fn doorbell(data: &Path) -> Arc<dyn Doorbell> {
    let own = database(data).unwrap_or_else(|| "memory:".to_owned());
    let url = std::env::var("GRISTMILL_DOORBELL__URL").unwrap_or_else(|_| "auto:".to_owned()).replace("auto:", &own);
    gristmill_doorbell::connect(&url).await.expect("a doorbell")
}

/// A database of its own for each folder.
fn database(data: &Path) -> Option<String> {
    static MADE: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    shared_store().then(|| made.entry(data.to_owned()).or_insert_with(|| Postgres::shared().database()).clone())
}
