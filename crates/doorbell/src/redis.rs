//! The doorbell over Redis, or a server that speaks like it: rings are published on channels. Nothing is kept there.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use redis::aio::MultiplexedConnection;
use redis::{Client, Msg};
use tokio::sync::Notify;

use crate::remote::{Line, Lost, Remote, Shared, carry, name};
use crate::{Bell, DoorbellError};

/// Connects to the server at `url` (`redis://user:password@host:6379`). Once this returns, rings are heard, or will be as
/// soon as the server is there. Must be called within a Tokio
/// runtime, whose end is also the doorbell's. It holds two connections as long as it lives. Channels are of the whole server, whatever the
/// number of the database: mills that share one wake each other, which costs a look.
///
/// # Errors
/// An address that cannot be read, or asks for encryption. A server that is not there is told by [`Doorbell::state`](crate::Doorbell::state).
pub async fn connect(url: &str) -> Result<Remote, DoorbellError> {
    if url.starts_with("rediss:") {
        return Err(DoorbellError::Encryption);
    }
    // The library's own words may repeat the address, which may have a password in it.
    let client = Client::open(url).map_err(|_| DoorbellError::Address("not redis://user:password@host:6379".into()))?;
    Ok(Remote::connect::<Channels>(client).await)
}

/// One connection that publishes, one that has subscribed.
struct Channels {
    publisher: MultiplexedConnection,
    heard: Pin<Box<dyn Stream<Item = Msg> + Send>>,
    /// Who we are, so that our own rings do not wake us twice.
    id: String,
    /// A message of our own came back.
    echo: Notify,
}

impl Line for Channels {
    const SERVER: &'static str = "Redis";
    type Address = Client;

    async fn open(client: &Client) -> Result<Self, Lost> {
        let publisher = client.get_multiplexed_async_connection().await?;
        let mut subscriber = client.get_async_pubsub().await?;
        for bell in Bell::ALL {
            subscriber.subscribe(channel(bell)).await?;
        }
        let client: u64 = redis::cmd("CLIENT").arg("ID").query_async(&mut publisher.clone()).await?;
        Ok(Self { publisher, heard: Box::pin(subscriber.into_on_message()), id: name(client), echo: Notify::new() })
    }

    async fn serve(&mut self, shared: &Shared) -> Lost {
        let Self { publisher, heard, id, echo } = self;
        let (publisher, id, echo) = (&*publisher, id.as_str(), &*echo);
        let publish = |bell| async move {
            let _listeners: u64 = redis::cmd("PUBLISH").arg(channel(bell)).arg(id).query_async(&mut publisher.clone()).await?;
            Ok::<_, Lost>(())
        };
        carry(shared, echo, publish, || publish(Bell::Tasks), hear(heard, id, echo, shared)).await
    }
}

async fn hear(heard: &mut Pin<Box<dyn Stream<Item = Msg> + Send>>, id: &str, echo: &Notify, shared: &Shared) -> Lost {
    while let Some(message) = heard.next().await {
        if message.get_payload_bytes() == id.as_bytes() {
            echo.notify_one();
        } else if let Some(bell) = Bell::named(message.get_channel_name().trim_start_matches("gristmill:")) {
            shared.here.strike(bell);
        }
    }
    "the connection was closed".into()
}

fn channel(bell: Bell) -> String {
    format!("gristmill:{}", bell.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_asks_for_encryption_is_refused() {
        assert!(matches!(connect("rediss://127.0.0.1").await, Err(DoorbellError::Encryption)));
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_without_repeating_it() {
        let refused = connect("amqp://me:secret@127.0.0.1").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Address(_)) && !format!("{refused:?}").contains("secret"));
    }
}
