//! For tests: reads a mail as a mail program does, as far as [`compose`](super::compose) goes.

/// A mail that was read.
pub(crate) struct Read {
    headers: Vec<(String, String)>,
    /// Its text with LF for CRLF.
    pub(crate) text: String,
    /// Its HTML, the same.
    pub(crate) html: Option<String>,
}

impl Read {
    /// The one header of that name, decoded; panics when there are none or two.
    pub(crate) fn header(&self, name: &str) -> String {
        let found: Vec<_> = self.headers.iter().filter(|(n, _)| n == name).collect();
        assert_eq!(found.len(), 1, "headers named {name}");
        found[0].1.clone()
    }
}

/// Reads the bytes of a mail.
pub(crate) fn mail(bytes: &[u8]) -> Read {
    let whole = std::str::from_utf8(bytes).expect("it is UTF-8");
    let (head, body) = whole.split_once("\r\n\r\n").expect("a head and a body");
    let unfolded = head.replace("?=\r\n =?", "?==?").replace("\r\n ", " ");
    let header = |line: &str| line.split_once(": ").map(|(n, v)| (n.to_owned(), decoded(v))).expect("a name and a value");
    let headers: Vec<_> = unfolded.split("\r\n").map(header).collect();
    let kind = headers.iter().find(|(n, _)| n == "Content-Type").map_or("", |(_, v)| v);
    if let Some((_, boundary)) = kind.strip_prefix("multipart/alternative").and_then(|v| v.split_once("boundary=\"")) {
        let between = format!("--{}\r\n", boundary.trim_end_matches('"'));
        let parts = body.split(&between).skip(1);
        let ended = |part: &str| part.split("\r\n--=_").next().map(|p| p.trim_end_matches("\r\n").to_owned() + "\r\n");
        let parts: Vec<_> = parts.filter_map(ended).map(|part| mail(part.as_bytes()).text).collect();
        let [text, html] = parts.try_into().expect("a text and its HTML");
        return Read { headers, text, html: Some(html) };
    }
    let quoted = headers.iter().any(|(_, v)| v == "quoted-printable");
    let lines = body.replace("=\r\n", "").replace("\r\n", "\n");
    let text = if quoted { unescaped(&lines) } else { body.replace("\r\n", "\n") };
    Read { headers, text, html: None }
}

fn decoded(value: &str) -> String {
    let mut parts = value.split("=?utf-8?Q?");
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |read, part| {
        let (word, rest) = part.split_once("?=").expect("an encoded word ends");
        read + &unescaped(&word.replace('_', " ")) + rest
    })
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).expect("it is UTF-8")
}
