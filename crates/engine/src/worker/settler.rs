//! The settler: ends of attempts that come while one batch is being written are written together as the next. Under load batches
//! grow by themselves; alone an end waits for nothing.

use std::sync::Arc;

use gristmill_store::{Result, Settled, Settlement, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

/// The most ends one transaction writes; bounds how long the first of them waits.
const BATCH: usize = 2_048;

type Ended = (Settlement, oneshot::Sender<Result<Answer>>);

/// How an end was written.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) settled: Settled,
    /// Whether an earlier try may have been written although its answer was lost. Then `Stale` may mean that it was.
    pub(super) doubted: bool,
}

/// A way to have ends written. The task behind it stops when the last of these is dropped.
#[derive(Debug, Clone)]
pub(super) struct Settler {
    ends: mpsc::UnboundedSender<Ended>,
}

impl Settler {
    pub(super) fn start(store: Arc<dyn Store>) -> Self {
        let (ends, queue) = mpsc::unbounded_channel();
        tokio::spawn(run(store, queue));
        Self { ends }
    }

    /// Writes an end, and returns once it is durable.
    pub(super) async fn settle(&self, settlement: Settlement) -> Result<Answer> {
        let (answer, answered) = oneshot::channel();
        self.ends.send((settlement, answer)).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(store: Arc<dyn Store>, mut queue: mpsc::UnboundedReceiver<Ended>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let (settlements, answers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let together = if answers.len() > 1 { store.settle(settlements.clone()).await.ok() } else { None };
        match together {
            Some(settled) => answers.into_iter().zip(settled).for_each(|(to, settled)| answer(to, Ok(settled), false)),
            None => one_by_one(&*store, settlements, answers).await,
        }
    }
}

/// A single end, or a batch of which something could not be written: the others must not wait for it.
async fn one_by_one(store: &dyn Store, settlements: Vec<Settlement>, answers: Vec<oneshot::Sender<Result<Answer>>>) {
    let doubted = answers.len() > 1;
    for (settlement, to) in settlements.into_iter().zip(answers) {
        let settled = store.settle(vec![settlement]).await.map(|mut all| all.pop().unwrap_or(Settled::Stale));
        answer(to, settled, doubted);
    }
}

/// The attempt may be gone by now; the row stands all the same.
fn answer(to: oneshot::Sender<Result<Answer>>, settled: Result<Settled>, doubted: bool) {
    let _ = to.send(settled.map(|settled| Answer { settled, doubted }));
}
