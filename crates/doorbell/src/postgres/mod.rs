//! The doorbell between processes that share a PostgreSQL database, over its `LISTEN` and `NOTIFY`. It needs no further server.
//!
//! A background task keeps one connection that listens and notifies ([`line`]), and makes it again when it is lost.

mod line;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::{Bell, Doorbell, DoorbellError, Ear, Memory};
use line::Line;

/// Pauses before connecting again double from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Rings in every process that has one for the same database. Listeners of this process are woken at once, others by way of the
/// server; what is lost on the way (the server restarts, say) costs one poll.
///
/// It holds one connection as long as it lives. That must lead directly to the server: behind a pooler that lends connections for a
/// transaction (PgBouncer's transaction mode) nothing is heard. When it had to be made again both bells ring once, because rings
/// may have been missed.
#[derive(Debug)]
pub struct Postgres {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the handle and its task share.
#[derive(Debug, Default)]
struct Shared {
    /// Those who listen in this process.
    here: Memory,
    tasks: Notify,
    events: Notify,
}

impl Postgres {
    /// Connects to the database at `url` (`postgres://user:password@host:5432/name`). Once this returns, rings are heard. Must be
    /// called within a Tokio runtime, whose end is also the doorbell's.
    ///
    /// # Errors
    /// An address that cannot be read or asks for encryption; a server that cannot be reached or refuses. A connection that is lost
    /// later is no error.
    pub async fn connect(url: &str) -> Result<Self, DoorbellError> {
        let config = config(url)?;
        let line = Line::open(&config).await.map_err(DoorbellError::Connect)?;
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(run(config, line, shared.clone()));
        Ok(Self { shared, task })
    }
}

#[async_trait]
impl Doorbell for Postgres {
    async fn ring(&self, bell: Bell) {
        self.shared.here.strike(bell);
        self.shared.due(bell).notify_one();
    }

    fn listen(&self, bell: Bell) -> Ear {
        self.shared.here.listen(bell)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Notified when the bell is to ring elsewhere. It remembers one ring, so those that pile up are told as one.
    fn due(&self, bell: Bell) -> &Notify {
        match bell {
            Bell::Tasks => &self.tasks,
            Bell::Events => &self.events,
        }
    }
}

fn config(url: &str) -> Result<Config, DoorbellError> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| DoorbellError::Address(error.into()))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(DoorbellError::Encryption);
    }
    if config.get_application_name().is_none() {
        config.application_name("gristmill doorbell");
    }
    Ok(config)
}

/// Serves one connection after another. A server that takes connections only to end them is asked ever less often.
async fn run(config: Config, mut line: Line, shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let error = line.serve(&shared).await;
        tracing::warn!(error, "the doorbell lost its database: what others wrote is seen late until it is back");
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        line = again(&config, &mut pause).await;
        tracing::info!("the doorbell has its database back");
        shared.here.strike(Bell::Tasks);
        shared.here.strike(Bell::Events);
    }
}

/// Connects as soon as the server lets us.
async fn again(config: &Config, pause: &mut Duration) -> Line {
    loop {
        sleep(*pause).await;
        *pause = LONGEST_PAUSE.min(*pause * 2);
        match Line::open(config).await {
            Ok(line) => return line,
            Err(error) => tracing::debug!(error, "the doorbell's database is not back yet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_asks_for_encryption_is_refused() {
        let refused = Postgres::connect("postgres://me@127.0.0.1/mill?sslmode=require").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Encryption) && !refused.retry());
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        let refused = Postgres::connect("redis://127.0.0.1").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Address(_)) && !refused.retry());
    }
}
