//! A span of time as people write it: `90s`, `5m`, `1h`, or a number of seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of time, at most 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "u64")]
pub struct Span(pub Duration);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number of seconds, or text such as `90s`, `5m` or `1h`")]
enum Written {
    Seconds(u64),
    Text(String),
}

impl Default for Span {
    /// Five minutes, the time-out of a task (contract, time-outs).
    fn default() -> Self {
        Self(Duration::from_secs(300))
    }
}

impl From<Span> for u64 {
    fn from(span: Span) -> Self {
        span.0.as_secs()
    }
}

impl TryFrom<Written> for Span {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        let seconds = match &written {
            Written::Seconds(n) => Some(*n),
            Written::Text(text) => seconds(text),
        };
        match (seconds, written) {
            (Some(s @ 1..=2_592_000), _) => Ok(Self(Duration::from_secs(s))),
            (_, Written::Text(t)) => Err(format!("`{t}` is not a span of time from `1s` to `720h`")),
            (_, Written::Seconds(n)) => Err(format!("{n} seconds is not between 1 second and 30 days")),
        }
    }
}

fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
