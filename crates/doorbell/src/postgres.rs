//! The doorbell between processes that share a PostgreSQL database, over its `LISTEN` and `NOTIFY`. It needs no further server.
//!
//! A commit with a pending `NOTIFY` takes a lock of the whole server, so it never travels in the transaction of the work. `NOTIFY`
//! reaches the one database it is sent in, so the channels need no name of their own.

use std::future::poll_fn;

use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification, Socket};

use crate::remote::{Line, Lost, Remote, Shared, check};
use crate::{Bell, DoorbellError};

/// Connects to the database at `url` (`postgres://user:password@host:5432/name`). Once this returns, rings are heard, or will be as
/// soon as the server is there. Must be called within
/// a Tokio runtime, whose end is also the doorbell's.
///
/// It holds one connection as long as it lives. That must lead directly to the server: behind a pooler that lends connections for a
/// transaction (PgBouncer's transaction mode) nothing is heard.
///
/// # Errors
/// An address that cannot be read, or asks for encryption. A server that is not there is told by [`Doorbell::state`](crate::Doorbell::state).
pub async fn connect(url: &str) -> Result<Remote, DoorbellError> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| DoorbellError::Address(error.into()))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(DoorbellError::Encryption);
    }
    if config.get_application_name().is_none() {
        config.application_name("gristmill doorbell");
    }
    Ok(Remote::connect::<Notifications>(config).await)
}

/// A connection that listens.
struct Notifications {
    client: Client,
    connection: Connection<Socket, NoTlsStream>,
    /// The server's process behind it, which is the sender of our own rings.
    backend: i32,
}

impl Line for Notifications {
    const SERVER: &'static str = "PostgreSQL";
    type Address = Config;

    async fn open(config: &Config) -> Result<Self, Lost> {
        let (client, mut connection) = config.connect(NoTls).await?;
        let backend = tokio::select! {
            backend = listen(&client) => backend?,
            // A ring this early has nobody to wake, or comes before both bells ring anyway.
            lost = hear(&mut connection, |_| {}) => return Err(lost),
        };
        Ok(Self { client, connection, backend })
    }

    async fn serve(&mut self, shared: &Shared) -> Lost {
        let foreign = |ring: Notification| {
            if let Some(bell) = Bell::named(ring.channel().trim_start_matches("gristmill_")).filter(|_| ring.process_id() != self.backend) {
                shared.here.strike(bell);
            }
        };
        let client = &self.client;
        let notify = |bell| async move { Ok(client.batch_execute(&format!("NOTIFY {}", channel(bell))).await?) };
        tokio::select! {
            lost = hear(&mut self.connection, foreign) => lost,
            lost = shared.tell(Bell::Tasks, notify) => lost,
            lost = shared.tell(Bell::Events, notify) => lost,
            lost = check(|| async { Ok(client.check_connection().await?) }) => lost,
        }
    }
}

/// Starts to listen, and answers the server's process.
async fn listen(client: &Client) -> Result<i32, Lost> {
    for bell in Bell::ALL {
        client.batch_execute(&format!("LISTEN {}", channel(bell))).await?;
    }
    Ok(client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?)
}

/// Drives the connection, without which nothing else here makes progress, and passes on each notification.
async fn hear(connection: &mut Connection<Socket, NoTlsStream>, on_ring: impl Fn(Notification)) -> Lost {
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notification(ring))) => on_ring(ring),
            Some(Ok(_)) => {}
            Some(Err(error)) => return error.into(),
            None => return "the connection was closed".into(),
        }
    }
}

fn channel(bell: Bell) -> String {
    format!("gristmill_{}", bell.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_asks_for_encryption_is_refused() {
        let refused = connect("postgres://me@127.0.0.1/mill?sslmode=require").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Encryption));
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        let refused = connect("redis://127.0.0.1").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Address(_)));
    }
}
