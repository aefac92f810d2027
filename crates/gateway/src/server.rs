//! The server: one listener on loopback, `GET` and `HEAD` of what there is a link to, and nothing else.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::TryStreamExt;
use gristmill_blob::{Object, hex};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, http};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use crate::bounds::Bounds;
use crate::link::{Link, Shared};
use crate::parts::Parts;
use crate::range::{Asked, asked};
use crate::reader::{Common, Reader};

/// What the kernel, and what the server, hold back of an answer that is not under way to the tool: it is lost when the tool jumps. The
/// kernel's buffer itself is not made small, for with less than two packets under way each waits for a late acknowledgement.
const UNSENT: u32 = 8 << 10;
const WRITE_BUFFER: usize = 16 << 10;

/// Bytes of a token: 192 bits cannot be guessed.
const TOKEN: usize = 24;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A server of objects on a loopback port. Dropping it ends it and every answer.
#[derive(Debug)]
pub struct Gateway {
    port: u16,
    links: Arc<Links>,
    parts: Arc<Parts>,
    common: Arc<Common>,
    _listening: AbortOnDropHandle<()>,
}

impl Gateway {
    /// Starts one on a free port of 127.0.0.1. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(bounds: Bounds) -> io::Result<Self> {
        let bounds = bounds.sound();
        let socket = TcpSocket::new_v4()?;
        // What is accepted inherits it.
        SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener = socket.listen(128)?;
        let port = listener.local_addr()?.port();
        let links = Arc::new(Links::default());
        let common = Arc::new(Common { bounds, readers: AtomicU64::new(0) });
        let listening = AbortOnDropHandle::new(tokio::spawn(listen(listener, links.clone(), common.clone())));
        Ok(Self { port, links, parts: Arc::new(Parts::new(bounds.memory)), common, _listening: listening })
    }

    /// Gives the right to read `object`. An object without ranges can be read too, but each part of it is read from the beginning.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn open(&self, object: &Object) -> io::Result<Link> {
        let token = token()?;
        // Without a version nothing tells that another link reads the same: its parts are kept for itself.
        let version = object.version().unwrap_or_else(|| token.clone());
        let shared = Arc::new(Shared::new(object.clone(), version.into(), self.parts.clone()));
        self.links.all().insert(token.clone(), shared.clone());
        Ok(Link { token, port: self.port, shared, links: self.links.clone() })
    }

    /// How many answers are being given.
    pub fn readers(&self) -> u64 {
        self.common.readers.load(Ordering::Relaxed)
    }

    /// The one port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The links of a gateway by token.
#[derive(Debug, Default)]
pub(crate) struct Links(Mutex<HashMap<String, Arc<Shared>>>);

impl Links {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, token: &str) -> Option<Arc<Shared>> {
        self.all().get(token).cloned()
    }

    /// Forgets a link, and what was fetched for it unless another reads the same.
    pub(crate) fn remove(&self, token: &str) {
        let mut all = self.all();
        let Some(gone) = all.remove(token) else { return };
        if !all.values().any(|other| other.version == gone.version) {
            gone.parts.left(&gone.version);
        }
    }
}

fn token() -> io::Result<String> {
    let mut random = [0; TOKEN];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(hex(&random))
}

async fn listen(listener: TcpListener, links: Arc<Links>, common: Arc<Common>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(serve(stream, links.clone(), common.clone()))),
                // Out of descriptors: the next one may find some.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "gateway.accept failed");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, links: Arc<Links>, common: Arc<Common>) {
    // Without it short answers may wait for an acknowledgement; with an error it is only slower.
    let _set = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = answer(&links, &common, &request);
        async move { Ok::<_, Infallible>(answer.unwrap_or_else(|_| Response::new(nothing()))) }
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).max_buf_size(WRITE_BUFFER).serve_connection(TokioIo::new(stream), service);
    // Tools close connections in the midst of answers to jump; what else went wrong is kept in the link.
    let _ended = connection.await;
}

fn answer(links: &Links, common: &Arc<Common>, request: &Request<Incoming>) -> http::Result<Response<Body>> {
    let Some(link) = request.uri().path().strip_prefix('/').and_then(|token| links.of(token)) else {
        return Response::builder().status(StatusCode::NOT_FOUND).body(nothing());
    };
    link.requests.fetch_add(1, Ordering::Relaxed);
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, "GET, HEAD").body(nothing());
    }
    let size = link.object.size();
    let header = request.headers().get(RANGE).and_then(|value| value.to_str().ok());
    // A HEAD has no ranges (RFC 9110, 14.2).
    let range = if request.method() == Method::GET { asked(header, size) } else { Asked::Whole };
    let answer = Response::builder().header(ACCEPT_RANGES, "bytes").header(CACHE_CONTROL, "no-store");
    let (answer, range) = match range {
        Asked::Outside => {
            let answer = answer.status(StatusCode::RANGE_NOT_SATISFIABLE).header(CONTENT_RANGE, format!("bytes */{size}"));
            return answer.body(nothing());
        }
        Asked::Whole => (answer, 0..size),
        Asked::Part(range) => {
            let told = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            (answer.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, told), range)
        }
    };
    let answer = answer.header(CONTENT_LENGTH, range.end - range.start).header(CONTENT_TYPE, "application/octet-stream");
    answer.body(if request.method() == Method::GET { body(link, common.clone(), range) } else { nothing() })
}

fn body(link: Arc<Shared>, common: Arc<Common>, range: Range<u64>) -> Body {
    StreamBody::new(Reader::new(link, common, range).frames().map_ok(Frame::data)).boxed_unsync()
}

fn nothing() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
