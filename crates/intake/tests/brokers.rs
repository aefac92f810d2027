//! What an intake promises, over real brokers: nothing is lost, what is refused is kept with its reason, and what nobody handled comes again.

mod support;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gristmill_harness::until;
use gristmill_intake::{Content, Intake, Message, Verdict, probe};
use gristmill_servers::RabbitMq;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use support::Broker;
use support::rabbitmq::publish;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Longer than a broker takes to be back and read again on a loaded machine.
const SOON: Duration = Duration::from_secs(60);

type Seen = Arc<Mutex<Vec<Message>>>;

/// An intake that notes every message, and decides by its body and how often that came.
async fn noting<B: Broker>(broker: &B, decide: impl Fn(&[u8], usize) -> Verdict + Send + Sync + 'static) -> (Intake, Seen) {
    let seen = Seen::default();
    let (notes, decide) = (Arc::clone(&seen), Arc::new(decide));
    let handle = move |message: Message| {
        let (notes, decide) = (Arc::clone(&notes), Arc::clone(&decide));
        async move {
            let mut notes = notes.lock().unwrap();
            let times = notes.iter().filter(|m| m.body == message.body).count();
            let verdict = decide(&message.body, times);
            notes.push(message);
            verdict
        }
    };
    (Intake::start(&broker.url(), handle).await.unwrap(), seen)
}

async fn came(seen: &Seen, count: usize) -> Vec<Message> {
    until("messages to come", SOON, async || Some(seen.lock().unwrap().clone()).filter(|s| s.len() >= count)).await
}

async fn empty<B: Broker>(broker: &B) {
    until("the broker to have forgotten all messages", SOON, async || (broker.waiting().await == 0).then_some(())).await;
}

async fn a_message_is_handed_on_with_its_name_and_owner_and_is_forgotten_once_accepted<B: Broker>() {
    let broker = B::own().await;
    let (_intake, seen) = noting(&broker, |_, _| Verdict::Accept).await;
    broker.put(Some("m-1"), Some("anna"), r#"{"pipeline":"image"}"#).await;
    let message = came(&seen, 1).await.remove(0);
    assert_eq!((message.id.as_deref(), message.owner.as_deref()), (Some("m-1"), Some("anna")));
    assert_eq!(message.content, Content::Request(br#"{"pipeline":"image"}"#.to_vec()));
    empty(&broker).await;
    assert_eq!(seen.lock().unwrap().len(), 1);
}

async fn what_was_there_before_is_taken_and_each_message_once<B: Broker>() {
    let broker = B::own().await;
    for n in 0..50 {
        broker.put(Some(&format!("m-{n}")), None, &format!("{n}")).await;
    }
    let (intakes, seens): (Vec<Intake>, Vec<Seen>) =
        [noting(&broker, |_, _| Verdict::Accept).await, noting(&broker, |_, _| Verdict::Accept).await].into_iter().unzip();
    let all = || seens.iter().flat_map(|s| s.lock().unwrap().clone()).map(|m| m.id.unwrap()).collect::<Vec<_>>();
    until("all to come", SOON, async || (all().len() >= 50).then_some(())).await;
    empty(&broker).await;
    assert_eq!((all().len(), all().into_iter().collect::<HashSet<_>>().len()), (50, 50));
    drop(intakes);
}

async fn what_is_refused_lies_among_the_dead_with_its_reason_as_it_came<B: Broker>() {
    let broker = B::own().await;
    let (_intake, _) =
        noting(&broker, |body, _| if body == b"good" { Verdict::Accept } else { Verdict::Refuse("body_invalid: bad".into()) }).await;
    broker.put(Some("m-1"), None, "bad {\"a\": 1}").await;
    broker.put(Some("m-2"), None, "good").await;
    let dead = until("a dead letter", SOON, async || Some(broker.dead().await).filter(|d| !d.is_empty())).await;
    assert_eq!(dead, [("bad {\"a\": 1}".to_owned(), "body_invalid: bad".to_owned())]);
    empty(&broker).await;
}

async fn what_cannot_be_handled_now_comes_again_and_holds_up_nothing_else<B: Broker>() {
    let broker = B::own().await;
    let later = |body: &[u8], times| if body == b"late" && times == 0 { Verdict::Later("store down".into()) } else { Verdict::Accept };
    let (_intake, seen) = noting(&broker, later).await;
    broker.put(Some("m-1"), None, "late").await;
    broker.put(Some("m-2"), None, "other").await;
    let ids: Vec<Option<String>> = came(&seen, 3).await.into_iter().map(|m| m.id).collect();
    assert_eq!(ids.iter().filter(|id| id.as_deref() == Some("m-1")).count(), 2, "{ids:?}");
    assert_eq!(ids.last().unwrap().as_deref(), Some("m-1"));
    empty(&broker).await;
    assert!(broker.dead().await.is_empty());
}

async fn what_somebody_had_who_died_comes_to_another<B: Broker>() {
    let broker = B::own().await;
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let never = move |_| {
        told.notify_one();
        std::future::pending()
    };
    let dead = Intake::start(&broker.url(), never).await.unwrap();
    broker.put(Some("m-1"), None, "orphan").await;
    begun.notified().await;
    drop(dead);
    broker.time_passes().await;
    let (_intake, seen) = noting(&broker, |_, _| Verdict::Accept).await;
    assert_eq!(came(&seen, 1).await[0].id.as_deref(), Some("m-1"));
    empty(&broker).await;
}

async fn only_a_few_are_handled_at_once_and_a_stop_waits_for_them<B: Broker>() {
    let broker = B::own().await;
    let (busy, most, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let handle = {
        let (busy, most, open) = (Arc::clone(&busy), Arc::clone(&most), Arc::clone(&open));
        move |_| {
            let (busy, most, open) = (Arc::clone(&busy), Arc::clone(&most), Arc::clone(&open));
            async move {
                most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                open.notified().await;
                busy.fetch_sub(1, Ordering::SeqCst);
                Verdict::Accept
            }
        }
    };
    let intake = Intake::start(&broker.url(), handle).await.unwrap();
    for n in 0..12 {
        broker.put(Some(&format!("m-{n}")), None, "x").await;
    }
    until("eight to be handled", SOON, async || (busy.load(Ordering::SeqCst) == 8).then_some(())).await;
    let mut stop = pin!(intake.stop(SOON));
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            () = sleep(Duration::from_millis(20)) => open.notify_waiters(),
        }
    }
    assert_eq!((busy.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 8));
    // Some brokers count only now and then.
    until("what was not taken to be there still", SOON, async || (broker.waiting().await >= 1).then_some(())).await;
}

async fn a_broker_that_was_killed_is_told_as_lost_and_found_again<B: Broker>() {
    let mut broker = B::own().await;
    let (intake, seen) = noting(&broker, |_, _| Verdict::Accept).await;
    assert_eq!(intake.state().lost, None);
    broker.kill();
    until("the loss to be told", SOON, async || intake.state().lost).await;
    assert!(probe(&broker.url()).await.unwrap().lost.is_some());
    broker.again().await;
    until("it to be found", SOON, async || intake.state().lost.is_none().then_some(())).await;
    broker.put(Some("m-1"), None, "after").await;
    assert_eq!(came(&seen, 1).await[0].body, b"after");
    assert_eq!(probe(&broker.url()).await.unwrap().lost, None);
}

async fn a_broker_that_comes_late_does_not_hold_up_the_start<B: Broker>() {
    let mut broker = B::own().await;
    broker.kill();
    let (intake, seen) = noting(&broker, |_, _| Verdict::Accept).await;
    assert!(intake.state().lost.is_some());
    broker.again().await;
    broker.put(Some("m-1"), None, "late").await;
    assert_eq!(came(&seen, 1).await[0].body, b"late");
    assert_eq!(intake.state().lost, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_rabbitmq_says_what_a_request_does_not_and_a_dead_task_comes_back_as_one() {
    let broker = RabbitMq::own().await;
    let (_intake, seen) = noting(&broker, |_, _| Verdict::Accept).await;
    for queue in ["upload.high-priority", "upload.normal", "upload.batch", "processing.images"] {
        publish(&broker, queue, BasicProperties::default(), queue).await;
    }
    let mut found: Vec<_> = came(&seen, 4).await.into_iter().map(|m| (m.body, m.priority, m.pipeline)).collect();
    found.sort();
    let of = |queue: &str, priority, pipeline| (queue.as_bytes().to_vec(), priority, pipeline);
    let all = [of("processing.images", None, Some("image")), of("upload.batch", Some("low"), None)];
    assert_eq!(found[..2], all);
    assert_eq!(found[2..], [of("upload.high-priority", Some("high"), None), of("upload.normal", None, None)]);
    let mut headers = FieldTable::default();
    headers.insert("x-gristmill-dead".into(), AMQPValue::LongString("task_1".into()));
    publish(&broker, "upload.normal", BasicProperties::default().with_headers(headers), "{}").await;
    assert_eq!(came(&seen, 5).await[4].content, Content::Redrive("task_1".into()));
}

macro_rules! promises {
    ($($broker:ty, $module:ident: $($name:ident),+;)+) => {
        $(mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name::<$broker>().await;
            })+
        })+
    };
}

promises!(
    gristmill_servers::Redis, over_redis:
        a_message_is_handed_on_with_its_name_and_owner_and_is_forgotten_once_accepted,
        what_was_there_before_is_taken_and_each_message_once,
        what_is_refused_lies_among_the_dead_with_its_reason_as_it_came,
        what_cannot_be_handled_now_comes_again_and_holds_up_nothing_else,
        what_somebody_had_who_died_comes_to_another,
        only_a_few_are_handled_at_once_and_a_stop_waits_for_them,
        a_broker_that_was_killed_is_told_as_lost_and_found_again,
        a_broker_that_comes_late_does_not_hold_up_the_start;
    gristmill_servers::RabbitMq, over_rabbitmq:
        a_message_is_handed_on_with_its_name_and_owner_and_is_forgotten_once_accepted,
        what_was_there_before_is_taken_and_each_message_once,
        what_is_refused_lies_among_the_dead_with_its_reason_as_it_came,
        what_cannot_be_handled_now_comes_again_and_holds_up_nothing_else,
        what_somebody_had_who_died_comes_to_another,
        only_a_few_are_handled_at_once_and_a_stop_waits_for_them,
        a_broker_that_was_killed_is_told_as_lost_and_found_again,
        a_broker_that_comes_late_does_not_hold_up_the_start;
    gristmill_servers::Moto, over_sqs:
        a_message_is_handed_on_with_its_name_and_owner_and_is_forgotten_once_accepted,
        what_was_there_before_is_taken_and_each_message_once,
        what_is_refused_lies_among_the_dead_with_its_reason_as_it_came,
        what_cannot_be_handled_now_comes_again_and_holds_up_nothing_else,
        only_a_few_are_handled_at_once_and_a_stop_waits_for_them,
        a_broker_that_was_killed_is_told_as_lost_and_found_again,
        a_broker_that_comes_late_does_not_hold_up_the_start;
);
