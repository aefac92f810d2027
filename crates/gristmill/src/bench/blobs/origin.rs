//! A server of zeros in this process: objects of any size, and neither a disk nor a network behind them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, RANGE};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use futures::{StreamExt, stream};
use tokio::net::TcpListener;

/// What is made up is handed over in such pieces.
const PIECE: u64 = 256 << 10;

/// A server of zeros: `/{size}` is an object of that many bytes.
pub struct Origin {
    address: SocketAddr,
    served: Arc<AtomicU64>,
}

#[derive(Clone)]
struct Serving {
    served: Arc<AtomicU64>,
    latency: Duration,
}

impl Origin {
    /// Starts it; each request takes `latency` beside its bytes.
    pub async fn start(latency: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, served) = (listener.local_addr()?, Arc::<AtomicU64>::default());
        let serving = Serving { served: served.clone(), latency };
        let router = axum::Router::new().route("/{size}", get(zeros)).with_state(serving);
        // It ends with the process.
        let _serves = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, served })
    }

    /// The address of the object of so many bytes.
    pub fn url(&self, size: u64) -> String {
        format!("http://{}/{size}", self.address)
    }

    /// Bytes that were handed over so far.
    pub fn bytes(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }
}

async fn zeros(State(serving): State<Serving>, Path(size): Path<u64>, headers: HeaderMap) -> Result<Response<Body>, StatusCode> {
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let (first, last) = range.ok_or(StatusCode::BAD_REQUEST)?;
    let first: u64 = first.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let end = last.parse::<u64>().map_or(size, |last| size.min(last + 1));
    if first >= end {
        return Err(StatusCode::RANGE_NOT_SATISFIABLE);
    }
    tokio::time::sleep(serving.latency).await;
    let zeros = axum::body::Bytes::from_static(&[0; PIECE as usize]);
    let pieces = stream::iter((first..end).step_by(PIECE as usize)).map(move |at| {
        let piece = zeros.slice(..PIECE.min(end - at) as usize);
        serving.served.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    });
    let answer = Response::builder().status(StatusCode::PARTIAL_CONTENT).header(ACCEPT_RANGES, "bytes").header(ETAG, "\"zeros\"");
    let answer = answer.header(CONTENT_RANGE, format!("bytes {first}-{}/{size}", end - 1)).header(CONTENT_LENGTH, end - first);
    answer.body(Body::from_stream(pieces)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
