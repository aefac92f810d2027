//! The doorbell over Amazon SQS. SQS passes a message on to one receiver only, so each process has a queue of its own, and sends each ring to
//! the queues of all ([why](../../../docs/decisions/0023-each-process-has-a-queue-at-sqs.md)). Nothing is kept there.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::{TryStreamExt, stream};
use gristmill_sqs::{Address, Client, Received, SqsError};
use tokio::sync::Notify;
use tokio::time::interval;
use uuid::Uuid;

use crate::remote::{Line, Lost, Remote, Shared, carry};
use crate::{Bell, DoorbellError};

/// The longest name of a mill: with what follows it, a queue's name has 80 characters.
const LONGEST_NAME: usize = 42;

/// How long a receiver waits for a ring: the most that SQS allows, because every wait is paid for.
const WAIT_SECONDS: u32 = 20;

/// How long a ring is kept for a process that does not listen, the least that SQS allows.
const RETENTION: &str = "60";

/// How long a received ring is kept from its receiver, who deletes it at once.
const VISIBILITY_SECONDS: u32 = 30;

/// Rings that are on their way to other processes at once.
const SENDING: usize = 16;

/// How often others are looked for. One that is new tells the rest of itself, so this finds what that has missed.
const LOOK: Duration = Duration::from_secs(10);

/// How often a process says that it is still there.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// How often queues are looked through for those whose process has ended without a word.
const TIDY_EVERY: Duration = Duration::from_secs(300);

/// The process of a queue that has not been seen for so many seconds is gone. One that was only held up makes its queue again.
const GONE_SECONDS: u64 = 600;

/// Connects to SQS at `url` (`sqs://mill?region=eu-central-1`, see [`Address`]); processes that say the same name hear each other. What the
/// URL does not say is taken from the usual variables of AWS. Once this returns, rings are heard, or will be as soon as the server is there.
/// Must be called within a Tokio runtime, whose end is also the doorbell's. The key needs all of SQS on queues named `mill-bell-*`, and
/// `sqs:ListQueues`.
///
/// # Errors
/// An address that cannot be used. A server that is not there is told by [`Doorbell::state`](crate::Doorbell::state).
pub async fn connect(url: &str) -> Result<Remote, DoorbellError> {
    let wrong = |error: SqsError| DoorbellError::Address(error.into());
    let address = Address::from_url(url).map_err(wrong)?.or_from(|name| std::env::var(name).ok());
    if address.name.len() > LONGEST_NAME || address.name.contains('.') {
        return Err(DoorbellError::Address(format!("the name behind sqs:// has more than {LONGEST_NAME} characters, or a dot").into()));
    }
    let place = Place { client: Client::new(&address).map_err(wrong)?, prefix: format!("{}-bell-", address.name) };
    Ok(Remote::connect::<Queues>(place).await)
}

/// Where the queues are.
struct Place {
    client: Client,
    /// What their names begin with.
    prefix: String,
}

/// A queue of our own, and those of the others.
struct Queues {
    client: Client,
    prefix: String,
    own: String,
    /// All we know of, our own too.
    all: Mutex<BTreeSet<String>>,
    /// A ring of our own came back.
    echo: Notify,
}

impl Line for Queues {
    const SERVER: &'static str = "SQS";
    /// Every message is paid for, once a process.
    const BREATH: Duration = Duration::from_millis(200);
    type Address = Place;

    async fn open(place: &Place) -> Result<Self, Lost> {
        let (client, prefix) = (place.client.clone(), place.prefix.clone());
        let name = format!("{prefix}{}", Uuid::new_v4().simple());
        let tags = [("gristmill", "doorbell"), ("seen", &now().to_string())];
        let own = client.create_tagged_queue(&name, &[("MessageRetentionPeriod", RETENTION)], &tags).await?;
        let line = Self { client, prefix, own, all: Mutex::default(), echo: Notify::new() };
        line.look().await?;
        // Who hears this knows of us from then on.
        line.publish(Bell::Tasks).await?;
        Ok(line)
    }

    async fn serve(&mut self, shared: &Shared) -> Lost {
        let line = &*self;
        tokio::select! {
            lost = carry(shared, &line.echo, |bell| line.publish(bell), || line.ping(), line.hear(shared)) => lost,
            lost = line.keep() => lost,
        }
    }

    async fn close(self) {
        // Else another process deletes it later.
        let _deleted = self.client.delete_queue(&self.own).await;
    }
}

impl Queues {
    /// Sends a ring to all. A queue that is not there any more is forgotten, unless it is ours.
    async fn publish(&self, bell: Bell) -> Result<(), Lost> {
        let body = &format!("{} {}", bell.name(), self.own);
        let all: Vec<String> = self.all().iter().cloned().collect();
        let send = |queue: String| async move {
            match self.client.send(&queue, body, &[]).await {
                Err(SqsError::NoQueue) if queue != self.own => drop(self.all().remove(&queue)),
                sent => drop(sent?),
            }
            Ok(())
        };
        stream::iter(all.into_iter().map(Ok)).try_for_each_concurrent(SENDING, send).await
    }

    /// Sends a ring to ourselves alone.
    async fn ping(&self) -> Result<(), Lost> {
        self.client.send(&self.own, &format!("{} {}", Bell::Tasks.name(), self.own), &[]).await?;
        Ok(())
    }

    async fn hear(&self, shared: &Shared) -> Lost {
        loop {
            match self.client.receive(&self.own, 10, WAIT_SECONDS, VISIBILITY_SECONDS).await {
                Ok(rings) => {
                    rings.iter().for_each(|ring| self.heard(ring, shared));
                    match self.client.delete_all(&self.own, &rings).await {
                        // What is left rings again, which does no harm.
                        Ok(()) | Err(SqsError::Unexpected { .. }) => {}
                        Err(error) => return error.into(),
                    }
                }
                Err(error) => return error.into(),
            }
        }
    }

    fn heard(&self, ring: &Received, shared: &Shared) {
        let (bell, from) = ring.body.split_once(' ').unwrap_or((&ring.body, ""));
        if from == self.own {
            self.echo.notify_one();
        } else if let Some(bell) = Bell::named(bell) {
            if from.rsplit('/').next().is_some_and(|name| name.starts_with(&self.prefix)) {
                self.all().insert(from.to_owned());
            }
            shared.here.strike(bell);
        }
    }

    /// Says that we are there, looks for others, and tidies up after those that are gone.
    async fn keep(&self) -> Lost {
        let (mut look, mut seen, mut tidy) = (interval(LOOK), interval(SEEN_EVERY), interval(TIDY_EVERY));
        loop {
            let done = tokio::select! {
                _ = look.tick() => self.look().await,
                _ = seen.tick() => self.client.tag_queue(&self.own, &[("seen", &now().to_string())]).await,
                _ = tidy.tick() => self.tidy().await,
            };
            if let Err(error) = done {
                return error.into();
            }
        }
    }

    async fn look(&self) -> Result<(), SqsError> {
        let mut found: BTreeSet<String> = self.client.list_queues(&self.prefix).await?.into_iter().collect();
        found.insert(self.own.clone());
        *self.all() = found;
        Ok(())
    }

    /// Deletes queues of doorbells that have not been seen for long.
    async fn tidy(&self) -> Result<(), SqsError> {
        let others: Vec<String> = self.all().iter().filter(|queue| **queue != self.own).cloned().collect();
        for queue in others {
            let gone = match self.client.queue_tags(&queue).await {
                Ok(tags) => {
                    let seen = tags.get("seen").and_then(|seen| seen.parse::<u64>().ok());
                    tags.get("gristmill").is_some_and(|is| is == "doorbell")
                        && seen.is_some_and(|at| now().saturating_sub(at) > GONE_SECONDS)
                }
                Err(SqsError::NoQueue) => false,
                Err(error) => return Err(error),
            };
            if gone {
                match self.client.delete_queue(&queue).await {
                    Ok(()) | Err(SqsError::NoQueue) => self.all().remove(&queue),
                    Err(error) => return Err(error),
                };
            }
        }
        Ok(())
    }

    fn all(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970 by this machine's clock.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_address_is_refused_without_repeating_it() {
        for wrong in ["amqp://me:secret@127.0.0.1", "sqs://me:secret@a.fifo", &format!("sqs://me:secret@{}", "a".repeat(43))] {
            let refused = connect(wrong).await.unwrap_err();
            assert!(matches!(refused, DoorbellError::Address(_)) && !format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
