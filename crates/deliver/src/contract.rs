//! What every way to people promises, as tests. A backend's own tests call these with the real thing, which has delivered
//! nothing yet, and with `arrived`: all that arrived on the other side, as id and body, text with LF for line ends.

use gristmill_model::id::Uuid;
use gristmill_model::queue::Queue;
use gristmill_model::{EffectId, Timestamp};
use serde_json::json;

use crate::{Body, Deliver, Message, Secrets, Topic};

/// A message with a number of its own, for tests.
pub fn message(no: u128, body: Body) -> Message {
    Message { id: EffectId::from_uuid(Uuid::from_u128(no)), at: Timestamp(1_795_341_112_000), body, secrets: Secrets::default() }
}

fn mail(to: &str, subject: &str, text: &str) -> Body {
    Body::Mail { to: to.into(), subject: subject.into(), text: text.into(), html: None }
}

fn webhook(url: &str) -> Body {
    Body::Webhook { url: url.into(), payload: json!({"event": "job.finished", "files": [{"name": "Mühle.png", "progress": 1.0}]}) }
}

/// Every letter of the subject and the text, and lines of any length.
pub async fn a_mail_arrives_whole(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let long = "grist for the mill, ".repeat(100);
    let text = format!("Grüße aus der Mühle!\n\n.\nFrom here on: 1 + 1 = 2\n{long}\n  — 🌾\n");
    let subjects = ["Your job has finished", "Ihr Auftrag „Mühle“ ist nach langem Mahlen und Sieben endlich fertig 🌾"];
    for (no, subject) in (1..).zip(subjects) {
        let sent = message(no, mail("anna@example.org", subject, &text));
        deliver.deliver(&sent).await.expect("it is delivered");
        assert!(arrived().await.contains(&(sent.id.to_string(), sent.body)));
    }
}

/// Both forms, each with letters that do not fit on the wire as they are.
pub async fn a_mail_of_text_and_html_arrives_whole(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let html = format!("<p title=\"1 = 1\">Grüße 🌾</p>\n<p>{}</p>\n--=_a boundary?\n", "meal ".repeat(300));
    let (to, subject, text) = ("anna@example.org".into(), "Both".into(), "Grüße 🌾\n".into());
    let sent = message(1, Body::Mail { to, subject, text, html: Some(html) });
    deliver.deliver(&sent).await.expect("it is delivered");
    assert_eq!(arrived().await, [(sent.id.to_string(), sent.body)]);
}

/// The payload as it was.
pub async fn a_webhook_arrives_whole(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let sent = message(1, webhook("https://example.org/hook?a=1&b=%20"));
    deliver.deliver(&sent).await.expect("it is delivered");
    assert_eq!(arrived().await, [(sent.id.to_string(), sent.body)]);
}

/// The topic, the kind and the payload as they were.
pub async fn an_announcement_arrives_whole(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let topics = [Topic::Events, Topic::Notifications].into_iter().chain(Queue::OF_TASKS.map(Topic::Dead));
    for (no, topic) in (1..).zip(topics) {
        let payload = json!({"task": "task_1_0_0", "file": "Mühle.png", "progress": 1.0});
        let sent = message(no, Body::Announcement { topic, kind: "task.dead".into(), payload });
        deliver.deliver(&sent).await.expect("it is delivered");
        assert!(arrived().await.contains(&(sent.id.to_string(), sent.body)), "{topic}");
    }
}

/// A repeat may be seen or replace the first; who sees it knows it by its id. Another message is another id.
pub async fn a_repeat_carries_the_same_id(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let (sent, other) = (message(1, mail("a@example.org", "one", "x\n")), message(2, mail("a@example.org", "two", "x\n")));
    for next in [&sent, &sent, &other] {
        deliver.deliver(next).await.expect("it is delivered");
    }
    let mut seen = arrived().await;
    seen.dedup();
    assert_eq!(seen, [(sent.id.to_string(), sent.body), (other.id.to_string(), other.body)]);
}

/// No retry, and nobody is told.
pub async fn a_bad_address_is_refused_for_good(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    let mails = ["", "nobody", "a b@example.org", "a@example.org,b@example.org", "a@example.org\r\nBcc: eve@example.org"];
    let hooks = ["", "example.org", "ftp://example.org", "https://", "http://example.org/\r\nX: y"];
    let bodies = mails.map(|to| mail(to, "x", "y")).into_iter().chain(hooks.map(webhook));
    for body in bodies {
        let error = deliver.deliver(&message(1, body.clone())).await.expect_err("it is refused");
        assert!(!error.retry(), "{body:?}");
    }
    assert_eq!(arrived().await, []);
}

/// No retry, and nobody is told.
pub async fn a_subject_that_would_begin_another_header_is_refused_for_good(
    deliver: &dyn Deliver,
    arrived: impl AsyncFn() -> Vec<(String, Body)>,
) {
    for subject in ["x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\rBcc: eve@example.org", "x\0"] {
        let error = deliver.deliver(&message(1, mail("a@example.org", subject, "y"))).await.expect_err("it is refused");
        assert!(!error.retry(), "{subject:?}");
    }
    assert_eq!(arrived().await, []);
}

/// A probe is no message.
pub async fn a_probe_of_what_works_succeeds_and_tells_nobody(deliver: &dyn Deliver, arrived: impl AsyncFn() -> Vec<(String, Body)>) {
    deliver.probe().await.expect("it works");
    assert_eq!(arrived().await, []);
}
