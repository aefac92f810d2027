//! A doorbell over a server. A background task keeps one line to it, makes it again when it is lost, and tells the truth about it.

use std::error::Error;
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::{Bell, Doorbell, Ear, Memory, Pause, State};

/// Who takes longer for something without work is as good as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that vanished, or went silent, without a word stays unnoticed.
const CHECK_EVERY: Duration = Duration::from_secs(15);

/// How long an orderly end may take.
const CLOSING: Duration = Duration::from_secs(3);

/// Why a line could not be made, or ended.
pub(crate) type Lost = Box<dyn Error + Send + Sync>;

/// One connection to a server that carries rings both ways.
pub(crate) trait Line: Sized + Send + 'static {
    /// What the server is called in logs.
    const SERVER: &'static str;
    /// Rings that come closer together than this are told as one.
    const BREATH: Duration = Duration::from_millis(20);
    /// Where it is.
    type Address: Send + Sync + 'static;

    /// Connects and listens: once this returns, rings are heard.
    fn open(address: &Self::Address) -> impl Future<Output = Result<Self, Lost>> + Send;

    /// Carries rings until the line is lost.
    fn serve(&mut self, shared: &Shared) -> impl Future<Output = Lost> + Send;

    /// Takes away what would stay behind at the server.
    fn close(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Rings in every process that has one for the same server. Listeners of this process are woken at once, others by way of the server;
/// what is lost on the way (the server restarts, say) costs one poll. When the line had to be made again both bells ring once, because
/// rings may have been missed.
#[derive(Debug)]
pub struct Remote {
    shared: Arc<Shared>,
    server: &'static str,
    task: JoinHandle<()>,
}

/// What the handle and its task share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Those who listen in this process.
    pub(crate) here: Memory,
    tasks: Notify,
    events: Notify,
    /// How long it keeps silent after a ring.
    breath: Duration,
    /// The line is to end.
    closing: Notify,
    /// It has.
    closed: Notify,
    /// Why there is no line; `None` while there is one.
    lost: Mutex<Option<String>>,
}

impl Remote {
    /// Once this returns rings are heard, if the server is there; else as soon as it is. Must be called within a Tokio runtime, whose end
    /// is also the doorbell's.
    pub(crate) async fn connect<L: Line>(address: L::Address) -> Self {
        let shared = Arc::new(Shared { breath: L::BREATH, ..Shared::default() });
        let line = opened::<L>(&address).await;
        if let Err(error) = &line {
            shared.lost::<L>(error);
        }
        let task = tokio::spawn(run(address, line.ok(), shared.clone()));
        Self { shared, server: L::SERVER, task }
    }
}

#[async_trait]
impl Doorbell for Remote {
    async fn ring(&self, bell: Bell) {
        self.shared.here.strike(bell);
        self.shared.due(bell).notify_one();
    }

    fn listen(&self, bell: Bell) -> Ear {
        self.shared.here.listen(bell)
    }

    fn state(&self) -> State {
        State { server: self.server, lost: self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    async fn close(&self) {
        self.shared.closing.notify_one();
        let _late = timeout(CLOSING, self.shared.closed.notified()).await;
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Notified when the bell is to ring elsewhere. It remembers one ring, so those that pile up are told as one.
    fn due(&self, bell: Bell) -> &Notify {
        match bell {
            Bell::Tasks => &self.tasks,
            Bell::Events => &self.events,
        }
    }

    fn lost<L: Line>(&self, why: &Lost) {
        tracing::warn!(error = why, server = L::SERVER, "the doorbell has no server: what others write is seen late until it is there");
        self.note(Some(why.to_string()));
    }

    fn note(&self, lost: Option<String>) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = lost;
    }

    /// Tells the others of each ring of a bell: the first at once, those that follow closely as one.
    pub(crate) async fn tell<F: Future<Output = Result<(), Lost>>>(&self, bell: Bell, notify: impl Fn(Bell) -> F) -> Lost {
        loop {
            self.due(bell).notified().await;
            if let Err(lost) = in_time(notify(bell)).await {
                return lost;
            }
            sleep(self.breath).await;
        }
    }
}

/// Ends when the server does not answer any more.
pub(crate) async fn check<F: Future<Output = Result<(), Lost>>>(ask: impl Fn() -> F) -> Lost {
    loop {
        sleep(CHECK_EVERY).await;
        if let Err(lost) = in_time(ask()).await {
            return lost;
        }
    }
}

/// Who a line is, so that its own rings do not wake it twice: what the server calls it, which another server might call another line, and
/// which line of this process it is.
pub(crate) fn name(given: impl Display) -> String {
    static LINES: AtomicU64 = AtomicU64::new(0);
    format!("{}-{given}-{}", std::process::id(), LINES.fetch_add(1, Ordering::Relaxed))
}

/// Carries rings over a server that passes every message on to all, its sender too: `publish` sends one, `ping` one that need not reach
/// others, `hear` takes what comes and tells `echo` of our own. A server that takes messages and passes none on is silent, and lost.
pub(crate) async fn carry<F: Future<Output = Result<(), Lost>>, P: Future<Output = Result<(), Lost>>>(
    shared: &Shared,
    echo: &Notify,
    publish: impl Fn(Bell) -> F + Copy,
    ping: impl Fn() -> P + Copy,
    hear: impl Future<Output = Lost>,
) -> Lost {
    let come_back = || async move {
        ping().await?;
        echo.notified().await;
        Ok(())
    };
    tokio::select! {
        lost = hear => lost,
        lost = shared.tell(Bell::Tasks, publish) => lost,
        lost = shared.tell(Bell::Events, publish) => lost,
        lost = check(come_back) => lost,
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    timeout(PATIENCE, work).await.unwrap_or_else(|late| Err(late.into()))
}

async fn opened<L: Line>(address: &L::Address) -> Result<L, Lost> {
    in_time(L::open(address)).await
}

/// Carries rings until the doorbell is closed.
async fn run<L: Line>(address: L::Address, line: Option<L>, shared: Arc<Shared>) {
    if let Some(line) = serve(&address, line, &shared).await {
        line.close().await;
    }
    shared.closed.notify_one();
}

/// Serves one line after another, and answers the last. A server that takes connections only to end them is asked ever less often.
async fn serve<L: Line>(address: &L::Address, mut line: Option<L>, shared: &Shared) -> Option<L> {
    let mut pause = Pause::default();
    loop {
        if let Some(mut open) = line.take() {
            let began = Instant::now();
            let why = tokio::select! {
                why = open.serve(shared) => why,
                () = shared.closing.notified() => return Some(open),
            };
            shared.lost::<L>(&why);
            if began.elapsed() > Pause::LONGEST {
                pause.reset();
            }
        }
        tokio::select! {
            again = again(address, &mut pause) => line = Some(again),
            () = shared.closing.notified() => return None,
        }
        shared.note(None);
        tracing::info!(server = L::SERVER, "the doorbell has its server back");
        shared.here.strike(Bell::Tasks);
        shared.here.strike(Bell::Events);
    }
}

/// Connects as soon as the server lets us.
async fn again<L: Line>(address: &L::Address, pause: &mut Pause) -> L {
    loop {
        sleep(pause.grow()).await;
        match opened(address).await {
            Ok(line) => return line,
            Err(error) => tracing::debug!(error, server = L::SERVER, "the doorbell's server is not back yet"),
        }
    }
}
