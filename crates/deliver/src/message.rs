//! What is delivered: a mail or a webhook, under the id of the effect that asked for it.

use gristmill_model::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DeliverError, address, eml};

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The effect that asked for it; every repeat carries the same.
    pub id: EffectId,
    /// When that effect was written; every repeat carries the same.
    pub at: Timestamp,
    /// To whom, and what.
    pub body: Body,
}

/// To whom, and what. In JSON its kind is in `kind`: `mail` or `webhook`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A mail to one person.
    Mail {
        /// An address alone: `anna@example.org`.
        to: String,
        /// One line.
        subject: String,
        /// Plain text; lines end in `\n` or `\r\n`, which may change on the way.
        text: String,
        /// The same words as HTML, for programs that show it; lines as in the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        html: Option<String>,
    },
    /// A POST to a service.
    Webhook {
        /// `http` or `https`.
        url: String,
        /// What the service is told.
        payload: Value,
    },
}

impl Body {
    /// Whether it can be delivered at all: the address is one, and the subject stays within its header. The error is for good.
    pub fn check(&self) -> Result<(), DeliverError> {
        match self {
            Self::Mail { to, subject, .. } => address::mail(to).and_then(|()| eml::check_subject(subject)),
            Self::Webhook { url, .. } => address::webhook(url),
        }
    }
}
