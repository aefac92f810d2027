//! Messages of a queue of SQS, or a server that speaks like it. Those that are refused go to the queue `NAME-dlq`.

use std::time::Duration;

use gristmill_sqs::{Address, Client, Received, SqsError};

use crate::queue::{Delivery, LONGEST_WAIT, Lost, Queue};
use crate::{Depth, IntakeError, Message};

/// What the queue of dead letters has behind the name.
const DEAD: &str = "-dlq";
/// How long the dead letters are kept, in seconds: the longest that SQS does, two weeks.
const DEAD_KEPT: &str = "1209600";
/// How long nobody else sees a message, in seconds. It is said again as long as somebody works on it.
const HIDDEN: u32 = 120;
/// The most that SQS brings at once.
const MOST: usize = 10;
/// The longest reason that is sent beside a message, in characters.
const LONGEST_REASON: usize = 1_000;
/// The longest name that still has room for what stands behind it.
const LONGEST_NAME: usize = 80 - DEAD.len();

/// A queue, and the client that knows its server.
pub(crate) struct Place {
    client: Client,
    name: String,
}

impl Place {
    /// What the URL does not say is taken from the usual variables of AWS. Queues with an order of their own (`.fifo`) are not for this:
    /// requests have none, and their dead letters would need a group.
    pub(crate) fn parse(url: &str) -> Result<Self, IntakeError> {
        let address = Address::from_url(url).map_err(|_| IntakeError::Address)?.or_from(|name| std::env::var(name).ok());
        if address.name.len() > LONGEST_NAME || address.name.contains('.') {
            return Err(IntakeError::Address);
        }
        let client = Client::new(&address).map_err(|_| IntakeError::Address)?;
        Ok(Self { client, name: address.name })
    }
}

/// The queue.
pub(crate) struct Messages {
    client: Client,
    url: String,
    dead: String,
}

impl Queue for Messages {
    const SERVER: &'static str = "SQS";
    type Address = Place;
    type Receipt = String;

    /// Does not make the queue: what its messages are kept for is for those who pay for it to say.
    async fn open(place: &Place) -> Result<Self, Lost> {
        let url = place.client.queue_url(&place.name).await?;
        Ok(Self { client: place.client.clone(), url, dead: format!("{}{DEAD}", place.name) })
    }

    async fn receive(&self, most: usize) -> Result<Vec<Delivery<String>>, Lost> {
        let (most, wait) = (u32::try_from(most.min(MOST))?, u32::try_from(LONGEST_WAIT.as_secs())?);
        let received = self.client.receive(&self.url, most, wait, HIDDEN).await?;
        Ok(received.into_iter().map(delivery).collect())
    }

    async fn accept(&self, receipt: &String) -> Result<(), Lost> {
        Ok(self.client.delete(&self.url, receipt).await?)
    }

    async fn refuse(&self, receipt: &String, message: &Message, reason: &str) -> Result<(), Lost> {
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        let beside = [("reason", Some(reason.as_str())), ("id", message.id.as_deref()), ("owner", message.owner.as_deref())];
        let beside: Vec<(&str, &str)> = beside.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        self.client.send(&self.dead_letters().await?, &String::from_utf8_lossy(&message.body), &beside).await?;
        self.accept(receipt).await
    }

    async fn release(&self, receipt: &String, after: Duration) -> Result<(), Lost> {
        Ok(self.client.change_visibility(&self.url, receipt, u32::try_from(after.as_secs())?).await?)
    }

    async fn hold(&self, receipt: &String) -> Result<(), Lost> {
        Ok(self.client.change_visibility(&self.url, receipt, HIDDEN).await?)
    }
}

impl Messages {
    /// Asked for each time: refusals are rare, and somebody may have deleted it.
    async fn dead_letters(&self) -> Result<String, SqsError> {
        match self.client.queue_url(&self.dead).await {
            Err(SqsError::NoQueue) => self.client.create_queue(&self.dead, &[("MessageRetentionPeriod", DEAD_KEPT)]).await,
            found => found,
        }
    }
}

/// How many messages are in the queue of requests and in that of the refused ones, those that somebody has included. SQS tells no age.
pub(crate) async fn depths(place: &Place) -> Result<Vec<Depth>, Lost> {
    const COUNTS: [&str; 3] =
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    let mut depths = Vec::new();
    for queue in [place.name.clone(), format!("{}{DEAD}", place.name)] {
        let url = match place.client.queue_url(&queue).await {
            // The queue of the refused is made for the first of them.
            Err(SqsError::NoQueue) if queue != place.name => continue,
            url => url?,
        };
        let told = place.client.attributes(&url).await?;
        let messages = COUNTS.iter().filter_map(|name| told.get(*name)?.parse::<u64>().ok()).sum();
        depths.push(Depth { queue, messages, oldest: None });
    }
    Ok(depths)
}

fn delivery(received: Received) -> Delivery<String> {
    let Received { id, receipt, body, mut attributes, .. } = received;
    let mut beside = |name: &str| attributes.remove(name).filter(|value| !value.is_empty());
    let message = Message { id: beside("id").or(Some(id)), owner: beside("owner"), ..Message::new(body.into_bytes()) };
    Delivery { receipt, message }
}
