//! The doorbell over RabbitMQ: a fanout exchange `gristmill.bell`, and for each process a queue of its own that ends with its connection.
//! Nothing is kept there: a ring is a hint.

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use tokio::sync::Notify;

use crate::remote::{Line, Lost, Remote, Shared, carry, name};
use crate::{Bell, DoorbellError};

const EXCHANGE: &str = "gristmill.bell";

/// The most rings that wait for a process that does not read; older ones go.
const WAITING: i32 = 100;

/// Connects to the server at `url` (`amqp://user:password@host:5672/vhost`). Once this returns, rings are heard, or will be as
/// soon as the server is there. Must be called within a
/// Tokio runtime, whose end is also the doorbell's. The user needs to configure, write and read `gristmill.bell` and queues that the server
/// names (`amq.gen-…`).
///
/// # Errors
/// An address that cannot be read, or asks for encryption. A server that is not there is told by [`Doorbell::state`](crate::Doorbell::state).
pub async fn connect(url: &str) -> Result<Remote, DoorbellError> {
    if url.starts_with("amqps:") {
        return Err(DoorbellError::Encryption);
    }
    // Its own words may repeat the address, which may have a password in it.
    let uri: AMQPUri = url.parse().map_err(|_| DoorbellError::Address("not amqp://user:password@host:5672/vhost".into()))?;
    Ok(Remote::connect::<Exchange>(uri).await)
}

/// A connection with a queue at the exchange.
struct Exchange {
    /// Ends with this.
    _connection: Connection,
    channel: Channel,
    heard: Consumer,
    /// Who we are, so that our own rings do not wake us twice.
    id: String,
    /// A message of our own came back.
    echo: Notify,
}

impl Line for Exchange {
    const SERVER: &'static str = "RabbitMQ";
    type Address = AMQPUri;

    async fn open(uri: &AMQPUri) -> Result<Self, Lost> {
        let named = ConnectionProperties::default().with_connection_name("gristmill doorbell".into());
        let connection = Connection::connect_uri(uri.clone(), named).await?;
        let channel = connection.create_channel().await?;
        let fleeting = ExchangeDeclareOptions { auto_delete: true, ..ExchangeDeclareOptions::default() };
        channel.exchange_declare(EXCHANGE.into(), ExchangeKind::Fanout, fleeting, FieldTable::default()).await?;
        let ours = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let mut bounds = FieldTable::default();
        bounds.insert("x-max-length".into(), AMQPValue::LongInt(WAITING));
        let queue = channel.queue_declare(ShortString::default(), ours, bounds).await?.name().clone();
        let bind =
            channel.queue_bind(queue.clone(), EXCHANGE.into(), ShortString::default(), QueueBindOptions::default(), FieldTable::default());
        bind.await?;
        let take = BasicConsumeOptions { no_ack: true, exclusive: true, ..BasicConsumeOptions::default() };
        let heard = channel.basic_consume(queue.clone(), ShortString::default(), take, FieldTable::default()).await?;
        Ok(Self { _connection: connection, channel, heard, id: name(queue), echo: Notify::new() })
    }

    async fn serve(&mut self, shared: &Shared) -> Lost {
        let Self { channel, heard, id, echo, .. } = self;
        let (channel, id, echo) = (&*channel, id.as_str(), &*echo);
        let publish = |bell: Bell| async move {
            let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
            let _sent = channel.basic_publish(EXCHANGE.into(), bell.name().into(), options, id.as_bytes(), properties).await?;
            Ok::<_, Lost>(())
        };
        carry(shared, echo, publish, || publish(Bell::Tasks), hear(heard, id, echo, shared)).await
    }
}

async fn hear(heard: &mut Consumer, id: &str, echo: &Notify, shared: &Shared) -> Lost {
    loop {
        match heard.next().await {
            Some(Ok(Delivery { data, .. })) if data == id.as_bytes() => echo.notify_one(),
            Some(Ok(Delivery { routing_key, .. })) => {
                if let Some(bell) = Bell::named(routing_key.as_str()) {
                    shared.here.strike(bell);
                }
            }
            Some(Err(error)) => return error.into(),
            None => return "the connection was closed".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_that_asks_for_encryption_is_refused() {
        assert!(matches!(connect("amqps://127.0.0.1").await, Err(DoorbellError::Encryption)));
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_without_repeating_it() {
        let refused = connect("redis://me:secret@127.0.0.1").await.unwrap_err();
        assert!(matches!(refused, DoorbellError::Address(_)) && !format!("{refused:?}").contains("secret"));
    }
}
