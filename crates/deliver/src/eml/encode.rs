//! Other letters in seven bits: encoded words for headers (RFC 2047), quoted-printable for text (RFC 2045 §6.7).

/// What one encoded word may hold so that, behind `Subject: `, its line stays within the 76 bytes of RFC 2047 §2.
const ROOM: usize = 55;
/// The longest quoted-printable line (RFC 2045 §6.7), less the `=` of a soft line break.
const WIDE: usize = 75;

/// The text as encoded words, each on a line of its own. No character is split between two.
pub(super) fn words(text: &str) -> String {
    let mut words = vec![String::new()];
    for piece in text.chars().map(in_word) {
        match words.last_mut() {
            Some(word) if word.len() + piece.len() <= ROOM => word.push_str(&piece),
            _ => words.push(piece),
        }
    }
    let words: Vec<String> = words.iter().map(|w| format!("=?utf-8?Q?{w}?=")).collect();
    words.join("\r\n ")
}

/// Letters and digits stay, which is safe in a subject and in a name alike (RFC 2047 §5).
fn in_word(c: char) -> String {
    match c {
        ' ' => "_".into(),
        c if c.is_ascii_alphanumeric() => c.into(),
        c => c.encode_utf8(&mut [0; 4]).bytes().map(escaped).collect(),
    }
}

/// One line of text, with its CRLF and as many soft line breaks as it needs.
pub(super) fn quoted_printable(line: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for (at, byte) in line.bytes().enumerate() {
        let piece = in_text(byte, at + 1 == line.len());
        if width + piece.len() > WIDE {
            out.push_str("=\r\n");
            width = 0;
        }
        width += piece.len();
        out.push_str(&piece);
    }
    out + "\r\n"
}

/// White space at the end of a line is lost on the way, so it is escaped there.
fn in_text(byte: u8, last: bool) -> String {
    match byte {
        b' ' | b'\t' if !last => char::from(byte).into(),
        b'=' => escaped(byte),
        _ if byte.is_ascii_graphic() => char::from(byte).into(),
        _ => escaped(byte),
    }
}

fn escaped(byte: u8) -> String {
    format!("={byte:02X}")
}
