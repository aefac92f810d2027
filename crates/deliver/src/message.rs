//! What is delivered: a mail, a webhook or an announcement, under the id of the effect that asked for it.

use std::fmt;

use gristmill_model::{EffectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DeliverError, Topic, address, eml};

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The effect that asked for it; every repeat carries the same.
    pub id: EffectId,
    /// When that effect was written; every repeat carries the same.
    pub at: Timestamp,
    /// To whom, and what.
    pub body: Body,
    /// What a webhook is signed with when its receiver has secrets of its own; else those of the installation sign.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// Texts of keys. They are never printed or written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub Vec<String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// To whom, and what. In JSON its kind is in `kind`: `mail`, `webhook` or `announcement`.
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
    /// News for subscribers at a broker.
    Announcement {
        /// Where it goes.
        topic: Topic,
        /// What kind of news: `job.finished`, `task.dead`. In JSON it is in `type`.
        #[serde(rename = "type")]
        kind: String,
        /// What they are told.
        payload: Value,
    },
}

/// The longest kind of an announcement: brokers have one byte for its length (AMQP 0-9-1 §4.2.5.3).
const LONGEST_KIND: usize = 255;

impl Body {
    /// Whether it can be delivered at all: the address is one, the subject stays within its header, and the kind of an announcement is
    /// one that can be subscribed to. The error is for good.
    pub fn check(&self) -> Result<(), DeliverError> {
        match self {
            Self::Mail { to, subject, .. } => address::mail(to).and_then(|()| eml::check_subject(subject)),
            Self::Webhook { url, .. } => address::webhook(url),
            Self::Announcement { kind, .. } => check_kind(kind),
        }
    }
}

/// Names joined by dots: nothing that a subscription takes for a wildcard.
fn check_kind(kind: &str) -> Result<(), DeliverError> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if kind.len() <= LONGEST_KIND && kind.split('.').all(is_name) {
        Ok(())
    } else {
        Err(DeliverError::Refused(
            "the kind of an announcement is names of ASCII letters and digits joined by dots, 255 bytes at most".into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn announcement(kind: &str) -> Body {
        Body::Announcement { topic: Topic::Events, kind: kind.into(), payload: json!({"job": "job_1"}) }
    }

    #[test]
    fn an_announcement_has_a_kind_that_can_be_subscribed_to() {
        for good in ["job.finished", "x", "task.dead-letter_2"] {
            assert!(announcement(good).check().is_ok(), "{good}");
        }
        for bad in ["", ".", "job.", "job.*", "#", "a b", "ä", &"x".repeat(256)] {
            assert!(!announcement(bad).check().expect_err(bad).retry(), "{bad}");
        }
    }

    #[test]
    fn an_announcement_survives_json() {
        let body = announcement("job.finished");
        let text = serde_json::to_value(&body).unwrap();
        assert_eq!(text, json!({"kind": "announcement", "topic": "events", "type": "job.finished", "payload": {"job": "job_1"}}));
        assert_eq!(serde_json::from_value::<Body>(text).unwrap(), body);
    }
}
