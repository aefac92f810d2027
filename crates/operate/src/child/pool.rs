//! Keeps confined children warm and hands them one request at a time, with the files it is about already opened.

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
use super::{Answer, MOST_MESSAGE_BYTES};
use crate::operation::OperationError;
use crate::sandbox::{Limits, Sandbox, Tool};

/// A child is replaced after this many requests, so that what a codec leaks or an attacker planted does not live long.
const MOST_REQUESTS: u32 = 64;

/// How a child is started.
#[derive(Debug, Clone)]
pub struct ChildCommand {
    /// The program; usually this one.
    pub program: PathBuf,
    /// Its arguments; usually the name of a hidden sub-command.
    pub args: Vec<OsString>,
}

impl ChildCommand {
    /// This program with one argument.
    pub fn this(argument: &str) -> Self {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gristmill"));
        Self { program, args: vec![argument.into()] }
    }
}

/// Warm, confined children. They are started when first needed, reused, and replaced after `MOST_REQUESTS` requests or any
/// failure. A request that is dropped kills its child: a busy one never comes back.
#[derive(Debug)]
pub(crate) struct Pool {
    sandbox: Arc<Sandbox>,
    command: ChildCommand,
    memory_bytes: u64,
    /// What it is that they read: "image". Part of every error's code and sentence.
    noun: &'static str,
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
    pub request: &'a [u8],
    pub inputs: &'a [&'a Path],
    /// Created, and emptied before each try.
    pub outputs: &'a [PathBuf],
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

impl Pool {
    /// At most `size` children at a time, started by `command` in `sandbox`, each with so much address space. The command must call
    /// [`super::serve`] and nothing else.
    pub(crate) fn new(sandbox: Arc<Sandbox>, command: ChildCommand, size: usize, memory_bytes: u64, noun: &'static str) -> Self {
        Self { sandbox, command, memory_bytes, noun, places: Semaphore::new(size.max(1)), idle: Mutex::default() }
    }

    /// Has a child do the errand and answers its report. A child that dies is replaced once; an input that kills a second
    /// one is refused.
    ///
    /// # Errors
    /// The child's refusal, `…_damaged` for an input that kills children, `…_timeout`, or `cancelled`.
    pub(crate) async fn run(&self, errand: Errand<'_>, cancel: &CancellationToken) -> Result<Value, OperationError> {
        if errand.request.len() > MOST_MESSAGE_BYTES {
            let message =
                format!("A decoder of {}s was asked for more than a request can hold. This is a bug; please report it.", self.noun);
            return Err(OperationError::bug(&self.code("request_invalid"), message));
        }
        let work = async {
            let _place = self.places.acquire().await.map_err(|_| cancelled())?;
            match self.attempt(&errand, self.reuse()).await {
                Err(Lost::Died(_)) => self.attempt(&errand, None).await.map_err(|lost| self.verdict(lost)),
                ended => ended.map_err(|lost| self.verdict(lost)),
            }
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(cancelled()),
            ended = work => ended,
        }
    }

    async fn attempt(&self, errand: &Errand<'_>, warm: Option<Warm>) -> Result<Value, Lost> {
        let warm = match warm {
            Some(warm) => warm,
            None => self.start().map_err(|e| Lost::Final(self.not_started(e)))?,
        };
        let answer = match tokio::time::timeout(errand.wall, warm.exchange(errand)).await {
            Err(_) => return Err(Lost::Final(self.too_slow(errand.wall))),
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Err(warm.epitaph().await),
            Ok(Err(error)) if is_gone(&error) => return Err(warm.epitaph().await),
            Ok(Err(error)) => return Err(error.into()),
        };
        let answer: Answer = serde_json::from_slice(&answer).map_err(|e| Lost::Final(self.unreadable().because(e)))?;
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
            memory_bytes: self.memory_bytes,
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

    fn code(&self, what: &str) -> String {
        format!("{}_{what}", self.noun)
    }

    /// What a second loss means.
    fn verdict(&self, lost: Lost) -> OperationError {
        let noun = self.noun;
        match lost {
            Lost::Final(error) => error,
            Lost::Died(Some(_)) => OperationError::input(
                &self.code("damaged"),
                format!(
                    "The {noun} makes its decoder break off or run out of memory, twice in a row. Export it again, smaller if it is large, and upload the new file."
                ),
            ),
            Lost::Died(None) => OperationError::tool(
                &self.code("decoder_lost"),
                format!("The {noun} decoder ended unexpectedly; the step is tried again. If it stays so, run `gristmill doctor`."),
            ),
        }
    }

    fn not_started(&self, error: io::Error) -> OperationError {
        let message =
            format!("The {} decoder could not be started; the step is tried again. If it stays so, run `gristmill doctor`.", self.noun);
        OperationError::tool(&self.code("decoder_not_started"), message).because(error)
    }

    fn too_slow(&self, wall: Duration) -> OperationError {
        let (noun, seconds) = (self.noun, wall.as_secs());
        let message = format!(
            "The {noun} took longer than {seconds} seconds and was stopped. Upload a smaller version or ask for fewer or smaller results."
        );
        OperationError::limit(&self.code("timeout"), message)
    }

    /// An answer that is none.
    pub(crate) fn unreadable(&self) -> OperationError {
        let message = format!("The {} decoder's answer could not be read. This is a bug; please report it.", self.noun);
        OperationError::bug(&self.code("answer_invalid"), message)
    }
}

impl Warm {
    /// Sends the request with freshly opened files and waits for the answer; none when the decoder closed its end.
    async fn exchange(&self, errand: &Errand<'_>) -> io::Result<Option<Vec<u8>>> {
        let inputs = errand.inputs.iter().map(File::open).collect::<io::Result<Vec<File>>>()?;
        let create = |path: &PathBuf| OpenOptions::new().write(true).create(true).truncate(true).open(path);
        let outputs = errand.outputs.iter().map(create).collect::<io::Result<Vec<File>>>()?;
        let descriptors: Vec<BorrowedFd<'_>> = inputs.iter().chain(&outputs).map(AsFd::as_fd).collect();
        self.socket.async_io(Interest::WRITABLE, || channel::send(&self.socket, errand.request, &descriptors)).await?;
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

fn cancelled() -> OperationError {
    OperationError::tool("cancelled", "The attempt was stopped before it ended.")
}
