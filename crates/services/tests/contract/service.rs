//! A server of this process: it writes down what it is asked and answers what a test says.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, Uri};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a server was asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// How it answers.
pub enum Reply {
    Json(u16, Value),
    Headed(u16, (&'static str, String), Value),
    Raw(u16, &'static str),
    /// Never.
    Hang,
    /// The beginning, then nothing.
    Stall,
    /// So many bytes, as fast as they are taken.
    Blanks(usize),
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

#[derive(Default)]
struct State {
    seen: Mutex<Vec<Request>>,
    sent: AtomicUsize,
}

/// A running server; it ends with the test.
pub struct Service {
    pub url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    /// `script` is given how many requests came before, and the request.
    pub async fn start(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (state, script): (Arc<State>, Arc<Script>) = (Arc::default(), Arc::new(script));
        let shared = Arc::clone(&state);
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Request { path: uri.to_string(), headers, body: body.to_vec() };
            let before = shared.seen.lock().unwrap().len();
            let reply = script(before, &request);
            shared.seen.lock().unwrap().push(request);
            respond(reply, Arc::clone(&shared))
        };
        let router = Router::new().fallback(handler).layer(axum::extract::DefaultBodyLimit::disable());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, state, task }
    }

    pub fn seen(&self) -> Vec<Request> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Bytes of [`Reply::Blanks`] that were taken.
    pub fn sent(&self) -> usize {
        self.state.sent.load(Ordering::Relaxed)
    }
}

async fn respond(reply: Reply, state: Arc<State>) -> Response<Body> {
    let built = |status: u16, body: Body| Response::builder().status(status).body(body).unwrap();
    match reply {
        Reply::Json(status, value) => built(status, value.to_string().into()),
        Reply::Headed(status, (name, value), body) => {
            let mut answer = built(status, body.to_string().into());
            answer.headers_mut().insert(name, value.parse().unwrap());
            answer
        }
        Reply::Raw(status, text) => built(status, text.into()),
        Reply::Hang => std::future::pending().await,
        Reply::Stall => {
            use tokio_stream::StreamExt;
            let start = tokio_stream::once(Ok::<_, std::io::Error>(Bytes::from_static(b"{")));
            built(200, Body::from_stream(start.chain(tokio_stream::pending())))
        }
        Reply::Blanks(bytes) => {
            let pieces = (0..bytes >> 20).map(move |_| {
                state.sent.fetch_add(1 << 20, Ordering::Relaxed);
                Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1 << 20]))
            });
            built(200, Body::from_stream(tokio_stream::iter(pieces)))
        }
    }
}
