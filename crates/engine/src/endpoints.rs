//! Endpoints: where owners are told of all their jobs. Each owner has their own and sees no other.

use std::time::Duration;

use gristmill_deliver::{address, webhook};
use gristmill_model::{EndpointId, Timestamp};
use gristmill_store::{Endpoint, EndpointChange, Moment, Replay, Secret};
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::EngineError;

/// The most endpoints an owner may have.
const MOST: usize = 20;

/// How long an old secret signs beside a new one, unless it is to end at once: a day, to bring the new one everywhere.
pub const BESIDE: Duration = Duration::from_secs(86_400);

/// What an endpoint's messages are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// HMAC-SHA256 with a secret that the receiver knows.
    Hmac,
    /// ed25519: the receiver knows only the public key.
    Ed25519,
}

impl Signing {
    /// How an endpoint's newest secret signs.
    pub fn of(endpoint: &Endpoint) -> Self {
        let ed25519 = endpoint.secrets.first().is_some_and(|s| s.text.starts_with("whsk_"));
        if ed25519 { Self::Ed25519 } else { Self::Hmac }
    }

    fn secret(self) -> Result<String, EngineError> {
        let made = match self {
            Self::Hmac => webhook::new_secret(),
            Self::Ed25519 => webhook::new_key(),
        };
        made.map_err(|e| EngineError::Io(std::io::Error::other(e)))
    }
}

impl Engine {
    /// Makes an endpoint with a secret of its own, under a new id unless one is given. It is told of jobs that are submitted from now on.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for an address that cannot be one, for no moments, and for one endpoint too many.
    pub async fn add_endpoint(
        &self,
        id: Option<EndpointId>,
        owner: &str,
        url: &str,
        on: Vec<Moment>,
        signing: Signing,
    ) -> Result<Endpoint, EngineError> {
        address::webhook(url).map_err(|e| EngineError::invalid("url_invalid", e.to_string()))?;
        if on.is_empty() {
            return Err(EngineError::invalid("events_invalid", "an endpoint is told of at least one kind of event"));
        }
        if self.parts.store.endpoints(Some(owner.to_owned())).await?.len() >= MOST {
            return Err(EngineError::invalid("endpoints_full", format!("an owner has at most {MOST} endpoints; remove one first")));
        }
        let secrets = vec![Secret { text: signing.secret()?, until: None }];
        let id = id.unwrap_or_else(|| EndpointId::from_uuid(Uuid::now_v7()));
        let new = Endpoint { id, owner: owner.to_owned(), url: url.to_owned(), on, secrets, created_at: Timestamp(0), disabled: None };
        Ok(self.parts.store.add_endpoint(new).await?)
    }

    /// An endpoint, if it is this owner's.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn endpoint(&self, owner: &str, id: EndpointId) -> Result<Endpoint, EngineError> {
        let found = self.parts.store.endpoint(id).await?.filter(|e| e.owner == owner);
        found.ok_or_else(|| EngineError::NotFound { what: "endpoint", id: id.to_string() })
    }

    /// Changes one, and answers it as it is now.
    ///
    /// # Errors
    /// As [`Engine::endpoint`].
    pub async fn change_endpoint(&self, owner: &str, id: EndpointId, change: EndpointChange) -> Result<Endpoint, EngineError> {
        let before = self.endpoint(owner, id).await?;
        Ok(self.parts.store.change_endpoint(id, change).await?.unwrap_or(before))
    }

    /// Gives an endpoint a new secret of the same kind; those before sign beside it for so long.
    ///
    /// # Errors
    /// As [`Engine::endpoint`].
    pub async fn rotate_endpoint(&self, owner: &str, id: EndpointId, beside: Duration) -> Result<Endpoint, EngineError> {
        let text = Signing::of(&self.endpoint(owner, id).await?).secret()?;
        self.change_endpoint(owner, id, EndpointChange::Rotate(text, beside.min(BESIDE * 7))).await
    }

    /// Sends webhooks of an owner again, under their ids. Answers how many.
    ///
    /// # Errors
    /// As [`Engine::endpoint`], when it is about one.
    pub async fn replay(&self, owner: &str, what: Replay) -> Result<u64, EngineError> {
        if let Replay::Lost(id, _) = what {
            self.endpoint(owner, id).await?;
        }
        let count = self.parts.store.replay(owner.to_owned(), what).await?;
        self.parts.wake.outbox.notify_one();
        Ok(count)
    }
}
