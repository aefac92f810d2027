//! What every mail of one operator has: its sender, and where to say that no more mails are wanted.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{DeliverError, Sender};

/// The longest address to unsubscribe at, in bytes: with a receiver in it, it fits on the longest line of a mail.
const LONGEST: usize = 500;

/// Who writes, and how to be written to no more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letterhead {
    from: Sender,
    unsubscribe: Option<String>,
}

impl From<Sender> for Letterhead {
    fn from(from: Sender) -> Self {
        Self { from, unsubscribe: None }
    }
}

impl Letterhead {
    /// With a List-Unsubscribe (RFC 2369 §3.2): `https://example.org/off?who={to}` or `mailto:off@example.org`. `{to}` stands for the
    /// receiver.
    ///
    /// # Errors
    /// [`DeliverError::Settings`] when it is neither.
    pub fn with_unsubscribe(self, url: &str) -> Result<Self, DeliverError> {
        let known = url.starts_with("https://") || url.starts_with("mailto:");
        if !known || url.len() > LONGEST || !url.bytes().all(|b| b.is_ascii_graphic() && !b"<>,\"".contains(&b)) {
            let why = "people unsubscribe at an https:// or mailto: address, percent-encoded; {to} in it stands for theirs";
            return Err(DeliverError::Settings(format!("{why}, which `{}` is not", url.chars().take(80).collect::<String>())));
        }
        Ok(Self { unsubscribe: Some(url.to_owned()), ..self })
    }

    /// Who writes.
    pub fn from(&self) -> &Sender {
        &self.from
    }

    /// Where this receiver unsubscribes.
    pub(crate) fn unsubscribe(&self, to: &str) -> Option<String> {
        let to = utf8_percent_encode(to, NON_ALPHANUMERIC).to_string();
        self.unsubscribe.as_ref().map(|url| url.replacen("{to}", &to, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_finds_themselves_in_the_address() {
        let head = Letterhead::default().with_unsubscribe("https://example.org/off?who={to}").unwrap();
        assert_eq!(head.unsubscribe("a&b@example.org").unwrap(), "https://example.org/off?who=a%26b%40example%2Eorg");
        assert_eq!(Letterhead::default().unsubscribe("a@example.org"), None);
    }

    #[test]
    fn what_is_no_address_or_would_reach_beyond_its_header_is_refused() {
        let long = format!("https://example.org/{}", "a".repeat(500));
        for bad in
            ["", "example.org", "http://example.org", "https://a\r\nBcc: eve@example.org", "https://a>, <https://b", "mailto:ä@b", &long]
        {
            assert!(Letterhead::default().with_unsubscribe(bad).is_err(), "{bad:?}");
        }
        assert!(Letterhead::default().with_unsubscribe("mailto:off@example.org?subject=off").is_ok());
    }
}
