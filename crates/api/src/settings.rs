//! What the binary tells the door: limits, its version, and how to ask the parts that only the binary knows.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::broker::Broker;
use crate::wire::Verdict;

/// The answer of a [`Probe`]: one sentence, either way. The error says what is wrong and how to mend it.
pub type ProbeFuture = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// A part of this process whose health is asked by `/health/*`.
#[derive(Clone)]
pub struct Probe {
    /// Its name in the answer: `tools`, `sandbox`.
    pub name: &'static str,
    /// What its failure means: `failing`, or `degraded` when requests may well be sent here without it.
    mild: bool,
    run: Arc<dyn Fn() -> ProbeFuture + Send + Sync>,
}

impl Probe {
    /// A part of that name, asked by calling `run`.
    pub fn new<F, A>(name: &'static str, run: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self { name, mild: false, run: Arc::new(move || Box::pin(run())) }
    }

    /// One without which the service goes on with less: while it fails, `/health/*` says `degraded` and stays 200.
    #[must_use]
    pub fn mild(self) -> Self {
        Self { mild: true, ..self }
    }

    /// What its failure means.
    pub(crate) fn failure(&self) -> Verdict {
        if self.mild { Verdict::Degraded } else { Verdict::Failing }
    }

    pub(crate) fn ask(&self) -> ProbeFuture {
        (self.run)()
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How the door behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The largest body of one submit, in bytes, all files together.
    pub max_upload_bytes: u64,
    /// The version that health answers name.
    pub version: String,
    /// Whether it listens on a loopback address only. Then a `Host` that is no loopback name is refused, because a page
    /// elsewhere could have pointed its own name here (DNS rebinding).
    pub loopback: bool,
    /// Whether a key is asked for on loopback too. Elsewhere it always is.
    pub keys_required: bool,
    /// Jobs this process works on at once; told by `/api/v1/queue/status`.
    pub max_concurrent_jobs: u32,
    /// Parts beside the store and the blobs.
    pub probes: Vec<Probe>,
    /// Brokers whose queues are told beside the store's.
    pub brokers: Vec<Broker>,
    /// Cancelled when the server is closing: event streams end, so that a graceful end need not wait for them.
    pub closing: CancellationToken,
}

impl Settings {
    /// Whether a request without a key is let in.
    pub(crate) fn open(&self) -> bool {
        self.loopback && !self.keys_required
    }
}

impl Default for Settings {
    /// Uploads up to 16 GiB, loopback only, three jobs at once, no further parts.
    fn default() -> Self {
        Self {
            max_upload_bytes: 16 << 30,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            loopback: true,
            keys_required: false,
            max_concurrent_jobs: 3,
            probes: Vec::new(),
            brokers: Vec::new(),
            closing: CancellationToken::new(),
        }
    }
}
