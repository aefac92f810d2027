//! One attempt at a webhook: a signed POST to an address that others gave us.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use gristmill_guard::{Allow, Resolver};
use gristmill_model::EffectId;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde_json::Value;

use super::answer::{Outcome, answered, unanswered};
use super::sign::{Key, signatures};
use crate::{DeliverError, words};

/// How long an attempt may take, answer included; the specification proposes 15 to 30 s.
const LIMIT: Duration = Duration::from_secs(15);
/// The largest body, in bytes: what the specification proposes.
pub const LARGEST: usize = 20_000;
/// How much of an answer is kept for the log, in bytes; the rest is not read.
const KEPT: usize = 1024;

/// Something to post.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The `webhook-id`, by which the receiver knows repeats.
    pub id: EffectId,
    /// Where to.
    pub url: &'a str,
    /// What the receiver is told.
    pub payload: &'a Value,
    /// Each signs it: the receiver's, and while it changes keys its old ones. Without any it is not signed.
    pub keys: &'a [Key],
}

/// What an attempt brought, for a log of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// The start of what the receiver answered, on one line; it is a stranger's text.
    pub said: String,
    /// How long it took.
    pub took: Duration,
}

/// Posts to addresses of others. One for a process: it keeps connections. Names are resolved once and only to what is allowed, no proxy
/// is asked and no redirect followed.
#[derive(Clone)]
pub struct Poster {
    client: Client,
    allow: Allow,
}

impl fmt::Debug for Poster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poster").field("allow", &self.allow).finish()
    }
}

impl Poster {
    /// With what is allowed beyond public `https`.
    ///
    /// # Errors
    /// [`DeliverError::Settings`] when the machine's trusted certificates cannot be used.
    pub fn new(allow: Allow) -> Result<Self, DeliverError> {
        Self::within(allow, LIMIT)
    }

    pub(super) fn within(allow: Allow, limit: Duration) -> Result<Self, DeliverError> {
        gristmill_guard::provide_tls();
        let client = Client::builder().http1_only().no_proxy().referer(false).redirect(Policy::none()).timeout(limit);
        let client = client.dns_resolver(Arc::new(Resolver(allow))).user_agent(concat!("gristmill/", env!("CARGO_PKG_VERSION")));
        let failed = |e| DeliverError::Settings(format!("no client for webhooks can be made: {e}"));
        Ok(Self { client: client.build().map_err(failed)?, allow })
    }

    /// Tries once. Whatever happens is an outcome.
    pub async fn post(&self, post: &Post<'_>) -> Attempt {
        let began = Instant::now();
        let (outcome, said) = match self.prepared(post) {
            Ok((url, body)) => self.posted(post, url, body).await,
            Err(why) => (Outcome::Refused(why), String::new()),
        };
        Attempt { outcome, said, took: began.elapsed() }
    }

    /// The address if it may be reached, and the body if it is not too large.
    fn prepared(&self, post: &Post<'_>) -> Result<(Url, Vec<u8>), String> {
        let url: Url = post.url.parse().map_err(|_| "the address is not a URL".to_owned())?;
        self.allow.check(&url).map_err(|refusal| format!("nothing is sent there: {refusal}"))?;
        let body = serde_json::to_vec(post.payload).map_err(|e| format!("the payload cannot be written as JSON: {e}"))?;
        match body.len() {
            0..=LARGEST => Ok((url, body)),
            bytes => Err(format!("the payload has {bytes} bytes, more than the {LARGEST} of a webhook")),
        }
    }

    async fn posted(&self, post: &Post<'_>, url: Url, body: Vec<u8>) -> (Outcome, String) {
        let (id, now) = (post.id.to_string(), SystemTime::now());
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        request = request.header("webhook-timestamp", seconds).header("webhook-id", &id);
        if !post.keys.is_empty() {
            request = request.header("webhook-signature", signatures(post.keys, &id, seconds, &body));
        }
        match request.body(body).send().await {
            Ok(response) => (answered(&host, response.status(), response.headers(), now), start(response).await),
            Err(error) => (unanswered(&host, &error), String::new()),
        }
    }
}

/// The start of an answer, as far as it came. What it means is known from its status already.
async fn start(mut response: Response) -> String {
    let mut said = Vec::new();
    while said.len() < KEPT {
        let Ok(Some(piece)) = response.chunk().await else { break };
        said.extend_from_slice(&piece[..piece.len().min(KEPT - said.len())]);
    }
    words::shortened(&String::from_utf8_lossy(&said), KEPT)
}
