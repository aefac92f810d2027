//! A mail as bytes: RFC 5322 with UTF-8 text, and HTML beside it as an alternative (RFC 2046 §5.1.4). Every line ends in CRLF and none is
//! longer than servers must take; all of it is ASCII, which every server takes; no header can hold what came for another.

mod date;
mod encode;
#[cfg(test)]
pub(crate) mod read;

use gristmill_model::{EffectId, Timestamp};

use crate::{DeliverError, Letterhead, Sender, address};

/// The longest line of a mail without its CRLF (RFC 5322 §2.1.1), in bytes.
const LONGEST_LINE: usize = 998;
/// What may stand in a header line after its name without being folded: 78 less `Subject: `.
const FITS: usize = 69;

/// One mail.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// Stands in the Message-ID, so that repeats are known.
    pub id: EffectId,
    /// Its Date, to the second.
    pub at: Timestamp,
    /// Its From, and where to unsubscribe.
    pub head: &'a Letterhead,
    /// Its To: an address alone.
    pub to: &'a str,
    /// Its Subject: one line, in any letters.
    pub subject: &'a str,
    /// Its text. Line ends become CRLF, and the last line gets one.
    pub text: &'a str,
    /// The same as HTML. Lines as in the text.
    pub html: Option<&'a str>,
}

/// The Message-ID without its angle brackets: `effect_…@gristmill`.
pub fn message_id(id: EffectId) -> String {
    format!("{id}@gristmill")
}

/// The mail as bytes: 7bit, or quoted-printable when it has other letters, a line that is too long or control characters. Refused for
/// good when `to` is no address or the subject is more than one line.
pub fn compose(mail: &Mail<'_>) -> Result<Vec<u8>, DeliverError> {
    address::mail(mail.to)?;
    check_subject(mail.subject)?;
    let mut head = vec![
        ("Date", date::rfc_5322(mail.at)),
        ("Message-ID", format!("<{}>", message_id(mail.id))),
        ("From", from(mail.head.from())),
        ("To", mail.to.to_owned()),
        ("Subject", unstructured(mail.subject)),
        ("Auto-Submitted", "auto-generated".into()),
    ];
    head.extend(mail.head.unsubscribe(mail.to).map(|url| ("List-Unsubscribe", format!("<{url}>"))));
    head.push(("MIME-Version", "1.0".into()));
    let head: String = head.into_iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = part("plain", mail.text);
    let Some(html) = mail.html else { return Ok(format!("{head}{text}").into_bytes()) };
    let (boundary, html) = (boundary(mail.id), part("html", html));
    let kind = format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n");
    Ok(format!("{head}{kind}\r\n--{boundary}\r\n{text}\r\n--{boundary}\r\n{html}\r\n--{boundary}--\r\n").into_bytes())
}

/// What stands between the parts, the same in every repeat. [`body`] lets no line begin with it.
fn boundary(id: EffectId) -> String {
    format!("=_{id}")
}

/// Its headers and its content.
fn part(kind: &str, content: &str) -> String {
    let (encoding, body) = body(content);
    format!("Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}")
}

/// Whether it stays within its header. The error is for good.
pub(crate) fn check_subject(subject: &str) -> Result<(), DeliverError> {
    if subject.chars().any(char::is_control) { Err(DeliverError::Subject) } else { Ok(()) }
}

fn from(sender: &Sender) -> String {
    let (name, address) = (sender.name(), sender.address());
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    match name {
        "" => address.to_owned(),
        _ if plain && name.len() + address.len() < FITS => format!("{name} <{address}>"),
        _ => format!("{}\r\n <{address}>", encode::words(name)),
    }
}

/// As it is when it fits on the line and cannot be taken for an encoded word; else as encoded words.
fn unstructured(text: &str) -> String {
    let printable = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    if printable && text.len() <= FITS && text.trim() == text && !text.contains("=?") { text.to_owned() } else { encode::words(text) }
}

fn body(text: &str) -> (&'static str, String) {
    let safe = |c: char| c.is_ascii() && (!c.is_control() || c == '\t');
    let plain = |line: &str| line.len() <= LONGEST_LINE && line.chars().all(safe) && !line.starts_with("--=_");
    if text.lines().all(plain) {
        return ("7bit", text.lines().flat_map(|line| [line, "\r\n"]).collect());
    }
    ("quoted-printable", text.lines().map(encode::quoted_printable).collect())
}

#[cfg(test)]
mod tests {
    use gristmill_model::id::Uuid;
    use proptest::prelude::*;

    use super::*;

    fn bytes(from: &str, subject: &str, text: &str) -> Result<Vec<u8>, DeliverError> {
        let id = EffectId::from_uuid(Uuid::from_u128(0x0192_0000_7000_8000_0000_0000_0000_002a));
        let head = &from.parse::<Sender>()?.into();
        compose(&Mail { id, at: Timestamp(1_795_341_112_345), head, to: "anna@example.org", subject, text, html: None })
    }

    fn composed(from: &str, subject: &str, text: &str) -> String {
        String::from_utf8(bytes(from, subject, text).unwrap()).unwrap()
    }

    #[test]
    fn a_plain_mail_is_plain() {
        insta::assert_snapshot!(composed("Gristmill <gristmill@localhost>", "Your job has finished", "Grüße,\n\nGristmill\n"));
    }

    #[test]
    fn other_letters_in_headers_are_encoded_and_folded() {
        let subject = "Ihr Auftrag „Großmutters Mühle am rauschenden Bach“ ist fertig 🎉";
        insta::assert_snapshot!(composed("Die Mühle, am Bach <mill@example.org>", subject, "x"));
    }

    #[test]
    fn a_text_that_servers_would_break_is_quoted() {
        let text = format!("a = b, ends in a space \n{}\nbell \u{7}\n", "ä long line ".repeat(90));
        insta::assert_snapshot!(composed("a@b.example", "x", &text));
    }

    #[test]
    fn html_stands_beside_the_text_and_below_where_to_unsubscribe() {
        let id = EffectId::from_uuid(Uuid::from_u128(42));
        let head = Letterhead::default().with_unsubscribe("https://example.org/off?who={to}").unwrap();
        let (to, html) = ("anna@example.org", Some("<p>Grüße</p>\n"));
        let mail = Mail { id, at: Timestamp(1_795_341_112_345), head: &head, to, subject: "x", text: "Grüße\n", html };
        insta::assert_snapshot!(String::from_utf8(compose(&mail).unwrap()).unwrap());
    }

    #[test]
    fn a_subject_or_a_sender_with_a_line_break_is_refused_for_good() {
        for bad in ["a\r\nBcc: eve@example.org", "a\nb", "a\rb", "a\0b", "a\u{85}b", "a\tb"] {
            assert!(!bytes("a@b.example", bad, "").unwrap_err().retry(), "{bad:?}");
        }
        assert!(!bytes("A\r\nBcc: eve@example.org <a@b.example>", "x", "").unwrap_err().retry());
    }

    /// The text with LF for whatever ended its lines, and at its end.
    fn ended(text: &str) -> String {
        text.lines().flat_map(|line| [line, "\n"]).collect()
    }

    proptest! {
        #[test]
        fn any_text_and_subject_are_read_back_whole(subject in "\\PC{0,200}", text in "(?s).{0,300}", fill in "[a-zä =]{0,3000}") {
            prop_assume!(check_subject(&subject).is_ok());
            let text = format!("{text}\n{fill}");
            let mail = read::mail(&bytes("Die Mühle <m@b.example>", &subject, &text).unwrap());
            prop_assert_eq!(mail.header("Subject"), subject);
            prop_assert_eq!(mail.header("From"), "Die Mühle <m@b.example>");
            prop_assert_eq!(mail.text, ended(&text));
        }

        #[test]
        fn no_line_is_longer_than_servers_take_and_every_one_ends_in_crlf(subject in "\\PC{0,400}", text in "(?s).{0,2000}") {
            prop_assume!(check_subject(&subject).is_ok());
            let composed = composed("Die Mühle <m@b.example>", &subject, &text);
            prop_assert!(composed.ends_with("\r\n"));
            prop_assert!(composed.is_ascii());
            for line in composed.trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(line.len() <= LONGEST_LINE && !line.contains(['\r', '\n']), "{:?}", line);
            }
            let head = composed.split("\r\n\r\n").next().unwrap_or_default();
            prop_assert!(head.split("\r\n").all(|line| line.len() <= 78 && line.is_ascii()), "{:?}", head);
        }
    }
}
