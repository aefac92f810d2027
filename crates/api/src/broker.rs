//! How the queues of brokers stand, told beside the store's own. A broker is asked seldom and not for long: what shows how it is must
//! not hang on it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// For so long an answer is told again.
const FRESH: Duration = Duration::from_secs(5);

/// Who has not answered after this long is told as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// A queue of a broker, or what is like one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerQueue {
    /// Its name at the broker.
    pub name: String,
    /// Messages that nobody has taken yet.
    pub depth: u64,
    /// Who reads it, where the broker tells.
    pub consumers: Option<u64>,
    /// How long the oldest of them has been there, where the broker tells.
    pub oldest: Option<Duration>,
}

/// The answer of a [`Broker`]. The error says in one sentence what is wrong, without a secret.
pub type BrokerFuture = Pin<Box<dyn Future<Output = Result<Vec<BrokerQueue>, String>> + Send>>;

/// A broker whose queues are told by `/api/v1/queues` and `/metrics`. Clones share what was answered last.
#[derive(Clone)]
pub struct Broker {
    /// What it is called in the answers: `rabbitmq`, `redis`.
    pub server: &'static str,
    ask: Arc<dyn Fn() -> BrokerFuture + Send + Sync>,
    kept: Arc<Mutex<Option<(Instant, Answer)>>>,
}

type Answer = Result<Vec<BrokerQueue>, String>;

/// What a broker answered, or why it did not.
pub(crate) struct Told {
    /// Which.
    pub server: &'static str,
    /// Its queues.
    pub queues: Answer,
}

impl Broker {
    /// A broker of that name, asked by calling `ask`: at most every five seconds, and given up after two.
    pub fn new<F, A>(server: &'static str, ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<Vec<BrokerQueue>, String>> + Send + 'static,
    {
        Self { server, ask: Arc::new(move || Box::pin(ask())), kept: Arc::default() }
    }

    /// Who comes while it is being asked waits for the same answer.
    pub(crate) async fn told(&self) -> Told {
        let mut kept = self.kept.lock().await;
        let queues = match &*kept {
            Some((at, answer)) if at.elapsed() < FRESH => answer.clone(),
            _ => {
                let late = |_| Err(format!("it did not answer within {} seconds", PATIENCE.as_secs()));
                let answer = timeout(PATIENCE, (self.ask)()).await.unwrap_or_else(late);
                *kept = Some((Instant::now(), answer.clone()));
                answer
            }
        };
        Told { server: self.server, queues }
    }
}

/// Asks all of them at once.
pub(crate) async fn told(brokers: &[Broker]) -> Vec<Told> {
    join_all(brokers.iter().map(Broker::told)).await
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn queue(depth: u64) -> BrokerQueue {
        BrokerQueue { name: "upload.normal".into(), depth, consumers: None, oldest: None }
    }

    #[tokio::test]
    async fn those_who_ask_together_and_soon_after_get_one_answer() {
        let asked = Arc::new(AtomicU64::new(0));
        let counted = asked.clone();
        let broker = Broker::new("rabbitmq", move || {
            let depth = counted.fetch_add(1, Ordering::Relaxed);
            async move { Ok(vec![queue(depth)]) }
        });
        for told in told(&[broker.clone(), broker.clone(), broker]).await {
            assert_eq!(told.queues.unwrap(), [queue(0)]);
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_broker_that_says_nothing_is_told_as_away_and_holds_up_no_other() {
        let (mute, well) = (Broker::new("redis", std::future::pending), Broker::new("rabbitmq", || async { Ok(vec![queue(7)]) }));
        let began = Instant::now();
        let both = told(&[mute.clone(), well]).await;
        assert!(both[0].queues.as_ref().is_err_and(|why| why.contains("did not answer")));
        assert_eq!(both[1].queues, Ok(vec![queue(7)]));
        assert!(began.elapsed() < PATIENCE * 2);
        assert!(mute.told().await.queues.is_err(), "and is not asked again at once");
        assert!(began.elapsed() < PATIENCE * 2);
    }
}
