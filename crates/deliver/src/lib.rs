//! Telling people. One trait, [`Deliver`]; [`Smtp`] sends mails, [`Webhooks`] posts, [`Routes`] is all ways in one; [`Files`] keeps
//! messages in a folder, [`Sink`] in memory. `contract` holds the promises as tests, [`mail`] the words of the mails about jobs.
//!
//! A message may be delivered more than once, always with the same id. When it is tried again, and how often, is decided by
//! those who keep the effects.

pub mod address;
pub mod contract;
pub mod eml;
mod files;
mod letterhead;
pub mod mail;
mod message;
mod routes;
mod sink;
mod smtp;
mod topic;
pub mod webhook;
mod words;

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;

pub use address::Sender;
pub use files::Files;
pub use letterhead::Letterhead;
pub use mail::{FileFacts, JobFacts};
pub use message::{Body, Message, Secrets};
pub use routes::Routes;
pub use sink::{Failure, Sink};
pub use smtp::Smtp;
pub use topic::Topic;
pub use webhook::Webhooks;

/// Why a message was not delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverError {
    /// Nothing can ever be delivered to that address.
    #[error("{address:?} is no address to deliver to: {why}")]
    Address {
        /// The start of it.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The subject would reach into the headers around it.
    #[error("a subject is one line without control characters")]
    Subject,
    /// The other side answered that it will never take it.
    #[error("the message was refused for good: {0}")]
    Refused(String),
    /// The other side answered that it takes no message any more: nothing shall be sent there again.
    #[error("nobody is there any more: {0}")]
    Gone(String),
    /// The other side cannot be reached, or answered that it does not take it now.
    #[error("{why}")]
    Later {
        /// Who, what happened and, if there is something to do, what.
        why: String,
        /// The soonest at which the other side wants to be asked again.
        after: Option<Duration>,
    },
    /// The settings of this way to people are wrong. Tells which and what to write, never a secret.
    #[error("{0}")]
    Settings(String),
    /// The other side, or the way to it, does not work now.
    #[error("the message cannot be delivered now")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl DeliverError {
    /// Whether the same message may be delivered later.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Later { .. })
    }

    /// The soonest at which the other side wants to be asked again, if it said so.
    pub fn after(&self) -> Option<Duration> {
        if let Self::Later { after, .. } = self { *after } else { None }
    }

    /// Whether the other side wants no message ever again, this or another.
    pub fn gone(&self) -> bool {
        matches!(self, Self::Gone(_))
    }

    fn later(why: String) -> Self {
        Self::Later { why, after: None }
    }
}

impl From<std::io::Error> for DeliverError {
    fn from(source: std::io::Error) -> Self {
        Self::Unavailable(source.into())
    }
}

/// A way to people.
#[async_trait]
pub trait Deliver: Send + Sync + 'static {
    /// Delivers a message whole. Once this returns without an error the other side has it and a crash here does not lose it. An
    /// error does not say that it did not arrive; delivering it again carries the same id, by which the other side knows it.
    /// A message that fails [`Body::check`] is refused for good.
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError>;

    /// Whether messages can be delivered now; nobody gets one. The error says what is wrong.
    async fn probe(&self) -> Result<(), DeliverError>;
}
