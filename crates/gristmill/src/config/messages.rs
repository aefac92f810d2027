//! How people are told: where mails and webhooks go, in whose name, and in what words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gristmill_deliver::mail::Templates;
use gristmill_deliver::webhook::Key;
use gristmill_deliver::{DeliverError, Letterhead, Sender};
use gristmill_guard::Allow;

use super::source::Said;
use crate::announce;
use crate::failure::misused;

/// Where mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// Into a folder.
    Folder(PathBuf),
    /// To a server; the URL may hold a password.
    Smtp(String),
}

/// Where webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhooksUrl {
    /// Into a folder.
    Folder(PathBuf),
    /// To their addresses, as far as those may be reached.
    Post(Allow),
}

/// How people are told.
#[derive(Debug, Clone)]
pub struct Messages {
    /// Where mails go.
    pub mail: MailUrl,
    /// Who writes them.
    pub head: Letterhead,
    /// The words of mails.
    pub templates: Templates,
    /// Where webhooks go.
    pub webhooks: WebhooksUrl,
    /// The RabbitMQ that is told what happens to jobs; the URL may hold a password.
    pub announce: Option<String>,
    /// What webhooks are signed with, as it was said: each a key that can be read.
    secrets: String,
}

impl Messages {
    pub(super) fn of(said: &BTreeMap<&'static str, Said>) -> anyhow::Result<Self> {
        let text = |name: &str| said[name].value.as_str();
        let folder = |url: &str| url.strip_prefix("file:").map(|path| PathBuf::from(path.trim_start_matches("//")));
        let wrong = |name: &'static str, next: &'static str| move |e: DeliverError| misused(format!("`{name}`: {e}"), next);
        let sender: Sender = text("mail.from").parse().map_err(wrong("mail.from", "write `Name <name@example.org>`"))?;
        let mut head: Letterhead = sender.into();
        if !text("mail.unsubscribe").is_empty() {
            let next = "write https://example.org/off?who={to}, mailto:off@example.org, or nothing";
            head = head.with_unsubscribe(text("mail.unsubscribe")).map_err(wrong("mail.unsubscribe", next))?;
        }
        let templates = match text("mail.templates") {
            "" => Templates::default(),
            own => Templates::open(Path::new(own)).map_err(wrong("mail.templates", "mend that file, or take it away for our words"))?,
        };
        let private = text("webhooks.reach") == "private";
        let webhooks = folder(text("webhooks.url")).map(WebhooksUrl::Folder);
        let messages = Self {
            mail: folder(text("mail.url")).map_or_else(|| MailUrl::Smtp(text("mail.url").to_owned()), MailUrl::Folder),
            head,
            templates,
            announce: announce(text("announce.url"), text("doorbell.url"))?,
            webhooks: webhooks.unwrap_or(WebhooksUrl::Post(Allow { http: private, loopback: private, private })),
            secrets: text("webhooks.secrets").to_owned(),
        };
        messages.keys().map_err(wrong("webhooks.secrets", "write whsec_ and the base64 of 24 to 64 random bytes"))?;
        Ok(messages)
    }

    /// The keys of webhooks; all sign.
    ///
    /// # Errors
    /// What is wrong with one, without repeating it.
    pub fn keys(&self) -> Result<Vec<Key>, DeliverError> {
        self.secrets.split_whitespace().map(str::parse).collect()
    }

    /// For one-shot commands: nobody is told but the folder.
    pub(super) fn within(&self, folder: &Path) -> Self {
        let (mail, webhooks) = (MailUrl::Folder(folder.to_owned()), WebhooksUrl::Folder(folder.to_owned()));
        Self { mail, webhooks, announce: None, ..self.clone() }
    }
}

/// The address in `announce.url`, if it can be one.
fn announce(url: &str, doorbell: &str) -> anyhow::Result<Option<String>> {
    let next = "write amqp://user:password@host:5672/vhost, `same` where doorbell.url is one, or nothing";
    let url = match url {
        "" => return Ok(None),
        "same" if doorbell.starts_with("amqp:") => doorbell,
        "same" => return Err(misused("`announce.url` is `same`, and the doorbell is no RabbitMQ", next)),
        url => url,
    };
    announce::check(url).map_err(|e| misused(format!("`announce.url`: {e}"), next))?;
    Ok(Some(url.to_owned()))
}
