//! What is declared, as a real broker tells of it and as messages find it.

use std::time::Duration;

use futures::StreamExt;
use gristmill_model::queue::Queue;
use gristmill_rabbit::topology::{self, EVENTS_EXCHANGE, dlq_of};
use gristmill_servers::RabbitMq;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicRejectOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::time::timeout;

/// Longer than the broker takes for anything on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

async fn declared(broker: &RabbitMq) -> (Connection, Channel) {
    let connection = Connection::connect(&broker.url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    topology::declare(&channel).await.unwrap();
    (connection, channel)
}

async fn reader(channel: &Channel, queue: &str) -> Consumer {
    channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await.unwrap()
}

async fn next(consumer: &mut Consumer) -> Delivery {
    timeout(SOON, consumer.next()).await.expect("a message comes").unwrap().unwrap()
}

async fn publish(channel: &Channel, exchange: &str, key: &str, what: &str, properties: BasicProperties) {
    let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let sent = channel.basic_publish(exchange.into(), key.into(), mandatory, what.as_bytes(), properties).await.unwrap();
    let confirmed = sent.await.unwrap();
    assert!(confirmed.is_ack() && confirmed.take_message().is_none(), "{what} has a queue to go to");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_is_what_was_agreed_and_declaring_it_again_changes_nothing() {
    let broker = RabbitMq::start();
    let (_connection, channel) = declared(&broker).await;
    topology::declare(&channel).await.unwrap();
    let told = broker.control(&["--silent", "list_queues", "name", "type", "durable", "arguments"]);
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_or_is_refused_lies_in_the_dead_letter_queue_of_its_queue() {
    let broker = RabbitMq::start();
    let (_connection, channel) = declared(&broker).await;
    for queue in Queue::OF_TASKS {
        let mut dead = reader(&channel, dlq_of(queue)).await;
        let late = format!("too late for {queue}");
        publish(&channel, "", queue.as_str(), &late, BasicProperties::default().with_expiration("1".into())).await;
        let letter = next(&mut dead).await;
        assert_eq!(String::from_utf8_lossy(&letter.data), late);
        letter.ack(BasicAckOptions::default()).await.unwrap();

        let bad = format!("refused by the reader of {queue}");
        publish(&channel, "", queue.as_str(), &bad, BasicProperties::default()).await;
        let mut work = reader(&channel, queue.as_str()).await;
        next(&mut work).await.reject(BasicRejectOptions { requeue: false }).await.unwrap();
        let letter = next(&mut dead).await;
        assert_eq!(String::from_utf8_lossy(&letter.data), bad);
        letter.ack(BasicAckOptions::default()).await.unwrap();
        channel.basic_cancel(dead.tag(), lapin::options::BasicCancelOptions::default()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_event_lies_in_the_queue_of_events() {
    let broker = RabbitMq::start();
    let (_connection, channel) = declared(&broker).await;
    let mut events = reader(&channel, Queue::Events.as_str()).await;
    for kind in ["job.finished", "task.dead", "x"] {
        publish(&channel, EVENTS_EXCHANGE, kind, kind, BasicProperties::default()).await;
        assert_eq!(next(&mut events).await.routing_key.as_str(), kind);
    }
}
