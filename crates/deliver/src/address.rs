//! Which addresses can be delivered to. Narrower than the standards: what mail and web servers agree on, nothing that could
//! reach into a header, a command or another address.

use std::str::FromStr;

use crate::DeliverError;

/// The longest mail address (RFC 5321 §4.5.3.1.3, less the angle brackets), in bytes.
const LONGEST_MAIL: usize = 254;
/// The longest part before the `@` (RFC 5321 §4.5.3.1.1), in bytes.
const LONGEST_LOCAL: usize = 64;
/// The longest URL that servers surely take (RFC 9110 §4.1), in bytes.
const LONGEST_URL: usize = 8000;

/// Whether a mail can be sent to it: `anna@example.org`. One address without a name, brackets, quotes or comments; ASCII, so
/// a domain in other letters stands in its `xn--` form. The error is for good and says why.
pub fn mail(address: &str) -> Result<(), DeliverError> {
    let refused = |why| Err(DeliverError::Address { address: address.chars().take(80).collect(), why });
    let Some((local, domain)) = address.rsplit_once('@') else { return refused("it has no @") };
    match () {
        () if address.len() > LONGEST_MAIL || local.len() > LONGEST_LOCAL => refused("it is too long"),
        () if !local.split('.').all(is_atom) => refused("the part before the @ is not one name of ASCII letters, digits and dots"),
        () if !domain.split('.').all(is_label) => refused("the part after the @ is not a domain in ASCII"),
        () => Ok(()),
    }
}

/// Whether a webhook can be sent to it: `https://example.org/hook`, or `http`. The error is for good and says why.
pub fn webhook(url: &str) -> Result<(), DeliverError> {
    let refused = |why| Err(DeliverError::Address { address: url.chars().take(80).collect(), why });
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return refused("it does not begin with https:// or http://");
    };
    match rest.split(['/', '?', '#']).next() {
        _ if url.len() > LONGEST_URL => refused("it is too long"),
        _ if !url.bytes().all(|b| b.is_ascii_graphic()) => refused("it has characters that must be percent-encoded"),
        None | Some("") => refused("it names no host"),
        Some(_) => Ok(()),
    }
}

/// The characters of an atom (RFC 5322 §3.2.3).
fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// One label of a domain (RFC 1123 §2.1).
fn is_label(text: &str) -> bool {
    let inner = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    inner && (1..=63).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-')
}

/// Whom mails are from: an address, with a name before it in angle brackets or alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    address: String,
}

impl Sender {
    /// The name, which may be empty and in any letters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address alone.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Default for Sender {
    /// `Gristmill <gristmill@localhost>`.
    fn default() -> Self {
        Self { name: "Gristmill".into(), address: "gristmill@localhost".into() }
    }
}

impl FromStr for Sender {
    type Err = DeliverError;
    /// Reads `Anna <anna@example.org>`, `"Mill, The" <mill@example.org>` or `anna@example.org`.
    fn from_str(text: &str) -> Result<Self, DeliverError> {
        let bracketed = text.trim().strip_suffix('>').and_then(|t| t.rsplit_once('<'));
        let (name, address) = bracketed.unwrap_or(("", text.trim()));
        let name = name.trim().trim_matches('"');
        mail(address)?;
        if name.chars().any(char::is_control) {
            return Err(DeliverError::Address { address: text.chars().take(80).collect(), why: "its name has control characters" });
        }
        Ok(Self { name: name.into(), address: address.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_people_use_is_taken() {
        for good in ["a@example.org", "a.b+tag@mail.example.org", "root@localhost", "o'neil_x@xn--bcher-kva.example", "x@1.example"] {
            assert!(mail(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_could_be_more_than_one_address_is_refused_for_good() {
        let long = format!("{}@example.org", "a".repeat(65));
        let very_long = format!("a@{}", ["b"; 130].join("."));
        let odd =
            ["", "nobody", "@", "a@", "@b", "a b@c", "a@b c", "a@b,c@d", "<a@b>", "A <a@b>", "\"a b\"@c", "a@b\r\nBcc: c@d", "a\r\n@b"];
        let more = [
            "a@b\0",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@b..c",
            "a@-b",
            "a@[127.0.0.1]",
            "ä@b",
            "a@bücher.example",
            "a@b@c",
            " a@b",
            &long,
            &very_long,
        ];
        for bad in odd.into_iter().chain(more) {
            assert!(!mail(bad).expect_err(bad).retry(), "{bad:?}");
        }
    }

    #[test]
    fn a_webhook_goes_to_http_and_to_nothing_else() {
        for good in ["https://example.org", "http://127.0.0.1:9000/hook?x=1#y", "https://user:word@example.org/", "http://[::1]/"] {
            assert!(webhook(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "http://?x",
            "http://a b",
            "http://a\r\nb",
            "http://ä/",
        ] {
            assert!(!webhook(bad).expect_err(bad).retry(), "{bad:?}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let read = |text: &str| text.parse::<Sender>().map(|s| (s.name().to_owned(), s.address().to_owned()));
        assert_eq!(read("a@b.example").unwrap(), (String::new(), "a@b.example".into()));
        assert_eq!(read(" Die Mühle <a@b.example> ").unwrap(), ("Die Mühle".into(), "a@b.example".into()));
        assert_eq!(read("\"Mill, The\" <a@b.example>").unwrap().0, "Mill, The");
        assert_eq!(read("Gristmill <gristmill@localhost>").unwrap().0, Sender::default().name());
        for bad in ["", "Anna", "Anna <>", "A\r\nBcc: x <a@b.example>", "a@b.example>"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
