//! `bench blobs`: objects of any size read through the gateway, from a server in this process that makes up their bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, RANGE};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use futures::{StreamExt, TryStreamExt, stream};
use gristmill_blob::guard::Allow;
use gristmill_blob::{Object, Reading, Web, provide_tls};
use gristmill_gateway::{Bounds, Gateway};
use serde_json::json;
use tokio::net::TcpListener;

use super::conditions::peak_bytes;
use super::figures::Figures;

const MIB: u64 = 1 << 20;

/// What is made up is handed over in such pieces.
const PIECE: u64 = 256 << 10;

/// So much is read in one go, as a tool does for a cut of five seconds.
const STRETCH: u64 = 5 * MIB;

/// Rates, memory, and bytes fetched for those that are read.
pub async fn bench(figures: &Figures, largest_mib: u64, latency: Duration) -> anyhow::Result<()> {
    provide_tls();
    let origin = Origin::start(latency).await?;
    let web = Web::new(Allow { http: true, loopback: true, ..Allow::default() }, u64::MAX, Reading::default())?;
    let conditions = |size: u64| json!({"object": format!("{size} MiB, made up in this process"), "latency": format!("{} ms", latency.as_millis()), "memory bound": "96 MiB"});
    for size in [100, largest_mib] {
        let object = web.open(&origin.url(size * MIB)).await?;
        let gateway = Gateway::start(Bounds::default())?;
        let (before, began) = (peak_bytes().unwrap_or_default(), Instant::now());
        let link = gateway.open(&object)?;
        read(&link.url(), None).await?;
        figures.print("blobs", "gateway, whole object", size as f64 / began.elapsed().as_secs_f64(), "MiB/s", conditions(size));
        let grown = peak_bytes().unwrap_or_default().saturating_sub(before);
        figures.print("blobs", "gateway, growth of peak memory", grown as f64 / MIB as f64, "MiB", conditions(size));
    }
    let object = web.open(&origin.url(largest_mib * MIB)).await?;
    let began = Instant::now();
    let read_directly = object.stream(0..object.size()).try_fold(0, async |sum, piece| Ok(sum + piece.len() as u64)).await?;
    ensure!(read_directly == object.size(), "the object was read in part");
    figures.print("blobs", "without a gateway", largest_mib as f64 / began.elapsed().as_secs_f64(), "MiB/s", conditions(largest_mib));
    jumps(figures, &origin, &object, conditions(largest_mib)).await
}

/// Reads a stretch here and there, each over a connection that is then closed; what came from the origin for each byte that was read.
async fn jumps(figures: &Figures, origin: &Origin, object: &Object, conditions: serde_json::Value) -> anyhow::Result<()> {
    let gateway = Gateway::start(Bounds::default())?;
    let link = gateway.open(object)?;
    let (before, places) = (origin.bytes(), 8);
    for n in 0..places {
        read(&link.url(), Some((object.size() / places * n, STRETCH.min(object.size() / places)))).await?;
    }
    let ratio = (origin.bytes() - before) as f64 / (places * STRETCH.min(object.size() / places)) as f64;
    figures.print("blobs", "gateway, fetched for a byte that was read (8 stretches of 5 MiB)", ratio, "bytes", conditions);
    Ok(())
}

/// Reads all, or from a place on as ffmpeg does: an open range that is left when enough was read.
async fn read(url: &str, stretch: Option<(u64, u64)>) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let request = stretch.iter().fold(client.get(url), |request, (from, _)| request.header(RANGE, format!("bytes={from}-")));
    let mut answer = request.send().await?.error_for_status()?;
    let (mut wanted, told) = (stretch.map(|(_, length)| length), answer.content_length());
    let mut left = wanted.take().or(told).context("the gateway tells no length")?;
    while left > 0 {
        let chunk = answer.chunk().await?.context("the answer broke off")?;
        left = left.saturating_sub(chunk.len() as u64);
    }
    Ok(())
}

/// A server of zeros: `/{size}` is an object of that many bytes.
struct Origin {
    address: SocketAddr,
    served: Arc<AtomicU64>,
}

#[derive(Clone)]
struct Serving {
    served: Arc<AtomicU64>,
    latency: Duration,
}

impl Origin {
    async fn start(latency: Duration) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, served) = (listener.local_addr()?, Arc::<AtomicU64>::default());
        let serving = Serving { served: served.clone(), latency };
        let router = axum::Router::new().route("/{size}", get(zeros)).with_state(serving);
        // It ends with the process.
        let _serves = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, served })
    }

    fn url(&self, size: u64) -> String {
        format!("http://{}/{size}", self.address)
    }

    /// Bytes that were handed over so far.
    fn bytes(&self) -> u64 {
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
