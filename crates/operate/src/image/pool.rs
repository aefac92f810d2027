//! Keeps confined image decoders warm and hands them one request at a time.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gristmill_model::Problem;
use serde_json::Value;
use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::process::Child;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::channel;
use super::limits::PixelLimits;
use super::read::Inspected;
use super::wire::{Answer, MOST_MESSAGE_BYTES, Request, Work};
use crate::operation::OperationError;
use crate::sandbox::{Limits, Sandbox, Tool};

/// A decoder is replaced after this many requests, so that what a codec leaks or an attacker planted does not live long.
const MOST_REQUESTS: u32 = 64;

/// How long one request may take unless its operation grants more.
pub(crate) const DEFAULT_WALL: Duration = Duration::from_secs(60);

/// A 100-megapixel picture with 16 bits a channel takes 800 MB before and 400 MB after its bits are cut.
const MEMORY_BYTES: u64 = 2 << 30;

/// How a decoder is started.
#[derive(Debug, Clone)]
pub struct ChildCommand {
    /// The program; usually this one.
    pub program: PathBuf,
    /// Its arguments; usually `image-child`.
    pub args: Vec<OsString>,
}

/// Warm, confined decoders. They are started when first needed, reused, and replaced after `MOST_REQUESTS` requests or any
/// failure. A request that is dropped kills its decoder: a busy one never comes back.
#[derive(Debug)]
pub struct Pool {
    sandbox: Arc<Sandbox>,
    command: ChildCommand,
    limits: PixelLimits,
    places: Semaphore,
    idle: Mutex<Vec<Warm>>,
}

#[derive(Debug)]
struct Warm {
    socket: UnixDatagram,
    child: Child,
    served: u32,
}

/// One request with the files it is about.
#[derive(Debug)]
pub(crate) struct Errand<'a> {
    pub input: &'a Path,
    /// Created, and emptied before each try.
    pub outputs: &'a [PathBuf],
    /// Whether the pixels are upright already; see [`Request::upright`].
    pub upright: bool,
    pub work: Work,
    pub wall: Duration,
}

/// How one try ended when it brought no answer.
enum Lost {
    /// The decoder died; with the signal, if one killed it.
    Died(Option<i32>),
    /// It must not be tried again.
    Final(OperationError),
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::Final(error.into())
    }
}

impl Default for Pool {
    /// As many decoders as there are processors, each this program with the argument `image-child`.
    fn default() -> Self {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gristmill"));
        let size = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(Arc::new(Sandbox::new()), ChildCommand { program, args: vec!["image-child".into()] }, size)
    }
}

impl Pool {
    /// At most `size` decoders at a time, started by `command` in `sandbox`. The command must call [`super::child_main`] and
    /// nothing else.
    pub fn new(sandbox: Arc<Sandbox>, command: ChildCommand, size: usize) -> Self {
        Self { sandbox, command, limits: PixelLimits::default(), places: Semaphore::new(size.max(1)), idle: Mutex::default() }
    }

    /// The same with other bounds on what is decoded.
    pub fn with_limits(self, limits: PixelLimits) -> Self {
        Self { limits, ..self }
    }

    /// What the headers of the image at `path` say, without decoding its pixels.
    ///
    /// # Errors
    /// Fault `Input` when the headers are damaged or of no format we read, `Limit` when they declare more pixels than allowed.
    pub async fn inspect(&self, path: &Path, cancel: &CancellationToken) -> Result<Inspected, OperationError> {
        let errand = Errand { input: path, outputs: &[], upright: false, work: Work::Inspect, wall: DEFAULT_WALL };
        let answer = self.run(errand, cancel).await?;
        serde_json::from_value(answer).map_err(|e| unreadable().because(e))
    }

    /// Has a decoder do the errand and answers its report. A decoder that dies is replaced once; an input that kills a second
    /// one is refused.
    ///
    /// # Errors
    /// The decoder's refusal, `image_damaged` for an input that kills decoders, `image_timeout`, or `cancelled`.
    pub(crate) async fn run(&self, errand: Errand<'_>, cancel: &CancellationToken) -> Result<Value, OperationError> {
        let request = Request { limits: self.limits, upright: errand.upright, work: errand.work.clone() };
        let request = serde_json::to_vec(&request).map_err(|e| unreadable().because(e))?;
        if request.len() > MOST_MESSAGE_BYTES {
            return Err(OperationError::bug(
                "image_request_invalid",
                "A decoder was asked for more than a request can hold. This is a bug; please report it.",
            ));
        }
        let work = async {
            let _place = self.places.acquire().await.map_err(|_| cancelled())?;
            match self.attempt(&request, &errand, self.reuse()).await {
                Err(Lost::Died(_)) => self.attempt(&request, &errand, None).await.map_err(verdict),
                ended => ended.map_err(verdict),
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(cancelled()),
            ended = work => ended,
        }
    }

    async fn attempt(&self, request: &[u8], errand: &Errand<'_>, warm: Option<Warm>) -> Result<Value, Lost> {
        let warm = match warm {
            Some(warm) => warm,
            None => self.start().map_err(|e| Lost::Final(not_started(e)))?,
        };
        let answer = match tokio::time::timeout(errand.wall, warm.exchange(request, errand)).await {
            Err(_) => return Err(Lost::Final(too_slow(errand.wall))),
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Err(warm.epitaph().await),
            Ok(Err(error)) if is_gone(&error) => return Err(warm.epitaph().await),
            Ok(Err(error)) => return Err(error.into()),
        };
        let answer: Answer = serde_json::from_slice(&answer).map_err(|e| Lost::Final(unreadable().because(e)))?;
        self.put_back(warm);
        answer.map_err(|problem: Problem| Lost::Final(OperationError { problem, source: None }))
    }

    /// Starts a decoder; the only place that does.
    fn start(&self) -> io::Result<Warm> {
        let (ours, theirs) = channel::pair()?;
        // The type for datagrams fits: it leaves sending and receiving to us, and a sequenced packet is a datagram with an end.
        let ours = std::os::unix::net::UnixDatagram::from(ours);
        ours.set_nonblocking(true)?;
        let tool = Tool {
            program: self.command.program.clone(),
            args: self.command.args.clone(),
            readable: Vec::new(),
            writable: None,
            socket: Some(theirs),
            connect: None,
        };
        let limits = Limits {
            memory_bytes: MEMORY_BYTES,
            // Over all its requests; each has a wall limit besides.
            cpu: Duration::from_secs(3600),
            file_bytes: 1 << 30,
            descriptors: 128,
            wall: Duration::MAX,
            silence: Duration::MAX,
        };
        let child = self.sandbox.spawn(&tool, &limits)?;
        Ok(Warm { socket: UnixDatagram::from_std(ours)?, child, served: 0 })
    }

    fn reuse(&self) -> Option<Warm> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_back(&self, mut warm: Warm) {
        warm.served += 1;
        if warm.served < MOST_REQUESTS {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(warm);
        }
    }
}

impl Warm {
    /// Sends the request with freshly opened files and waits for the answer; none when the decoder closed its end.
    async fn exchange(&self, request: &[u8], errand: &Errand<'_>) -> io::Result<Option<Vec<u8>>> {
        let input = File::open(errand.input)?;
        let create = |path: &PathBuf| OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let outputs = errand.outputs.iter().map(create).collect::<io::Result<Vec<File>>>()?;
        let descriptors: Vec<BorrowedFd<'_>> = std::iter::once(input.as_fd()).chain(outputs.iter().map(AsFd::as_fd)).collect();
        self.socket.async_io(Interest::WRITABLE, || channel::send(&self.socket, request, &descriptors)).await?;
        let answer = self.socket.async_io(Interest::READABLE, || channel::receive(&self.socket)).await?;
        Ok(answer.map(|(message, _)| message))
    }

    /// How it died.
    async fn epitaph(mut self) -> Lost {
        use std::os::unix::process::ExitStatusExt;
        drop(self.socket);
        let _ = self.child.start_kill();
        Lost::Died(self.child.wait().await.ok().and_then(|status| status.signal()))
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::NotConnected)
}

/// What a second loss means.
fn verdict(lost: Lost) -> OperationError {
    match lost {
        Lost::Final(error) => error,
        Lost::Died(Some(_)) => OperationError::input(
            "image_damaged",
            "The image makes its decoder break off or run out of memory, twice in a row. Export it again, smaller if it is large, and upload the new file.",
        ),
        Lost::Died(None) => OperationError::tool(
            "image_decoder_lost",
            "The image decoder ended unexpectedly; the step is tried again. If it stays so, run `gristmill doctor`.",
        ),
    }
}

fn not_started(error: io::Error) -> OperationError {
    OperationError::tool(
        "image_decoder_not_started",
        "The image decoder could not be started; the step is tried again. If it stays so, run `gristmill doctor`.",
    )
    .because(error)
}

fn too_slow(wall: Duration) -> OperationError {
    OperationError::limit(
        "image_timeout",
        format!(
            "The image took longer than {} seconds and was stopped. Upload a smaller version or ask for fewer or smaller results.",
            wall.as_secs()
        ),
    )
}

fn unreadable() -> OperationError {
    OperationError::bug("image_answer_invalid", "The image decoder's answer could not be read. This is a bug; please report it.")
}

fn cancelled() -> OperationError {
    OperationError::tool("cancelled", "The attempt was stopped before it ended.")
}
