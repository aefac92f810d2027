//! People are told: by a real mail server that asks for a login, by a webhook to a real receiver, and the way they ask for when they cannot.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gristmill_deliver::webhook::{Key, signatures};
use gristmill_harness::{Served, media, until};
use gristmill_servers::Smtp;
use gristmill_servers::smtp::{Encryption, SECRET, USER};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);

/// The base64 of 24 bytes, as a secret of webhooks.
const SIGNED_WITH: &str = "whsec_Z3Jpc3QgZm9yIHRoZSBtaWxsLCBzbG93";

/// One request to a receiver.
#[derive(Clone, Debug)]
struct Call {
    id: String,
    seconds: u64,
    signature: String,
    body: Bytes,
}

/// A receiver of webhooks that answers the first calls with these.
#[derive(Clone, Default)]
struct Receiver {
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

impl Receiver {
    async fn start(answers: &[StatusCode]) -> (Self, String) {
        let receiver = Self { answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())), ..Self::default() };
        let router = Router::new().route("/hook", post(called)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

async fn called(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let call =
        Call { id: text("webhook-id"), seconds: text("webhook-timestamp").parse().unwrap(), signature: text("webhook-signature"), body };
    receiver.calls.lock().unwrap().push(call);
    receiver.answers.lock().unwrap().pop().unwrap_or(StatusCode::NO_CONTENT)
}

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let served = Served::start_with(Path::new(BINARY), &data, environment).await.unwrap();
        Self { served, folder }
    }

    fn picture(&self) -> PathBuf {
        media::picture(self.folder.path(), "a.png")
    }

    async fn submit(&self, notify: Value) -> String {
        self.served.submit(json!({"pipeline": "image", "notify": notify}), &[self.picture()]).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_comes_through_a_server_that_asks_for_a_login_and_is_tried_again_when_it_is_busy() {
    let server = Smtp::start(Encryption::StartTls);
    server.answer_next(&["451 later"]);
    let (user, secret) = (USER.replace('@', "%40"), SECRET.replace('/', "%2F").replace('@', "%40").replace('ä', "%C3%A4"));
    let (address, certificate) = (server.address(), server.certificate());
    let url = format!("smtp://{user}:{secret}@{address}?tls=required&ca={}", certificate.display());
    let world = World::start(&[("GRISTMILL_MAIL__URL", &url), ("GRISTMILL_PUBLIC__URL", "https://mill.example")]).await;
    let job = world.submit(json!({"email": {"to": "anna@example.org"}})).await;
    world.served.ended(&job, SOON).await;
    until("the mail to come", SOON, async || (!server.mails().is_empty()).then_some(())).await;
    let mails = server.mails();
    let mail = String::from_utf8_lossy(&mails[0]);
    assert_eq!(mails.len(), 1, "{mail}");
    assert!(mail.contains("anna@example.org") && mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    assert!(mail.contains("mill.example/jobs/"), "{mail}");
    let log = std::fs::read_to_string(world.folder.path().join("data/serve.log")).unwrap();
    assert!(!log.contains(SECRET) && !log.contains(&secret), "the secret is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_comes_again_under_the_same_id_until_it_is_taken() {
    let (receiver, url) = Receiver::start(&[StatusCode::SERVICE_UNAVAILABLE]).await;
    let environment = [("GRISTMILL_WEBHOOKS__REACH", "private"), ("GRISTMILL_WEBHOOKS__SECRETS", SIGNED_WITH)];
    let world = World::start(&environment).await;
    let job = world.submit(json!({"webhooks": [url]})).await;
    world.served.ended(&job, SOON).await;
    until("the second call", SOON, async || (receiver.calls().len() == 2).then_some(())).await;
    let (keys, calls): (Vec<Key>, _) = (vec![SIGNED_WITH.parse().unwrap()], receiver.calls());
    assert_eq!(calls[0].id, calls[1].id);
    for call in &calls {
        assert_eq!(call.signature, signatures(&keys, &call.id, call.seconds, &call.body));
    }
    let payload: Value = serde_json::from_slice(&calls[1].body).unwrap();
    assert_eq!((&payload["event"], &payload["job"]["id"]), (&json!("job.finished"), &json!(job)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_into_our_own_network_is_not_sent_and_holds_up_nothing() {
    let (receiver, url) = Receiver::start(&[]).await;
    let world = World::start(&[]).await;
    let job = world.submit(json!({"webhooks": [url], "email": {"to": "anna@example.org"}})).await;
    assert_eq!(world.served.ended(&job, SOON).await["status"], "completed");
    let mails = world.folder.path().join("data/mail");
    until("the mail to be written", SOON, async || std::fs::read_dir(&mails).ok()?.next()?.ok()).await;
    until("nothing to be left to tell", SOON, async || {
        let queues = world.served.get("/api/v1/queues").await.ok()?;
        let of = queues["items"].as_array()?.iter().find(|q| q["name"] == "notifications")?.clone();
        (of["ready"] == 0 && of["delayed"] == 0).then_some(())
    })
    .await;
    assert!(receiver.calls().is_empty());
}
