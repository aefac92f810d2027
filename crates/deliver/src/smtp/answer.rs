//! What the failures of a mail server mean for a mail. The server's words are strange: they are shortened and never hold a secret.

use std::time::Duration;

use lettre::transport::smtp::Error;

use crate::{DeliverError, words};

/// The most of a server's words that is kept, in characters.
const KEPT: usize = 160;

/// Before a mail was spoken of: the connection, TLS, or what the server says to newcomers. It says nothing about the mail, so it may be
/// tried again whatever the code.
pub(super) fn not_open(server: &str, error: &Error) -> DeliverError {
    let why = match error {
        e if is_tls(e) => format!(
            "no encryption with {server}: {}; if its certificate is your own, name its file with ?ca= in the URL of the mail server",
            told(e)
        ),
        e if e.is_client() => {
            format!("{server} offers no STARTTLS, so nothing was said to it: use smtps://, or ?tls=none if the way to it is safe")
        }
        e => format!("{server} cannot be reached: {}", told(e)),
    };
    DeliverError::later(why)
}

/// The server refused the user or the secret. Its words are left out: servers repeat what they were told.
pub(super) fn not_known(server: &str, error: &Error) -> DeliverError {
    DeliverError::later(match error.status() {
        Some(code) => format!("{server} refused the user or the secret ({code}): correct the URL of the mail server"),
        None if error.is_client() => format!("{server} knows no way to log in over this connection: leave out user and secret, or use TLS"),
        None => format!("{server} broke off while logging in"),
    })
}

/// The server did not take a mail. By 4xx it may later, by 5xx never (RFC 5321 §4.2.1), but for codes that speak of us and not of the
/// mail (RFC 4954 §6).
pub(super) fn not_taken(server: &str, error: &Error) -> DeliverError {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => not_known(server, error),
        Some(500..) => DeliverError::Refused(format!("{server} answered {}", told(error))),
        _ => DeliverError::later(format!("{server} did not take it: {}", told(error))),
    }
}

/// Nothing came from the server in time.
pub(super) fn silent(server: &str, waited: Duration) -> DeliverError {
    DeliverError::later(format!("{server} did not answer within {} s", waited.as_secs()))
}

/// Whether TLS refused the server: the client tells that as TLS or, from within a connection, as IO, which hides its cause from `source`.
fn is_tls(error: &Error) -> bool {
    let mut at = std::error::Error::source(error);
    while let Some(cause) = at {
        if cause.is::<rustls::Error>() {
            return true;
        }
        let within = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        at = within.map(|e| e as &dyn std::error::Error).or_else(|| cause.source());
    }
    error.is_tls()
}

/// The code and the words of an answer, or what else went wrong.
fn told(error: &Error) -> String {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let cause = words::shortened(&cause, KEPT);
    error.status().map_or(cause.clone(), |code| format!("{code} {cause}"))
}
