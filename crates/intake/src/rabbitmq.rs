//! Messages of the queues of RabbitMQ that work comes by. One that is refused goes to the dead-letter queue beside its queue, and a dead
//! task that an operator has moved back from there is told as one to run again.

use std::pin::Pin;
use std::time::Duration;

use futures::stream::{SelectAll, select_all};
use futures::{FutureExt, Stream, StreamExt, stream};
use gristmill_model::queue::Queue as Known;
use gristmill_rabbit::{DEAD_HEADER, QUEUE_HEADER, topology};
use lapin::message::Delivery as Brought;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::uri::AMQPUri;
use lapin::{Acker, BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::queue::{Delivery, LONGEST_WAIT, Lost, Queue};
use crate::{Content, Message};

/// Why a message lies among the dead letters.
const REASON_HEADER: &str = "x-gristmill-reason";
/// Whose a request is.
const OWNER_HEADER: &str = "owner";

/// Messages of one queue that are on their way to us or in our hands. Enough that the next is here when one is done, and that some may wait
/// to come again without holding up the rest; few enough to share with others.
const PREFETCH: u16 = 16;

/// A message that outlives the broker.
const PERSISTENT: u8 = 2;

/// A queue of requests, and what it says of them.
struct Source {
    queue: Known,
    priority: Option<&'static str>,
    pipeline: Option<&'static str>,
}

/// The queues of requests.
const SOURCES: [Source; 4] = [
    Source { queue: Known::High, priority: Some("high"), pipeline: None },
    Source { queue: Known::Normal, priority: None, pipeline: None },
    Source { queue: Known::Batch, priority: Some("low"), pipeline: None },
    Source { queue: Known::Images, priority: None, pipeline: Some("image") },
];

/// What comes by a queue; `None` when the broker brings nothing more by it.
type Coming = Pin<Box<dyn Stream<Item = (&'static Source, Option<lapin::Result<Brought>>)> + Send>>;

/// A connection: one channel that brings messages, one that puts them elsewhere.
pub(crate) struct Queues {
    /// Ends with this.
    _connection: Connection,
    channel: Channel,
    /// One message at a time: a broker does not say which one it could bring to no queue.
    publisher: Mutex<Channel>,
    /// Begun with the first receive.
    coming: Mutex<SelectAll<Coming>>,
}

/// A message as the broker knows it.
pub(crate) struct Receipt {
    acker: Acker,
    source: &'static Source,
    properties: BasicProperties,
    body: Vec<u8>,
}

impl Queue for Queues {
    const SERVER: &'static str = "RabbitMQ";
    type Address = AMQPUri;
    type Receipt = Receipt;

    async fn open(uri: &AMQPUri) -> Result<Self, Lost> {
        let named = ConnectionProperties::default().with_connection_name("gristmill intake".into());
        let connection = Connection::connect_uri(uri.clone(), named).await?;
        let (channel, publisher) = (connection.create_channel().await?, connection.create_channel().await?);
        topology::declare(&channel).await?;
        publisher.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        Ok(Self { _connection: connection, channel, publisher: Mutex::new(publisher), coming: Mutex::new(SelectAll::new()) })
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery<Receipt>>, Lost> {
        let mut coming = self.coming.lock().await;
        if coming.is_empty() {
            *coming = self.begin().await?;
        }
        let Ok(first) = timeout(LONGEST_WAIT / 2, coming.next()).await else {
            // Silence may be that of a broker that is gone without a word.
            self.check().await?;
            return Ok(Vec::new());
        };
        let mut received = vec![delivery(first)?];
        while received.len() < most {
            let Some(next) = coming.next().now_or_never() else { break };
            received.push(delivery(next)?);
        }
        Ok(received)
    }

    async fn accept(&self, receipt: &Receipt) -> Result<(), Lost> {
        receipt.acker.ack(BasicAckOptions::default()).await?;
        Ok(())
    }

    async fn refuse(&self, receipt: &Receipt, _: &Message, reason: &str) -> Result<(), Lost> {
        let mut headers = receipt.properties.headers().clone().unwrap_or_default();
        let queue = receipt.source.queue;
        headers.insert(REASON_HEADER.into(), AMQPValue::LongString(reason.into()));
        headers.insert(QUEUE_HEADER.into(), AMQPValue::LongString(queue.as_str().into()));
        self.put(topology::dlq_of(queue), receipt, headers).await?;
        self.accept(receipt).await
    }

    /// It goes to the end of its queue as a new message. Given back it would stand at the head, and after twenty times the broker would
    /// take it for a killer of its readers.
    async fn release(&self, receipt: &Receipt, after: Duration) -> Result<(), Lost> {
        sleep(after).await;
        let headers = receipt.properties.headers().clone().unwrap_or_default();
        self.put(receipt.source.queue.as_str(), receipt, headers).await?;
        self.accept(receipt).await
    }

    /// What was brought stays ours as long as the line stands.
    async fn hold(&self, _: &Receipt) -> Result<(), Lost> {
        Ok(())
    }
}

impl Queues {
    async fn begin(&self) -> Result<SelectAll<Coming>, Lost> {
        let mut all = Vec::new();
        for source in &SOURCES {
            let (take, nothing) = (BasicConsumeOptions::default(), FieldTable::default());
            let consumer = self.channel.basic_consume(source.queue.as_str().into(), ShortString::default(), take, nothing).await?;
            let coming = consumer.map(Some).chain(stream::once(async { None })).map(move |brought| (source, brought));
            all.push(Box::pin(coming) as Coming);
        }
        Ok(select_all(all))
    }

    /// A question that the broker must answer.
    async fn check(&self) -> Result<(), Lost> {
        let asked = QueueDeclareOptions::durable().passive();
        self.channel.queue_declare(Known::Normal.as_str().into(), asked, FieldTable::default()).await?;
        Ok(())
    }

    /// Puts a message into a queue, and returns once the broker has it for good.
    async fn put(&self, queue: &str, receipt: &Receipt, headers: FieldTable) -> Result<(), Lost> {
        let mut properties = BasicProperties::default().with_headers(headers).with_delivery_mode(PERSISTENT);
        if let Some(id) = receipt.properties.message_id() {
            properties = properties.with_message_id(id.clone());
        }
        if let Some(kind) = receipt.properties.content_type() {
            properties = properties.with_content_type(kind.clone());
        }
        let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let publisher = self.publisher.lock().await;
        let confirm = publisher.basic_publish(ShortString::default(), queue.into(), mandatory, &receipt.body, properties).await?.await?;
        if !confirm.is_ack() {
            return Err(format!("{queue} did not take a message: it is full, or has lost most of its replicas").into());
        }
        confirm.take_message().map_or(Ok(()), |_| Err(format!("there is no queue {queue}").into()))
    }
}

fn delivery(brought: Option<(&'static Source, Option<lapin::Result<Brought>>)>) -> Result<Delivery<Receipt>, Lost> {
    let Some((source, Some(brought))) = brought else { return Err("the broker brings no more messages".into()) };
    let Brought { acker, properties, data, .. } = brought?;
    let header = |name: &str| properties.headers().as_ref().and_then(|headers| text(headers.inner().get(name)?));
    let mut message = Message { priority: source.priority, pipeline: source.pipeline, ..Message::new(data.clone()) };
    message.id = properties.message_id().as_ref().map(ToString::to_string).filter(|id| !id.is_empty());
    message.owner = header(OWNER_HEADER);
    if let Some(task) = header(DEAD_HEADER) {
        message.content = Content::Redrive(task);
    }
    Ok(Delivery { message, receipt: Receipt { acker, source, properties, body: data } })
}

fn text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}
