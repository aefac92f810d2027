//! Against real receivers on loopback, which do what they like.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::contract::{self, message};

/// Where a receiver is.
struct Receiver {
    url: String,
    seen: Arc<Mutex<Vec<(String, HeaderMap, Value)>>>,
}

impl Receiver {
    /// Answers everything with the same.
    async fn start(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let handle = move |request: Request| {
            let (kept, answer) = (kept.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                kept.lock().unwrap().push((parts.uri.to_string(), parts.headers, serde_json::from_slice(&body).unwrap()));
                answer()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=hush", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handle)).await.unwrap() });
        Self { url, seen }
    }

    async fn answering(status: u16, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self::start(move || {
            let answer = Response::builder().status(status);
            let answer = headers.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value));
            answer.body("what the receiver says\n".into()).unwrap()
        })
        .await
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

const HERE: Allow = Allow { http: true, loopback: true, private: false };

async fn post(poster: &Poster, url: &str, payload: &Value) -> Attempt {
    poster.post(&Post { id: message(1, Body::Webhook { url: url.into(), payload: json!(1) }).id, url, payload, keys: &[] }).await
}

/// One attempt by a poster that reaches this machine.
async fn tried(receiver: &Receiver) -> Attempt {
    let attempt = post(&Poster::new(HERE).unwrap(), &receiver.url, &json!({"a": 1})).await;
    assert!(!format!("{attempt:?}").contains("hush"), "{attempt:?}");
    attempt
}

fn again(outcome: Outcome) -> (String, Option<Duration>) {
    match outcome {
        Outcome::Again { why, after } => (why, after),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_receiver_gets_the_payload_signed_by_every_key_under_the_id_of_the_effect() {
    let receiver = Receiver::answering(200, &[]).await;
    let keys = || -> Vec<Key> {
        let of = |text: &str| text.parse().unwrap();
        vec![of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), of("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")]
    };
    let webhooks = Webhooks::open(HERE, keys()).unwrap();
    let sent = message(1, Body::Webhook { url: receiver.url.clone(), payload: json!({"b": "Mühle", "a": [1.0]}) });
    for _ in 0..2 {
        webhooks.deliver(&sent).await.unwrap();
    }
    let seen = receiver.seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for (path, headers, body) in seen.iter() {
        let header: BTreeMap<_, _> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!((path.as_str(), header["content-type"]), ("/hook?token=hush", "application/json"));
        assert_eq!((header["webhook-id"], body), (sent.id.to_string().as_str(), &json!({"b": "Mühle", "a": [1.0]})));
        let seconds: u64 = header["webhook-timestamp"].parse().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(now - seconds < 60);
        let expected = signatures(&keys(), header["webhook-id"], seconds, &serde_json::to_vec(body).unwrap());
        assert_eq!(header["webhook-signature"], expected);
    }
}

#[tokio::test]
async fn without_keys_nothing_is_signed() {
    let receiver = Receiver::answering(200, &[]).await;
    tried(&receiver).await;
    assert!(!receiver.seen.lock().unwrap()[0].1.contains_key("webhook-signature"));
}

#[tokio::test]
async fn any_2xx_is_delivered_and_its_words_are_kept() {
    for status in [200, 201, 202, 299] {
        let attempt = tried(&Receiver::answering(status, &[]).await).await;
        assert_eq!((attempt.outcome, attempt.said.as_str()), (Outcome::Delivered(status), "what the receiver says"));
    }
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    let other = Receiver::answering(200, &[]).await;
    let to = other.url.clone();
    let near = Receiver::start(move || (axum::http::StatusCode::TEMPORARY_REDIRECT, [("location", to.clone())]).into_response()).await;
    let far = Receiver::answering(302, &[("location", "http://169.254.169.254/latest/meta-data/")]).await;
    for (receiver, status) in [(near, "307"), (far, "302")] {
        let (why, after) = again(tried(&receiver).await.outcome);
        assert!(why.contains(status) && why.contains("redirects are not followed") && after.is_none(), "{why}");
        assert_eq!(receiver.count(), 1);
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn gone_is_gone_for_good() {
    let receiver = Receiver::answering(410, &[]).await;
    assert_eq!(tried(&receiver).await.outcome, Outcome::Gone);
    let sent = message(1, Body::Webhook { url: receiver.url, payload: json!(1) });
    let error = Webhooks::open(HERE, Vec::new()).unwrap().deliver(&sent).await.unwrap_err();
    assert!(error.gone() && !error.retry() && !error.to_string().contains("hush"), "{error}");
}

#[tokio::test]
async fn every_other_failure_is_tried_again_when_the_receiver_wants_it() {
    for status in [400, 401, 404, 500, 502, 503, 504] {
        let (why, after) = again(tried(&Receiver::answering(status, &[]).await).await.outcome);
        assert!(why == format!("127.0.0.1 answered {status}") && after.is_none(), "{why}");
    }
    let receiver = Receiver::answering(429, &[("retry-after", "120")]).await;
    assert_eq!(again(tried(&receiver).await.outcome).1, Some(Duration::from_secs(120)));
    let sent = message(1, Body::Webhook { url: receiver.url, payload: json!(1) });
    let error = Webhooks::open(HERE, Vec::new()).unwrap().deliver(&sent).await.unwrap_err();
    assert_eq!((error.retry(), error.after()), (true, Some(Duration::from_secs(120))));
    let date = Receiver::answering(429, &[("retry-after", "Sun, 22 Nov 2099 09:51:52 GMT")]).await;
    assert_eq!(again(tried(&date).await.outcome).1, Some(Duration::from_secs(86_400)), "a day is the most");
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up_after_the_limit() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/?token=hush", listener.local_addr().unwrap());
    let attempt = post(&Poster::within(HERE, Duration::from_millis(200)).unwrap(), &url, &json!(1)).await;
    assert_eq!(again(attempt.outcome), ("127.0.0.1 did not answer in time".into(), None));
    assert!(attempt.took >= Duration::from_millis(200));
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let url = format!("http://127.0.0.1:{}/?token=hush", gristmill_servers::free_port());
    let (why, _) = again(post(&Poster::new(HERE).unwrap(), &url, &json!(1)).await.outcome);
    assert_eq!(why, "no connection to 127.0.0.1 could be made");
}

#[tokio::test]
async fn an_answer_without_end_is_delivered_and_cut() {
    let receiver = Receiver::start(|| {
        let pieces = std::iter::repeat_with(|| Ok::<_, std::io::Error>("chaff ".repeat(100)));
        axum::body::Body::from_stream(tokio_stream::iter(pieces)).into_response()
    })
    .await;
    let attempt = tried(&receiver).await;
    assert_eq!(attempt.outcome, Outcome::Delivered(200));
    assert!(attempt.said.len() <= 1024 && attempt.said.starts_with("chaff chaff"), "{}", attempt.said.len());
}

#[tokio::test]
async fn our_own_networks_are_not_reached_by_address_by_name_or_unless_allowed() {
    let receiver = Receiver::answering(200, &[]).await;
    let named = receiver.url.replace("127.0.0.1", "localhost");
    let open = Allow { http: true, ..Allow::default() };
    for url in [receiver.url.as_str(), &named, "http://169.254.169.254/latest/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"] {
        let attempt = post(&Poster::new(open).unwrap(), url, &json!(1)).await;
        let Outcome::Refused(why) = attempt.outcome else { panic!("{url}: {attempt:?}") };
        assert!(why.contains("is not a public address") && !why.contains("hush"), "{why}");
    }
    assert_eq!(receiver.count(), 0);
    let plain = post(&Poster::new(Allow::default()).unwrap(), &receiver.url, &json!(1)).await;
    assert!(matches!(plain.outcome, Outcome::Refused(why) if why.contains("https")));
    let reached = post(&Poster::new(HERE).unwrap(), &named, &json!(1)).await;
    assert_eq!(reached.outcome, Outcome::Delivered(200), "what is allowed is reached, by name too");
}

#[tokio::test]
async fn a_payload_beyond_the_limit_is_refused_and_not_sent() {
    let receiver = Receiver::answering(200, &[]).await;
    let poster = Poster::new(HERE).unwrap();
    let fits = post(&poster, &receiver.url, &json!("a".repeat(19_998))).await;
    let large = post(&poster, &receiver.url, &json!("a".repeat(19_999))).await;
    assert_eq!(fits.outcome, Outcome::Delivered(200));
    assert!(matches!(large.outcome, Outcome::Refused(why) if why.contains("20001 bytes")));
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn what_is_no_address_and_what_is_a_mail_are_refused_for_good() {
    let webhooks = Webhooks::open(HERE, Vec::new()).unwrap();
    contract::a_bad_address_is_refused_for_good(&webhooks, async || Vec::new()).await;
    contract::a_probe_of_what_works_succeeds_and_tells_nobody(&webhooks, async || Vec::new()).await;
    let mail = Body::Mail { to: "a@example.org".into(), subject: "x".into(), text: "y".into(), html: None };
    assert!(!webhooks.deliver(&message(1, mail)).await.unwrap_err().retry());
}
