//! Mails by SMTP (RFC 5321, 3207, 4954), over connections that are kept for a while. What is sent is what the `.eml` file holds.

mod answer;
#[cfg(test)]
mod tests;
mod url;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use crate::eml::{self, Mail};
use crate::{Body, Deliver, DeliverError, Letterhead, Message};
use url::{Encryption, Place};

/// How long opening a connection may take, TLS and login included, and finding a kept one. Together with [`SENDING`] less than the minute for which an effect
/// is nobody else's, so that a slow server does not get a mail twice.
const OPENING: Duration = Duration::from_secs(15);
/// How long a server may take over one mail.
const SENDING: Duration = Duration::from_secs(40);
/// How long a kept connection may take to show that it lives.
const LIVING: Duration = Duration::from_secs(3);
/// For how long a connection is kept; servers end idle ones after five minutes (RFC 5321 §4.5.3.2.7) or less.
const IDLE: Duration = Duration::from_secs(30);
/// The most connections that are kept.
const KEPT: usize = 4;

/// A mail server. Clones share its connections.
#[derive(Clone)]
pub struct Smtp {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    head: Letterhead,
    hello: ClientId,
    sending: Duration,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl fmt::Debug for Smtp {
    /// The server's name alone: beside it stands a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({})", self.shared.place)
    }
}

impl Smtp {
    /// A server by its URL: `smtp://user:secret@host:587` with STARTTLS, which is required unless the host is this machine or `?tls=none`
    /// is said, or `smtps://user:secret@host:465`. `?ca=FILE` names certificates to trust beside those of this machine. User and secret
    /// are percent-encoded. Nothing is connected yet.
    ///
    /// # Errors
    /// [`DeliverError::Settings`], which does not repeat the URL.
    pub fn open(url: &str, head: impl Into<Letterhead>) -> Result<Self, DeliverError> {
        Self::opened(url, head.into(), SENDING)
    }

    fn opened(url: &str, head: Letterhead, sending: Duration) -> Result<Self, DeliverError> {
        let domain = head.from().address().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let hello = ClientId::Domain(domain.to_owned());
        let shared = Shared { place: Place::read(url)?, head, hello, sending, idle: Mutex::default() };
        Ok(Self { shared: Arc::new(shared) })
    }
}

#[async_trait]
impl Deliver for Smtp {
    async fn deliver(&self, message: &Message) -> Result<(), DeliverError> {
        message.body.check()?;
        let Body::Mail { to, subject, text, html } = &message.body else {
            return Err(DeliverError::Refused("a mail server takes mails and nothing else".into()));
        };
        let mail = Mail { id: message.id, at: message.at, head: &self.shared.head, to, subject, text, html: html.as_deref() };
        let bytes = eml::compose(&mail)?;
        self.shared.send(&self.shared.envelope(to)?, &bytes).await
    }

    /// Connects, encrypts and logs in anew, whatever is kept.
    async fn probe(&self) -> Result<(), DeliverError> {
        let mut connection = self.shared.in_time(self.shared.connected()).await?;
        // It has answered all that matters; whether it says goodbye does not.
        let _goodbye = timeout(LIVING, connection.quit()).await;
        Ok(())
    }
}

impl Shared {
    fn envelope(&self, to: &str) -> Result<Envelope, DeliverError> {
        let parsed = |address: &str| {
            let why = "mail servers do not take it";
            address.parse::<Address>().map_err(|_| DeliverError::Address { address: address.chars().take(80).collect(), why })
        };
        let why = |_| DeliverError::Refused("the mail has no receiver".into());
        Envelope::new(Some(parsed(self.head.from().address())?), vec![parsed(to)?]).map_err(why)
    }

    /// A connection is owned while it is used: one that failed, or whose caller went away midway, is closed and not kept. An answer that
    /// comes late can so never be taken for that to another mail.
    async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), DeliverError> {
        let server = self.place.to_string();
        let mut connection = self.ready().await?;
        // The client ends the text with a line end of its own.
        let mail = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        match timeout(self.sending, connection.send(envelope, mail)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(answer::not_taken(&server, &error)),
            Err(_) => return Err(answer::silent(&server, self.sending)),
        }
        self.keep(connection);
        Ok(())
    }

    /// A kept connection that still answers.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let (since, mut connection) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if since.elapsed() < IDLE && timeout(LIVING, connection.test_connected()).await.unwrap_or(false) {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE);
        if idle.len() < KEPT {
            idle.push((Instant::now(), connection));
        }
    }

    /// A kept connection, or else a new one.
    async fn ready(&self) -> Result<AsyncSmtpConnection, DeliverError> {
        self.in_time(async {
            match self.kept().await {
                Some(connection) => Ok(connection),
                None => self.connected().await,
            }
        })
        .await
    }

    async fn in_time(
        &self,
        opened: impl Future<Output = Result<AsyncSmtpConnection, DeliverError>>,
    ) -> Result<AsyncSmtpConnection, DeliverError> {
        timeout(OPENING, opened).await.unwrap_or_else(|_| Err(answer::silent(&self.place.to_string(), OPENING)))
    }

    async fn connected(&self) -> Result<AsyncSmtpConnection, DeliverError> {
        let server = self.place.to_string();
        let at = (self.place.host.as_str(), self.place.port);
        let (tls, starttls) = match &self.place.encryption {
            Encryption::None => (None, None),
            Encryption::Tls(tls) => (Some(tls.clone()), None),
            Encryption::StartTls(tls) => (None, Some(tls.clone())),
        };
        let not_open = |error| answer::not_open(&server, &error);
        let opened = AsyncSmtpConnection::connect_tokio1(at, Some(OPENING), &self.hello, tls, None);
        let mut connection = opened.await.map_err(not_open)?;
        if let Some(tls) = starttls {
            connection.starttls(tls, &self.hello).await.map_err(not_open)?;
        }
        if let Some(credentials) = &self.place.credentials {
            let known = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            known.map_err(|error| answer::not_known(&server, &error))?;
        }
        Ok(connection)
    }
}
