//! Follows one job for one listener: wakes on the doorbell, sends what was written since, ends after the job's end.

use std::time::Duration;

use gristmill_engine::{Engine, EngineError};
use gristmill_model::JobId;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::progress::{Snapshot, changes};
use crate::wire::Event;

/// The least time between two tellings of progress.
const PACE: Duration = Duration::from_secs(1);
/// Looks without a ring after this long: a doorbell may lose a ring, and then it costs this wait and nothing more.
const PATIENCE: Duration = Duration::from_secs(5);
/// Events read at once.
const BATCH: u32 = 200;
/// Events that wait for a slow listener before reading stops.
const AHEAD: usize = 64;

/// Events of a job after `after` until it ends, the listener goes or the server closes.
pub(crate) fn follow(engine: Engine, owner: String, job: JobId, after: i64, closing: CancellationToken) -> ReceiverStream<Event> {
    let (out, events) = mpsc::channel(AHEAD);
    let follower = Follower { engine, owner, job, after, seen: Snapshot::default(), out };
    tokio::spawn(async move {
        match follower.run(closing).await {
            Ok(()) | Err(Stop::Left) | Err(Stop::Engine(EngineError::NotFound { .. })) => {}
            Err(Stop::Engine(error)) => tracing::warn!(%job, %error, "an event stream ended early"),
        }
    });
    ReceiverStream::new(events)
}

/// Why following stops before the job has ended.
enum Stop {
    /// Nobody listens any more.
    Left,
    /// The job is gone, or the store does not answer; the listener comes back by itself.
    Engine(EngineError),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

struct Follower {
    engine: Engine,
    owner: String,
    job: JobId,
    after: i64,
    seen: Snapshot,
    out: mpsc::Sender<Event>,
}

impl Follower {
    async fn run(mut self, closing: CancellationToken) -> Result<(), Stop> {
        // Listening begins before reading, so what is written in between rings.
        let mut ear = self.engine.listen();
        let (mut due, mut owed) = (Instant::now(), true);
        loop {
            if self.kept().await? {
                return Ok(());
            }
            if owed && Instant::now() >= due {
                self.progress().await?;
                (due, owed) = (Instant::now() + PACE, false);
            }
            tokio::select! {
                () = ear.wait() => owed = true,
                () = sleep_until(due), if owed => {}
                () = sleep(PATIENCE) => owed = true,
                () = self.out.closed() => return Err(Stop::Left),
                () = closing.cancelled() => return Ok(()),
            }
        }
    }

    /// Sends all kept events that were not sent. Answers whether the last of them is the end of the job; a retried job has
    /// such events in its middle too.
    async fn kept(&mut self) -> Result<bool, Stop> {
        let mut ended = false;
        loop {
            let events = self.engine.events(&self.owner, self.job, self.after, BATCH).await?;
            if events.is_empty() {
                return Ok(ended && self.engine.job(&self.owner, self.job).await?.status.ended());
            }
            for event in events {
                self.after = event.seq;
                ended = event.kind == "job.ended";
                self.send(event.into()).await?;
            }
        }
    }

    async fn progress(&mut self) -> Result<(), Stop> {
        let view = self.engine.view(&self.owner, self.job).await?;
        let now = self.engine.store().now().await.map_err(EngineError::from)?;
        let seen = Snapshot::of(&view, now);
        for event in changes(&self.seen, &seen, self.job, now) {
            self.send(event).await?;
        }
        self.seen = seen;
        Ok(())
    }

    async fn send(&self, event: Event) -> Result<(), Stop> {
        self.out.send(event).await.map_err(|_| Stop::Left)
    }
}
