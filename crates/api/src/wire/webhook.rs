//! Webhook endpoints, the log of tries, and what of a job people are told. A secret is in the answer that makes it, and nowhere else.

use gristmill_deliver::webhook::Key;
use gristmill_engine as engine;
use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::mirror;
use super::time;

mirror! {
    /// How messages are signed. `ed25519`: the receiver knows only the public key.
    #[derive(Default)]
    Signing of engine::Signing {
        /// With a secret that the receiver knows.
        #[default]
        Hmac,
        /// With a key of which the receiver knows the public half.
        Ed25519,
    }
}

/// What an endpoint is told of: the `type` of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) enum WebhookEvent {
    /// The first step of a job began.
    #[serde(rename = "job.started")]
    Started,
    /// A job ended with at least one file that succeeded.
    #[serde(rename = "job.finished")]
    Finished,
    /// A job ended without one, or was stopped.
    #[serde(rename = "job.failed")]
    Failed,
    /// A job ended, and credits of it were given back.
    #[serde(rename = "job.refunded")]
    Refunded,
    /// All jobs of a group have ended.
    #[serde(rename = "group.ended")]
    Group,
}

impl From<WebhookEvent> for rows::Moment {
    fn from(event: WebhookEvent) -> Self {
        match event {
            WebhookEvent::Started => Self::Started,
            WebhookEvent::Finished => Self::Finished,
            WebhookEvent::Failed => Self::Failed,
            WebhookEvent::Refunded => Self::Refunded,
            WebhookEvent::Group => Self::Group,
        }
    }
}

/// An endpoint that is wanted.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    /// Where it is: `https://…`.
    #[schema(example = "https://example.org/hooks/gristmill")]
    pub url: String,
    /// What it is told of; default the ends of jobs and of groups.
    #[serde(default = "ends")]
    pub events: Vec<WebhookEvent>,
    /// How messages are signed; default `hmac`.
    #[serde(default)]
    pub signing: Signing,
}

fn ends() -> Vec<WebhookEvent> {
    vec![WebhookEvent::Finished, WebhookEvent::Failed, WebhookEvent::Group]
}

/// An endpoint without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Endpoint {
    /// `endpoint_` and 32 hexadecimal digits.
    pub id: String,
    /// Whose.
    pub owner: String,
    /// Where it is.
    pub url: String,
    /// What it is told of.
    #[schema(value_type = Vec<WebhookEvent>)]
    pub events: Vec<&'static str>,
    /// How messages are signed.
    pub signing: Signing,
    /// `whpk_…`, of ed25519.
    pub public_key: Option<String>,
    /// Until when the secret before the newest signs too.
    #[schema(format = DateTime)]
    pub old_secret_until: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Since when nothing is sent there.
    #[schema(format = DateTime)]
    pub disabled_at: Option<String>,
    /// Why nothing is sent there.
    pub disabled_because: Option<String>,
}

impl From<&rows::Endpoint> for Endpoint {
    fn from(row: &rows::Endpoint) -> Self {
        let public = row.secrets.first().and_then(|s| s.text.parse::<Key>().ok()).and_then(|key| key.public());
        let (disabled_at, disabled_because) = row.disabled.clone().unzip();
        Self {
            id: row.id.to_string(),
            owner: row.owner.clone(),
            url: row.url.clone(),
            events: row.on.iter().map(|m| m.event()).collect(),
            signing: engine::Signing::of(row).into(),
            public_key: public,
            old_secret_until: time(row.secrets.get(1).and_then(|s| s.until)),
            created_at: row.created_at.to_string(),
            disabled_at: time(disabled_at),
            disabled_because,
        }
    }
}

/// An endpoint with its newest secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SecretEndpoint {
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// `whsec_…`: what the receiver checks messages with, by any library of the Standard Webhooks specification. It is shown this once.
    /// Null for ed25519, where the public key is what the receiver needs.
    #[schema(example = "whsec_…")]
    pub secret: Option<String>,
}

impl From<&rows::Endpoint> for SecretEndpoint {
    fn from(row: &rows::Endpoint) -> Self {
        let secret = row.secrets.first().map(|s| s.text.clone()).filter(|s| s.starts_with("whsec_"));
        Self { endpoint: row.into(), secret }
    }
}

/// All endpoints.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EndpointPage {
    /// The oldest first.
    pub items: Vec<Endpoint>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}

/// How a secret is replaced.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotate {
    /// How long the old secret signs beside the new one; default a day, at most a week. 0 when it has leaked.
    #[serde(default)]
    pub overlap_seconds: Option<u64>,
}

/// What is sent again: one message, or what an endpoint has lost.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayWebhooks {
    /// `effect_…`: the `webhook-id` of a message, whatever became of it.
    #[serde(default)]
    pub message: Option<String>,
    /// `endpoint_…`: all messages to it that were given up.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Only those that were tried in the last so many seconds; default a week.
    #[serde(default)]
    pub since_seconds: Option<u64>,
}

/// What became of a message by a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageState {
    /// It has arrived.
    Delivered,
    /// It is on its way, or is tried again.
    Open,
    /// It is not tried any more.
    GivenUp,
}

impl From<rows::EffectState> for MessageState {
    fn from(state: rows::EffectState) -> Self {
        match state {
            rows::EffectState::Done => Self::Delivered,
            rows::EffectState::Open => Self::Open,
            rows::EffectState::Dead => Self::GivenUp,
        }
    }
}

/// A try to tell somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// `effect_…`: the message; a webhook carries it as `webhook-id`.
    pub message_id: String,
    /// `job.finished`, …
    pub event: String,
    /// The endpoint, if it was one.
    pub endpoint_id: Option<String>,
    /// The job, if it was about one.
    pub job_id: Option<String>,
    /// Who was to be told: an address, or scheme and host.
    pub receiver: String,
    /// When the try ended.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long it took.
    pub took_ms: u64,
    /// The how many-th try it was, from 1.
    pub number: u32,
    /// What became of the message.
    pub state: MessageState,
    /// Why the try failed.
    pub error: Option<String>,
}

impl From<rows::Delivery> for Delivery {
    fn from(row: rows::Delivery) -> Self {
        Self {
            message_id: row.effect.to_string(),
            event: row.event,
            endpoint_id: row.endpoint.map(|id| id.to_string()),
            job_id: row.job.map(|id| id.to_string()),
            receiver: row.receiver,
            at: row.at.to_string(),
            took_ms: u64::try_from(row.took.as_millis()).unwrap_or(u64::MAX),
            number: row.number,
            state: row.state.into(),
            error: row.error,
        }
    }
}

/// Tries to tell somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DeliveryPage {
    /// The newest first.
    pub items: Vec<Delivery>,
    /// For the next page.
    pub next_cursor: Option<String>,
}

/// Something that people are told of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobMessage {
    /// `effect_…`
    pub id: String,
    /// `mail` or `webhook`.
    #[schema(example = "mail")]
    pub kind: &'static str,
    /// `job.finished`, …
    pub event: &'static str,
    /// Who is told: an address of mail, scheme and host of a webhook, or an endpoint.
    pub receiver: String,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it is tried next.
    #[schema(format = DateTime)]
    pub next_at: Option<String>,
    /// Why the last try failed.
    pub error: Option<String>,
}

impl JobMessage {
    /// An effect, if people are told by it.
    pub(crate) fn of(effect: &rows::Effect) -> Option<Self> {
        let receiver = effect.body.endpoint().map_or_else(|| effect.body.receiver(), |id| id.to_string());
        let open = effect.state == rows::EffectState::Open;
        Some(Self {
            id: effect.id.to_string(),
            kind: effect.body.kind(),
            event: effect.body.event()?,
            receiver,
            state: effect.state.into(),
            tries: effect.tries,
            created_at: effect.created_at.to_string(),
            next_at: open.then(|| effect.due.to_string()),
            error: effect.error.clone(),
        })
    }
}

/// What people are told of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobMessages {
    /// The oldest first.
    pub items: Vec<JobMessage>,
    /// Always null: there is one page.
    pub next_cursor: Option<String>,
}
