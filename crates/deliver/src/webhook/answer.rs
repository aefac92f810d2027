//! What an attempt at a webhook means: for this message, and for the endpoint.

use std::time::{Duration, SystemTime};

use gristmill_guard::Refusal;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::DeliverError;

/// The longest wait that a receiver may ask for: the longest of the schedule.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it; with its status.
    Delivered(u16),
    /// It may go better later: whom and what is told, and the soonest at which the receiver wants it.
    Again {
        /// Whom, and what happened.
        why: String,
        /// The wait that the receiver asked for, a day at most.
        after: Option<Duration>,
    },
    /// 410: the receiver wants this and every other message no more.
    Gone,
    /// It cannot ever be sent there: the address is forbidden, or the message too large.
    Refused(String),
}

impl Outcome {
    /// With the start of what the receiver said of a failure: it helps those who look for the cause.
    pub(super) fn saying(self, said: &str) -> Self {
        match self {
            Self::Again { why, after } if !said.is_empty() => Self::Again { why: format!("{why}: {said}"), after },
            outcome => outcome,
        }
    }

    /// As an error of delivery, if it is one.
    pub fn into_result(self, host: &str) -> Result<(), DeliverError> {
        match self {
            Self::Delivered(_) => Ok(()),
            Self::Again { why, after } => Err(DeliverError::Later { why, after }),
            Self::Gone => Err(DeliverError::Gone(format!("{host} answered 410"))),
            Self::Refused(why) => Err(DeliverError::Refused(why)),
        }
    }
}

/// What a status means. Only 2xx is success: a redirect is a failure, and any other may be a mistake that the receiver mends.
pub(super) fn answered(host: &str, status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Outcome {
    match status.as_u16() {
        code @ 200..300 => Outcome::Delivered(code),
        410 => Outcome::Gone,
        code @ 300..400 => Outcome::Again {
            why: format!("{host} answered {code}, and redirects are not followed: give the address it leads to"),
            after: None,
        },
        code => Outcome::Again { why: format!("{host} answered {code}"), after: retry_after(headers, now) },
    }
}

/// A request that got no answer. The address stays out of it but for its host: the rest may be a secret.
pub(super) fn unanswered(host: &str, error: &reqwest::Error) -> Outcome {
    if let Some(refusal) = Refusal::within(error) {
        return Outcome::Refused(format!("nothing is sent there: {refusal}"));
    }
    let why = match error {
        e if e.is_builder() => return Outcome::Refused(format!("{host} is not the address of a server")),
        e if e.is_timeout() => format!("{host} did not answer in time"),
        e if e.is_connect() => format!("no connection to {host} could be made"),
        _ => format!("the connection to {host} broke"),
    };
    Outcome::Again { why, after: None }
}

/// Retry-After in either of its forms (RFC 9110 §10.2.3); what is neither is as if it were not there.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = said.bytes().all(|b| b.is_ascii_digit()).then(|| said.parse().map_or(LONGEST, Duration::from_secs));
    let date = || httpdate::parse_http_date(said).ok().map(|at| at.duration_since(now).unwrap_or_default());
    seconds.filter(|_| !said.is_empty()).or_else(date).map(|wait| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(said: &str) -> Option<Duration> {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 09:51:52 GMT").unwrap();
        retry_after(&[(RETRY_AFTER, said.parse().unwrap())].into_iter().collect(), now)
    }

    #[test]
    fn a_receiver_says_when_in_seconds_or_by_date() {
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 22 Nov 2026 09:53:52 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(after("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        for long in ["999999", "99999999999999999999999", "Sun, 22 Nov 2037 09:51:52 GMT"] {
            assert_eq!(after(long), Some(LONGEST), "{long}");
        }
        for nothing in ["", "soon", "-1", "1.5", "12 s"] {
            assert_eq!(after(nothing), None, "{nothing:?}");
        }
    }
}
