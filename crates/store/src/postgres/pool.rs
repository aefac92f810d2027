//! Connections to the server. Each statement of ours finds its rows by key, so plans that read whole tables are switched off: a
//! plan that was made while a table was small must not stay when it is large.

use deadpool_postgres::{Manager, ManagerConfig, Object, QueueMode, RecyclingMethod, Runtime};
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

use crate::{Result, StoreError};

/// Connections at most.
const MOST: usize = 16;

/// How long to wait for one.
const PATIENCE: Duration = Duration::from_secs(10);

/// What each connection is set to. A transaction that its owner forgot must not hold rows, nor keep old ones from being cleared away.
const SETTINGS: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c plan_cache_mode=force_generic_plan \
                        -c idle_in_transaction_session_timeout=60000 -c lock_timeout=30000 -c application_name=gristmill";

/// A pool.
#[derive(Debug)]
pub(super) struct Pool(deadpool_postgres::Pool);

impl Pool {
    pub(super) fn new(url: &str) -> Result<Self> {
        // The error of the parser may quote the URL, and with it a password.
        let mut config: Config =
            url.parse().map_err(|_| StoreError::Url("it is no PostgreSQL URL such as postgres://user@host/database".into()))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(StoreError::Url(
                "sslmode=require is not supported by this build; connect over a private network or a tunnel".into(),
            ));
        }
        let options = config.get_options().map_or_else(|| SETTINGS.to_owned(), |given| format!("{SETTINGS} {given}"));
        config.options(options).connect_timeout(PATIENCE);
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let built = deadpool_postgres::Pool::builder(manager)
            .max_size(MOST)
            // The one used last, whose statements are prepared and whose server process is warm.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build();
        Ok(Self(built.map_err(|e| StoreError::Unreachable(e.into()))?))
    }

    pub(super) async fn get(&self) -> Result<Object> {
        self.0.get().await.map_err(|e| StoreError::Unreachable(e.into()))
    }
}
