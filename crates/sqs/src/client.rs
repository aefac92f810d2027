//! Messages: sent, received, kept for longer, deleted.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::received::Message;
use crate::transport::Transport;
use crate::{Address, Received, Result, SqsError};

/// A client of one server in one region. Clones share their connections. It does not try again; [`SqsError::retry`] tells whether its caller
/// should.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) transport: Transport,
}

/// An answer of which nothing is read.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Messages {
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Deleted {
    #[serde(default)]
    failed: Vec<Nothing>,
}

impl Client {
    /// A client of the server at an address. Nothing is asked of it yet.
    ///
    /// # Errors
    /// [`SqsError::Address`].
    pub fn new(address: &Address) -> Result<Self> {
        Ok(Self { transport: Transport::new(address)? })
    }

    /// Sends a message with texts beside it (at most ten), and answers its id. The body must not be empty.
    ///
    /// # Errors
    /// [`SqsError`]. After [`SqsError::Unavailable`] it may have been sent nevertheless.
    pub async fn send(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) -> Result<String> {
        let attribute = |(name, value): &(&str, &str)| ((*name).to_owned(), json!({"DataType": "String", "StringValue": value}));
        let attributes: Map<String, Value> = attributes.iter().map(attribute).collect();
        let asked = json!({"QueueUrl": queue, "MessageBody": body, "MessageAttributes": attributes});
        Ok(self.ask::<Sent>("SendMessage", asked).await?.message_id)
    }

    /// Takes up to `most` messages (1 to 10), and waits for the first up to `wait_seconds` (0 to 20). Nobody else sees them for
    /// `visibility_seconds` (0 to 43,200).
    ///
    /// # Errors
    /// [`SqsError`].
    pub async fn receive(&self, queue: &str, most: u32, wait_seconds: u32, visibility_seconds: u32) -> Result<Vec<Received>> {
        let asked = json!({
            "QueueUrl": queue,
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": wait_seconds,
            "VisibilityTimeout": visibility_seconds,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
            "MessageAttributeNames": ["All"],
        });
        let wait = Duration::from_secs(wait_seconds.into());
        let received: Messages = self.transport.call("ReceiveMessage", &asked, wait).await?;
        Ok(received.messages.into_iter().map(Received::from).collect())
    }

    /// Deletes a message that was received.
    ///
    /// # Errors
    /// [`SqsError`].
    pub async fn delete(&self, queue: &str, receipt: &str) -> Result<()> {
        self.ask::<Nothing>("DeleteMessage", json!({"QueueUrl": queue, "ReceiptHandle": receipt})).await.map(drop)
    }

    /// Deletes up to ten messages in one request.
    ///
    /// # Errors
    /// [`SqsError`]; some may be deleted nevertheless.
    pub async fn delete_all(&self, queue: &str, messages: &[Received]) -> Result<()> {
        let entry = |(at, message): (usize, &Received)| json!({"Id": at.to_string(), "ReceiptHandle": message.receipt});
        let entries: Vec<_> = messages.iter().enumerate().map(entry).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let action = "DeleteMessageBatch";
        let deleted: Deleted = self.ask(action, json!({"QueueUrl": queue, "Entries": entries})).await?;
        if deleted.failed.is_empty() {
            return Ok(());
        }
        Err(SqsError::Unexpected { action, why: format!("{} of {} are still there", deleted.failed.len(), messages.len()) })
    }

    /// Keeps a message that was received from others for so long from now on; 0 gives it back at once.
    ///
    /// # Errors
    /// [`SqsError`].
    pub async fn change_visibility(&self, queue: &str, receipt: &str, seconds: u32) -> Result<()> {
        let asked = json!({"QueueUrl": queue, "ReceiptHandle": receipt, "VisibilityTimeout": seconds});
        self.ask::<Nothing>("ChangeMessageVisibility", asked).await.map(drop)
    }

    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(&self, action: &'static str, body: Value) -> Result<T> {
        self.transport.call(action, &body, Duration::ZERO).await
    }
}
