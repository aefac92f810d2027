//! Webhooks by the Standard Webhooks specification: what is signed, sent and understood, and when it is tried again.

mod answer;
mod schedule;
mod send;
mod sign;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use gristmill_guard::Allow;
use reqwest::Url;

pub use answer::Outcome;
pub use schedule::{WAITS, wait};
pub use send::{Attempt, LARGEST, Post, Poster};
pub use sign::{Key, new_key, new_secret, signatures};

use crate::{Body, Deliver, DeliverError, Message};

/// Webhooks to any address, signed with the keys that come with the message, or else with those of this installation. Clones share connections and keys.
#[derive(Debug, Clone)]
pub struct Webhooks {
    poster: Poster,
    keys: Arc<[Key]>,
}

impl Webhooks {
    /// With what is allowed beyond public `https`, and the keys of this installation; without any, nothing is signed.
    ///
    /// # Errors
    /// As [`Poster::new`].
    pub fn open(allow: Allow, keys: Vec<Key>) -> Result<Self, DeliverError> {
        Ok(Self { poster: Poster::new(allow)?, keys: keys.into() })
    }
}

#[async_trait]
impl Deliver for Webhooks {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        message.body.check()?;
        let Body::Webhook { url, payload } = &message.body else {
            return Err(DeliverError::Refused("this way takes webhooks and nothing else".into()));
        };
        let own = message.secrets.0.iter().map(|secret| secret.parse()).collect::<Result<Vec<Key>, _>>()?;
        let keys = if own.is_empty() { &*self.keys } else { &own };
        let attempt = self.poster.post(&Post { id: message.id, url, payload, keys }).await;
        let host = url.parse().ok().and_then(|url: Url| url.host_str().map(str::to_owned)).unwrap_or_default();
        attempt.outcome.saying(&attempt.said).into_result(&host)
    }

    /// There is no one server to ask: each message has its own.
    async fn probe(&self) -> Result<(), DeliverError> {
        Ok(())
    }
}
