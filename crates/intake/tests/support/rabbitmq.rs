//! RabbitMQ, as a program that knows its queues uses it.

use gristmill_rabbit::topology;
use gristmill_servers::RabbitMq;
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

use super::Broker;

/// A channel on a connection that lasts as long as it is held.
pub async fn channel(server: &RabbitMq) -> (Connection, Channel) {
    let connection = Connection::connect(&RabbitMq::url(server), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    topology::declare(&channel).await.unwrap();
    (connection, channel)
}

/// Publishes into a queue, and waits until the broker has it.
pub async fn publish(server: &RabbitMq, queue: &str, properties: BasicProperties, body: &str) {
    let (_connection, channel) = channel(server).await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let sent = channel.basic_publish("".into(), queue.into(), BasicPublishOptions::default(), body.as_bytes(), properties);
    assert!(sent.await.unwrap().await.unwrap().is_ack());
}

impl Broker for RabbitMq {
    async fn own() -> Self {
        Self::start()
    }

    fn url(&self) -> String {
        Self::url(self)
    }

    async fn put(&self, id: Option<&str>, owner: Option<&str>, body: &str) {
        let mut properties = BasicProperties::default().with_delivery_mode(2);
        if let Some(id) = id {
            properties = properties.with_message_id(id.into());
        }
        if let Some(owner) = owner {
            let mut headers = FieldTable::default();
            headers.insert("owner".into(), AMQPValue::LongString(owner.into()));
            properties = properties.with_headers(headers);
        }
        publish(self, "upload.normal", properties, body).await;
    }

    async fn dead(&self) -> Vec<(String, String)> {
        let (_connection, channel) = channel(self).await;
        let mut found = Vec::new();
        // Given back when the channel ends.
        while let Some(letter) = channel.basic_get("upload.normal.dlq".into(), BasicGetOptions::default()).await.unwrap() {
            let headers = letter.properties.headers().clone().unwrap();
            let AMQPValue::LongString(reason) = &headers.inner()["x-gristmill-reason"] else { panic!("a text: {headers:?}") };
            found.push((String::from_utf8(letter.delivery.data).unwrap(), reason.to_string()));
        }
        found
    }

    async fn waiting(&self) -> usize {
        // What is ready and what somebody has; the broker's own count of both.
        let said = self.control(&["list_queues", "--silent", "name", "messages"]);
        let count = |line: &str| line.strip_prefix("upload.normal\t")?.trim().parse().ok();
        said.lines().find_map(count).unwrap_or_else(|| panic!("{said}"))
    }

    async fn time_passes(&self) {}

    fn kill(&mut self) {
        self.kill_9();
    }

    async fn again(&mut self) {
        self.restart();
    }
}
