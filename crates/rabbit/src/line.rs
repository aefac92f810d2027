//! One connection to the broker, made when it is first needed and again after it was lost.

use std::sync::{Arc, Mutex as Shelf, PoisonError};
use std::time::{Duration, Instant};

use gristmill_deliver::DeliverError;
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::time::timeout;

use crate::address::Address;
use crate::topology;

/// Who takes longer to answer is as good as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// After a connection failed everybody is told the same for so long: those who waited for it do not each wait for one more, and a broker
/// that starts is not run over.
const REST: Duration = Duration::from_secs(1);

/// A connection with the topology declared, and its idle channels. One message is on its way on a channel at a time: a broker tells that
/// nobody gets a message just before it confirms it, and does not say which one it means.
pub(crate) struct Line {
    connection: Connection,
    idle: Shelf<Vec<Channel>>,
}

/// The line to one broker, if there is one at the moment.
pub(crate) struct Lines {
    pub(crate) address: Address,
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Arc<Line>>,
    /// How the last try to connect failed.
    failed: Option<(Instant, Failed)>,
}

impl Lines {
    pub(crate) fn new(address: Address) -> Self {
        Self { address, state: tokio::sync::Mutex::default() }
    }

    /// Does something on a channel. When that fails the line is given up, so that the next call makes another and declares again what
    /// somebody may have deleted; what others do on it meanwhile ends as it may.
    pub(crate) async fn with<T, F>(&self, work: impl FnOnce(Channel) -> F) -> Result<T, DeliverError>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        let line = self.line().await?;
        let done = timeout(PATIENCE, async {
            let channel = line.channel().await?;
            let done = work(channel.clone()).await?;
            line.shelf().push(channel);
            Ok(done)
        });
        match done.await.unwrap_or_else(|_| Err(Failed::silent())) {
            Ok(done) => Ok(done),
            Err(failed) => {
                self.give_up(&line).await;
                Err(self.later(&failed))
            }
        }
    }

    async fn line(&self) -> Result<Arc<Line>, DeliverError> {
        let mut state = self.state.lock().await;
        if let Some(line) = state.open.as_ref().filter(|line| line.connection.status().connected()) {
            return Ok(line.clone());
        }
        state.open = None;
        if let Some((_, failed)) = state.failed.as_ref().filter(|(at, _)| at.elapsed() < REST) {
            return Err(self.later(failed));
        }
        match timeout(PATIENCE, Line::open(&self.address)).await.unwrap_or_else(|_| Err(Failed::silent())) {
            Ok(line) => Ok(state.open.insert(Arc::new(line)).clone()),
            Err(failed) => {
                let told = self.later(&failed);
                state.failed = Some((Instant::now(), failed));
                Err(told)
            }
        }
    }

    async fn give_up(&self, line: &Arc<Line>) {
        let mut state = self.state.lock().await;
        if state.open.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
            state.open = None;
        }
    }

    fn later(&self, failed: &Failed) -> DeliverError {
        DeliverError::Later { why: format!("{}: {}", self.address, failed.0), after: None }
    }
}

impl Line {
    async fn open(address: &Address) -> Result<Self, Failed> {
        let named = ConnectionProperties::default().with_connection_name("gristmill announcements".into());
        let connection = Connection::connect_uri(address.0.clone(), named).await?;
        let line = Self { connection, idle: Shelf::default() };
        let channel = line.channel().await?;
        topology::declare(&channel).await?;
        line.shelf().push(channel);
        Ok(line)
    }

    /// One that confirms what it is given. A channel that broke is closed and taken no more.
    async fn channel(&self) -> Result<Channel, Failed> {
        let kept = self.shelf().pop();
        if let Some(channel) = kept.filter(|channel| channel.status().connected()) {
            return Ok(channel);
        }
        let channel = self.connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What went wrong, in words that may be told.
pub(crate) struct Failed(String);

impl Failed {
    fn silent() -> Self {
        Self(format!("it did not answer within {} seconds", PATIENCE.as_secs()))
    }
}

impl From<lapin::Error> for Failed {
    fn from(error: lapin::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<&str> for Failed {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}
