//! One connection that listens and notifies, until it is lost.
//!
//! A commit with a pending `NOTIFY` takes a lock of the whole server, so it never travels in the transaction of the work, and each
//! bell rings at most every 20 ms. `NOTIFY` reaches the one database it is sent in, so the channels need no name of their own.

use std::error::Error;
use std::future::poll_fn;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification, Socket};

use super::Shared;
use crate::Bell;

/// Rings that come closer together than this are told as one.
const BREATH: Duration = Duration::from_millis(20);

/// Who takes longer for a statement without work is as good as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that vanished without a word stays unnoticed.
const CHECK_EVERY: Duration = Duration::from_secs(15);

/// Why a connection could not be made, or ended.
pub(super) type Lost = Box<dyn Error + Send + Sync>;

/// A connection that listens.
pub(super) struct Line {
    client: Client,
    connection: Connection<Socket, NoTlsStream>,
    /// The server's process behind it, which is the sender of our own rings.
    backend: i32,
}

impl Line {
    /// Connects and listens.
    pub(super) async fn open(config: &Config) -> Result<Self, Lost> {
        timeout(PATIENCE, async {
            let (client, mut connection) = config.connect(NoTls).await?;
            let backend = tokio::select! {
                backend = listen(&client) => backend?,
                // A ring this early has nobody to wake, or comes before both bells ring anyway.
                lost = hear(&mut connection, |_| {}) => return Err(lost),
            };
            Ok(Self { client, connection, backend })
        })
        .await?
    }

    /// Carries rings both ways until the connection is lost.
    pub(super) async fn serve(&mut self, shared: &Shared) -> Lost {
        let foreign = |ring: Notification| {
            if let Some(bell) = bell(ring.channel()).filter(|_| ring.process_id() != self.backend) {
                shared.here.strike(bell);
            }
        };
        tokio::select! {
            lost = hear(&mut self.connection, foreign) => lost,
            lost = tell(&self.client, Bell::Tasks, shared) => lost,
            lost = tell(&self.client, Bell::Events, shared) => lost,
            lost = check(&self.client) => lost,
        }
    }
}

/// Starts to listen, and answers the server's process.
async fn listen(client: &Client) -> Result<i32, Lost> {
    for bell in [Bell::Tasks, Bell::Events] {
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

/// Tells the others of each ring: the first at once, those that follow closely as one.
async fn tell(client: &Client, bell: Bell, shared: &Shared) -> Lost {
    let notify = format!("NOTIFY {}", channel(bell));
    loop {
        shared.due(bell).notified().await;
        if let Err(lost) = in_time(client.batch_execute(&notify)).await {
            return lost;
        }
        sleep(BREATH).await;
    }
}

/// Ends when the server does not answer any more.
async fn check(client: &Client) -> Lost {
    loop {
        sleep(CHECK_EVERY).await;
        if let Err(lost) = in_time(client.check_connection()).await {
            return lost;
        }
    }
}

async fn in_time(statement: impl Future<Output = Result<(), tokio_postgres::Error>>) -> Result<(), Lost> {
    Ok(timeout(PATIENCE, statement).await??)
}

fn channel(bell: Bell) -> &'static str {
    match bell {
        Bell::Tasks => "gristmill_tasks",
        Bell::Events => "gristmill_events",
    }
}

fn bell(name: &str) -> Option<Bell> {
    [Bell::Tasks, Bell::Events].into_iter().find(|bell| channel(*bell) == name)
}
