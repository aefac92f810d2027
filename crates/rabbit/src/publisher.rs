//! Announcements on their way to the broker. One is delivered when every replica that must have it on disk has confirmed it.

use async_trait::async_trait;
use gristmill_deliver::{Body, Deliver, DeliverError, Message, Topic};
use gristmill_model::queue::Queue;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel};
use serde_json::Value;

use crate::address::Address;
use crate::line::{Failed, Lines};
use crate::topology::{self, DEAD_EXCHANGE, EVENTS_EXCHANGE, dlq_of};

/// The header that names the task of a dead letter. Who finds a message with it in a queue of tasks redrives that task.
pub const DEAD_HEADER: &str = "x-gristmill-dead";

/// The header that names the queue a message is about; of a dead letter the one it died in.
pub const QUEUE_HEADER: &str = "x-gristmill-queue";

/// Kept on disk by the broker (AMQP 0-9-1 §1.8, `delivery-mode`).
const PERSISTENT: u8 = 2;

/// Announces at a RabbitMQ. Connected when first used, with everything declared, and again after the line was lost.
pub struct Publisher {
    pub(crate) lines: Lines,
}

/// Where on the broker something goes.
struct Place<'a> {
    exchange: &'static str,
    key: &'a str,
    queue: Queue,
}

impl Publisher {
    /// To the server at `url`, `amqp://user:password@host:5672/vhost`. Nobody is asked yet.
    ///
    /// # Errors
    /// An address that cannot be read, or asks for encryption; never repeated.
    pub fn open(url: &str) -> Result<Self, DeliverError> {
        Ok(Self { lines: Lines::new(Address::read(url)?) })
    }
}

#[async_trait]
impl Deliver for Publisher {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        message.body.check()?;
        let Body::Announcement { topic, kind, payload } = &message.body else {
            return Err(DeliverError::Refused("a message broker takes announcements and nothing else".into()));
        };
        let place = place(*topic, kind);
        let properties = properties(message, *topic, kind, place.queue, payload)?;
        let bytes = payload.to_string().into_bytes();
        self.lines.with(|channel| publish(channel, place, bytes, properties)).await
    }

    /// Connects if there is no line, and declares what must be there.
    async fn probe(&self) -> Result<(), DeliverError> {
        self.lines.with(|channel| async move { Ok(topology::declare(&channel).await?) }).await
    }
}

/// Events go by their kind, so that others may subscribe to some; dead letters to the queue that is for them; notifications to theirs.
fn place(topic: Topic, kind: &str) -> Place<'_> {
    match topic {
        Topic::Events => Place { exchange: EVENTS_EXCHANGE, key: kind, queue: Queue::Events },
        Topic::Notifications => Place { exchange: "", key: Queue::Notifications.as_str(), queue: Queue::Notifications },
        Topic::Dead(queue) => Place { exchange: DEAD_EXCHANGE, key: dlq_of(queue), queue },
    }
}

fn properties(message: &Message, topic: Topic, kind: &str, queue: Queue, payload: &Value) -> Result<BasicProperties, DeliverError> {
    let mut headers = FieldTable::default();
    headers.insert(QUEUE_HEADER.into(), AMQPValue::LongString(queue.as_str().into()));
    if let Topic::Dead(_) = topic {
        let unnamed = || DeliverError::Refused("a dead letter tells in its `task` which task died".into());
        let task = payload.get("task").and_then(Value::as_str).ok_or_else(unnamed)?;
        headers.insert(DEAD_HEADER.into(), AMQPValue::LongString(task.into()));
    }
    Ok(BasicProperties::default()
        .with_message_id(message.id.to_string().into())
        // Whole seconds, as AMQP has them.
        .with_timestamp(u64::try_from(message.at.0 / 1000).unwrap_or_default())
        .with_type(ShortString::from(kind))
        .with_app_id("gristmill".into())
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_headers(headers))
}

async fn publish(channel: Channel, place: Place<'_>, bytes: Vec<u8>, properties: BasicProperties) -> Result<(), Failed> {
    let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let confirm = channel.basic_publish(place.exchange.into(), place.key.into(), mandatory, &bytes, properties).await?.await?;
    if !confirm.is_ack() {
        return Err("it did not take the announcement: a queue is full, or has lost most of its replicas".into());
    }
    match confirm.take_message() {
        None => Ok(()),
        Some(_) => Err("no queue gets the announcement: one was deleted, and is declared again for the next try".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::future::join_all;
    use gristmill_deliver::contract::message;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_it_cannot_take_is_refused_for_good_before_anybody_is_asked() {
        let publisher = Publisher::open("amqp://127.0.0.1:1").unwrap();
        let dead = |payload| Body::Announcement { topic: Topic::Dead(Queue::High), kind: "task.dead".into(), payload };
        let odd = Body::Announcement { topic: Topic::Events, kind: "job.*".into(), payload: json!(1) };
        let hook = Body::Webhook { url: "https://example.org".into(), payload: json!(1) };
        for body in [dead(json!({})), dead(json!({"task": 7})), odd, hook] {
            assert!(!publisher.deliver(&message(1, body)).await.unwrap_err().retry());
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_told_without_its_password_and_may_be_asked_again() {
        let publisher = Publisher::open("amqp://me:secret@127.0.0.1:1").unwrap();
        let news = Body::Announcement { topic: Topic::Events, kind: "job.finished".into(), payload: json!(1) };
        let error = publisher.deliver(&message(1, news)).await.unwrap_err();
        let words = format!("{error} {error:?}");
        assert!(error.retry() && words.contains("RabbitMQ at 127.0.0.1:1") && !words.contains("secret"), "{words}");
    }
    #[tokio::test]
    async fn those_who_come_while_the_server_cannot_be_reached_are_told_so_together() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let publisher = Publisher::open(&format!("amqp://{}", server.local_addr().unwrap())).unwrap();
        let calls = Arc::new(AtomicU64::new(0));
        let counted = calls.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = server.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                drop(line);
            }
        });
        let news = message(1, Body::Announcement { topic: Topic::Events, kind: "job.finished".into(), payload: json!(1) });
        for ended in join_all((0..10).map(|_| publisher.deliver(&news))).await {
            assert!(ended.unwrap_err().retry());
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
