//! A receiver of webhooks on loopback that keeps what comes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gristmill_deliver::webhook::{Key, signatures};
use serde_json::Value;

/// One request to a receiver.
#[derive(Clone, Debug)]
pub struct Call {
    /// The `webhook-id`: the same for all tries of a message.
    pub id: String,
    /// The `webhook-timestamp`.
    pub seconds: u64,
    /// The `webhook-signature`, empty when it was not signed.
    pub signature: String,
    /// What stood in it.
    pub payload: Value,
    body: Bytes,
}

impl Call {
    /// Whether exactly these keys have signed it, in their order.
    pub fn is_signed_with(&self, keys: &[&str]) -> bool {
        let keys: Vec<Key> = keys.iter().map(|text| text.parse().expect("a key")).collect();
        self.signature == signatures(&keys, &self.id, self.seconds, &self.body)
    }
}

/// A receiver that answers the next calls as it is told, and all others with 204.
#[derive(Clone, Default)]
pub struct Receiver {
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    /// Where it is.
    pub url: String,
}

impl Receiver {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let receiver = Self { url, ..Self::default() };
        let router = Router::new().fallback(called).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// The status of each of the next calls, in their order.
    pub fn answer_next(&self, answers: &[u16]) {
        *self.answers.lock().expect("whole") = answers.iter().rev().copied().collect();
    }

    /// What came so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("whole").clone()
    }

    /// The calls of this type.
    pub fn calls_of(&self, kind: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|c| c.payload["type"] == kind).collect()
    }
}

async fn called(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let seconds = text("webhook-timestamp").parse().unwrap_or_default();
    let payload = serde_json::from_slice(&body).unwrap_or_default();
    let call = Call { id: text("webhook-id"), seconds, signature: text("webhook-signature"), payload, body };
    receiver.calls.lock().expect("whole").push(call);
    let answer = receiver.answers.lock().expect("whole").pop();
    answer.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::NO_CONTENT)
}
