//! Keeps the line to a broker, hands its messages on, and tells the broker what became of each.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gristmill_doorbell::{Pause, State};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::queue::{Delivery, LONGEST_WAIT, Lost, Queue};
use crate::{IntakeError, Message, Verdict};

/// Messages that are handled at once. A submit is a handful of statements, and the store groups those that come together.
const AT_ONCE: usize = 8;

/// A broker that takes longer for something without work is as good as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a broker is told that a message is still being handled: well within the minute or two after which it would give it to another.
const HOLD_EVERY: Duration = Duration::from_secs(20);

/// When a message comes again that could not be handled.
const AGAIN: Duration = Duration::from_secs(5);

/// An intake that runs in the background. Dropping it is a crash: what is being handled comes again. [`Intake::stop`] is the polite end.
#[derive(Debug)]
pub struct Intake {
    shared: Arc<Shared>,
    server: &'static str,
    task: JoinHandle<()>,
}

/// What the handle and its task share.
#[derive(Debug, Default)]
struct Shared {
    /// Why there is no line; `None` while there is one.
    lost: Mutex<Option<String>>,
    /// The last message could not be handled for now.
    later: AtomicBool,
    stop: CancellationToken,
    /// It is stopped, and all that it took is handled.
    done: CancellationToken,
}

impl Intake {
    /// Takes messages from the broker at `url` and gives each to `handle`, several at once, as soon as the broker is there. Must be called
    /// within a Tokio runtime, whose end is also the intake's.
    ///
    /// # Errors
    /// An address that cannot be read, or asks for encryption. A broker that is not there is told by [`Intake::state`].
    pub async fn start<H, F>(url: &str, handle: H) -> Result<Self, IntakeError>
    where
        H: Fn(Message) -> F + Send + Sync + 'static,
        F: Future<Output = Verdict> + Send + 'static,
    {
        Ok(match Address::parse(url)? {
            #[cfg(feature = "redis")]
            Address::Redis(client) => start::<crate::redis::Stream, _, _>(client, handle).await,
            #[cfg(feature = "rabbitmq")]
            Address::RabbitMq(uri) => start::<crate::rabbitmq::Queues, _, _>(*uri, handle).await,
            #[cfg(feature = "sqs")]
            Address::Sqs(place) => start::<crate::sqs::Messages, _, _>(place, handle).await,
        })
    }

    /// How it is at the moment.
    pub fn state(&self) -> State {
        State { server: self.server, lost: self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    /// Takes no further message, and returns when those that were taken are handled, or after `grace`.
    pub async fn stop(&self, grace: Duration) {
        self.shared.stop.cancel();
        // What is late comes again, here or elsewhere.
        let _late = timeout(grace, self.shared.done.cancelled()).await;
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether the broker at `url` is there, without taking any message.
///
/// # Errors
/// As [`Intake::start`].
pub async fn probe(url: &str) -> Result<State, IntakeError> {
    Ok(match Address::parse(url)? {
        #[cfg(feature = "redis")]
        Address::Redis(client) => look::<crate::redis::Stream>(client).await,
        #[cfg(feature = "rabbitmq")]
        Address::RabbitMq(uri) => look::<crate::rabbitmq::Queues>(*uri).await,
        #[cfg(feature = "sqs")]
        Address::Sqs(place) => look::<crate::sqs::Messages>(place).await,
    })
}

async fn look<Q: Queue>(address: Q::Address) -> State {
    State { server: Q::SERVER, lost: in_time(Q::open(&address)).await.err().map(|why| why.to_string()) }
}

async fn start<Q: Queue, H, F>(address: Q::Address, handle: H) -> Intake
where
    H: Fn(Message) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict> + Send + 'static,
{
    let shared = Arc::new(Shared::default());
    let line = in_time(Q::open(&address)).await;
    if let Err(why) = &line {
        shared.lost::<Q>(why);
    }
    let task = tokio::spawn(run(address, line.ok(), shared.clone(), Arc::new(handle)));
    Intake { shared, server: Q::SERVER, task }
}

impl Shared {
    fn lost<Q: Queue>(&self, why: &Lost) {
        tracing::warn!(error = why, server = Q::SERVER, "the intake has no broker: requests by message wait until it is there");
        self.note(Some(why.to_string()));
    }

    fn note(&self, lost: Option<String>) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = lost;
    }
}

/// Until it is stopped; then what was begun is ended.
async fn run<Q: Queue, H, F>(address: Q::Address, line: Option<Q>, shared: Arc<Shared>, handle: Arc<H>)
where
    H: Fn(Message) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict> + Send + 'static,
{
    let mut work = JoinSet::new();
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = lines(&address, line, &shared, &handle, &mut work) => {}
    }
    while work.join_next().await.is_some() {}
    shared.done.cancel();
}

/// Takes from one line after another. A broker that takes connections only to end them is asked ever less often.
async fn lines<Q: Queue, H, F>(address: &Q::Address, mut line: Option<Q>, shared: &Arc<Shared>, handle: &Arc<H>, work: &mut JoinSet<()>)
where
    H: Fn(Message) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict> + Send + 'static,
{
    let (mut pause, slots) = (Pause::default(), Arc::new(Semaphore::new(AT_ONCE)));
    loop {
        if let Some(line) = line.take() {
            let began = Instant::now();
            let why = take(Arc::new(line), shared, handle, &slots, work).await;
            shared.lost::<Q>(&why);
            if began.elapsed() > Pause::LONGEST {
                pause.reset();
            }
        }
        line = Some(again(address, &mut pause, shared).await);
    }
}

/// Connects as soon as the broker lets us.
async fn again<Q: Queue>(address: &Q::Address, pause: &mut Pause, shared: &Shared) -> Q {
    loop {
        sleep(pause.grow()).await;
        match in_time(Q::open(address)).await {
            Ok(line) => {
                shared.note(None);
                tracing::info!(server = Q::SERVER, "the intake has its broker back");
                return line;
            }
            Err(why) => shared.note(Some(why.to_string())),
        }
    }
}

/// Hands messages on until the line is lost.
async fn take<Q: Queue, H, F>(queue: Arc<Q>, shared: &Arc<Shared>, handle: &Arc<H>, slots: &Arc<Semaphore>, work: &mut JoinSet<()>) -> Lost
where
    H: Fn(Message) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict> + Send + 'static,
{
    let mut pace = Pause::default();
    loop {
        // While nothing can be handled (the store is down, say), ever fewer messages are moved about.
        if shared.later.load(Ordering::Relaxed) {
            sleep(pace.grow()).await;
        } else {
            pace.reset();
        }
        let mut slot = Some(free(slots).await);
        let received = match timeout(LONGEST_WAIT + PATIENCE, queue.receive(1 + slots.available_permits())).await {
            Ok(Ok(received)) => received,
            Ok(Err(why)) => return why,
            Err(late) => return late.into(),
        };
        for delivery in received {
            let slot = match slot.take() {
                Some(slot) => slot,
                None => free(slots).await,
            };
            let (queue, shared, handle) = (Arc::clone(&queue), Arc::clone(shared), Arc::clone(handle));
            work.spawn(async move { settle(&*queue, delivery, slot, &shared, &*handle).await });
        }
        while work.try_join_next().is_some() {}
    }
}

/// A place among those that are handled at once.
async fn free(slots: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(slots).acquire_owned().await {
        Ok(slot) => slot,
        // Nobody closes it.
        Err(_) => std::future::pending().await,
    }
}

/// Has one message handled, and tells the broker.
async fn settle<Q: Queue, H, F>(queue: &Q, delivery: Delivery<Q::Receipt>, slot: OwnedSemaphorePermit, shared: &Shared, handle: &H)
where
    H: Fn(Message) -> F,
    F: Future<Output = Verdict>,
{
    let Delivery { receipt, message } = delivery;
    let verdict = held(queue, &receipt, handle(message.clone())).await;
    shared.later.store(matches!(verdict, Verdict::Later(_)), Ordering::Relaxed);
    let told = match &verdict {
        Verdict::Accept => in_time(queue.accept(&receipt)).await,
        Verdict::Refuse(reason) => {
            tracing::warn!(reason, id = message.id, server = Q::SERVER, "a message is refused, and lies among the dead letters");
            in_time(queue.refuse(&receipt, &message, reason)).await
        }
        Verdict::Later(reason) => {
            tracing::info!(reason, id = message.id, server = Q::SERVER, "a message cannot be handled now, and comes again");
            // It may take its time, and holds up nothing else.
            drop(slot);
            in_time(queue.release(&receipt, AGAIN)).await
        }
    };
    if let Err(why) = told {
        tracing::info!(
            error = why,
            id = message.id,
            server = Q::SERVER,
            "the broker did not hear what became of a message; it will come again"
        );
    }
}

/// Waits for the handler and keeps the message from others meanwhile.
async fn held<Q: Queue>(queue: &Q, receipt: &Q::Receipt, handling: impl Future<Output = Verdict>) -> Verdict {
    let mut handling = pin!(handling);
    loop {
        match timeout(HOLD_EVERY, &mut handling).await {
            Ok(verdict) => return verdict,
            Err(_still) => {
                if let Err(why) = in_time(queue.hold(receipt)).await {
                    tracing::debug!(error = why, server = Q::SERVER, "a message could not be held");
                }
            }
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, Lost>>) -> Result<T, Lost> {
    timeout(PATIENCE, work).await.unwrap_or_else(|late| Err(late.into()))
}
