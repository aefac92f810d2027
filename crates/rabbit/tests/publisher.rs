//! Announcements at a real broker: what arrives, and what happens when the broker dies or somebody deletes a queue.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::join_all;
use gristmill_deliver::contract::{self, message};
use gristmill_deliver::{Body, Deliver, Message, Topic};
use gristmill_model::queue::Queue;
use gristmill_rabbit::topology::{self, dlq_of};
use gristmill_rabbit::{DEAD_HEADER, Publisher, QUEUE_HEADER};
use gristmill_servers::RabbitMq;
use lapin::message::BasicGetMessage;
use lapin::options::{BasicConsumeOptions, BasicGetOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};
use serde_json::{Value, json};
use tokio::time::timeout;

/// Longer than a broker takes to be back on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

fn news(no: u128, topic: Topic, kind: &str) -> Message {
    message(no, Body::Announcement { topic, kind: kind.into(), payload: json!({"no": no.to_string(), "task": "task_x_0_0"}) })
}

/// A reader beside the publisher.
struct Reader {
    _connection: Connection,
    channel: Channel,
}

impl Reader {
    async fn at(broker: &RabbitMq) -> Self {
        let connection = Connection::connect(&broker.url(), ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self { _connection: connection, channel }
    }

    /// Takes one message.
    async fn take(&self, queue: &str) -> Option<BasicGetMessage> {
        self.channel.basic_get(queue.into(), BasicGetOptions { no_ack: true }).await.unwrap()
    }

    /// Takes messages until there are so many: after a restart a queue is empty until its replicas have found each other.
    async fn take_all(&self, queue: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        let taken = timeout(SOON, async {
            while ids.len() < count {
                match self.take(queue).await {
                    Some(message) => ids.push(message.properties.message_id().clone().unwrap().to_string()),
                    None => tokio::task::yield_now().await,
                }
            }
        });
        taken.await.expect("all messages are there");
        ids
    }
}

fn header(message: &BasicGetMessage, name: &str) -> Option<String> {
    match message.properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        other => panic!("{other:?} is no text"),
    }
}

/// A message as the announcement it was.
fn told(message: &BasicGetMessage) -> (String, Body) {
    let queue = Queue::parse(&header(message, QUEUE_HEADER).unwrap()).unwrap();
    let topic = match queue {
        _ if header(message, DEAD_HEADER).is_some() => Topic::Dead(queue),
        Queue::Events => Topic::Events,
        _ => Topic::Notifications,
    };
    let (id, kind) = (message.properties.message_id().clone().unwrap(), message.properties.kind().clone().unwrap());
    (id.to_string(), Body::Announcement { topic, kind: kind.to_string(), payload: serde_json::from_slice(&message.data).unwrap() })
}

/// Until it is delivered, as the outbox would.
async fn insist(publisher: &Publisher, message: &Message) {
    let delivered = timeout(SOON, async {
        while let Err(error) = publisher.deliver(message).await {
            assert!(error.retry(), "{error}");
            tokio::task::yield_now().await;
        }
    });
    delivered.await.expect("the broker is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_promises_of_every_way() {
    let broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    publisher.probe().await.unwrap();
    let (reader, seen) = (Reader::at(&broker).await, Mutex::new(Vec::new()));
    let arrived = async || {
        for queue in topology::names() {
            while let Some(message) = reader.take(queue).await {
                seen.lock().unwrap().push(told(&message));
            }
        }
        seen.lock().unwrap().clone()
    };
    contract::a_probe_of_what_works_succeeds_and_tells_nobody(&publisher, arrived).await;
    contract::a_bad_address_is_refused_for_good(&publisher, arrived).await;
    contract::a_subject_that_would_begin_another_header_is_refused_for_good(&publisher, arrived).await;
    contract::an_announcement_arrives_whole(&publisher, arrived).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_lies_where_operators_look_and_says_all_that_redrives_it() {
    let broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    let sent = news(7, Topic::Dead(Queue::Images), "task.dead");
    publisher.deliver(&sent).await.unwrap();
    let found = Reader::at(&broker).await.take(dlq_of(Queue::Images)).await.unwrap();
    assert_eq!(header(&found, DEAD_HEADER).unwrap(), "task_x_0_0");
    assert_eq!(header(&found, QUEUE_HEADER).unwrap(), "processing.images");
    let properties = &found.properties;
    assert_eq!(properties.message_id().clone().unwrap().as_str(), sent.id.to_string());
    assert_eq!(properties.content_type().clone().unwrap().as_str(), "application/json");
    assert_eq!((*properties.timestamp(), *properties.delivery_mode()), (Some(sent.at.0 as u64 / 1000), Some(2)));
    assert_eq!(serde_json::from_slice::<Value>(&found.data).unwrap(), json!({"no": "7", "task": "task_x_0_0"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_announced_before_and_after_the_broker_was_killed_is_there() {
    let mut broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    let (before, after) = (news(1, Topic::Events, "job.started"), news(2, Topic::Events, "job.finished"));
    publisher.deliver(&before).await.unwrap();
    // A broker writes the names of new queues up to half a second later, so that one killed by then would know of the queue and not of
    // its replica.
    broker.control(&["eval", "[dets:sync(Table) || Table <- dets:all()]."]);
    broker.kill_9();
    let away = publisher.deliver(&after).await.unwrap_err();
    assert!(away.retry() && away.to_string().contains("RabbitMQ at 127.0.0.1"), "{away}");
    broker.restart();
    insist(&publisher, &after).await;
    let found = Reader::at(&broker).await.take_all(Queue::Events.as_str(), 2).await;
    assert_eq!(found, [before.id.to_string(), after.id.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_that_no_queue_gets_is_no_delivery_and_the_queue_is_there_for_the_next() {
    let broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    publisher.probe().await.unwrap();
    let reader = Reader::at(&broker).await;
    let queue = Queue::Notifications.as_str();
    reader.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    let sent = news(1, Topic::Notifications, "job.finished");
    let lost = publisher.deliver(&sent).await.unwrap_err();
    assert!(lost.retry() && lost.to_string().contains("no queue"), "{lost}");
    publisher.deliver(&sent).await.unwrap();
    assert_eq!(reader.take_all(queue, 1).await, [sent.id.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_a_connection_and_all_arrive() {
    let broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    let all: Vec<_> = (1..=100).map(|no| news(no, Topic::Events, "job.finished")).collect();
    for ended in join_all(all.iter().map(|message| publisher.deliver(message))).await {
        ended.unwrap();
    }
    assert_eq!(broker.control(&["--silent", "list_connections", "pid"]).lines().count(), 1);
    let mut found = Reader::at(&broker).await.take_all(Queue::Events.as_str(), 100).await;
    found.sort();
    let mut sent: Vec<_> = all.iter().map(|message| message.id.to_string()).collect();
    sent.sort();
    assert_eq!(found, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_queue_tells_how_much_lies_in_it_and_who_reads_it() {
    let broker = RabbitMq::start();
    let publisher = Publisher::open(&broker.url()).unwrap();
    for no in 1..=3 {
        publisher.deliver(&news(no, Topic::Dead(Queue::Batch), "task.dead")).await.unwrap();
    }
    let reader = Reader::at(&broker).await;
    let read = |queue: Queue| {
        reader.channel.basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
    };
    let _reads = read(Queue::High).await.unwrap();
    let depths = publisher.depths().await.unwrap();
    assert_eq!(depths.iter().map(|d| d.queue).collect::<Vec<_>>(), topology::names().collect::<Vec<_>>());
    for depth in depths {
        let expected = (if depth.queue == dlq_of(Queue::Batch) { 3 } else { 0 }, u32::from(depth.queue == Queue::High.as_str()));
        assert_eq!((depth.messages, depth.consumers), expected, "{}", depth.queue);
    }
}

/// What `docs/operations.md` tells to give to the user.
const PERMISSIONS: &str = r"^(gristmill\.|upload\.|processing\.images$|notifications$|amq\.(default$|gen-))";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_the_permissions_that_are_written_down_may_do_everything_and_one_without_is_told() {
    let broker = RabbitMq::start();
    broker.control(&["add_user", "mill", "wheat"]);
    let publisher = Publisher::open(&broker.url().replace("guest:guest", "mill:wheat")).unwrap();
    let refused = publisher.probe().await.unwrap_err().to_string();
    assert!(refused.contains("RabbitMQ at") && !refused.contains("wheat"), "{refused}");
    broker.control(&["set_permissions", "mill", PERMISSIONS, PERMISSIONS, PERMISSIONS]);
    for (no, topic) in (1..).zip([Topic::Events, Topic::Notifications, Topic::Dead(Queue::High)]) {
        // What a user may do is remembered by the server for a moment.
        insist(&publisher, &news(no, topic, "job.finished")).await;
    }
    assert_eq!(publisher.depths().await.unwrap().iter().map(|d| d.messages).sum::<u32>(), 3);
}
