//! A message as it is received.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A message that nobody else sees until it is deleted or the time that was asked for is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its id, the same each time it is received.
    pub id: String,
    /// What it is deleted by; of this time alone.
    pub receipt: String,
    /// What was sent.
    pub body: String,
    /// What was sent beside it, as far as it is text or a number.
    pub attributes: BTreeMap<String, String>,
    /// How often it has been received, this time included; about right.
    pub receive_count: u32,
}

/// The same as SQS writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Message {
    message_id: String,
    receipt_handle: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    string_value: Option<String>,
}

impl From<Message> for Received {
    fn from(message: Message) -> Self {
        let count = message.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
        let texts = message.message_attributes.into_iter().filter_map(|(name, value)| Some((name, value.string_value?)));
        Self {
            id: message.message_id,
            receipt: message.receipt_handle,
            body: message.body,
            attributes: texts.collect(),
            receive_count: count.unwrap_or(1),
        }
    }
}
