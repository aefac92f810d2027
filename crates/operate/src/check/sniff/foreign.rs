//! Names what we do not read, so that a refusal can say what the file really is. Nothing is allowed by this.

use super::has;

/// Something known that no pipeline of ours reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, with its article: "an HLS playlist".
    pub what: &'static str,
    plain: bool,
}

impl Foreign {
    /// Whether it is text of no known format.
    pub(super) fn is_text(&self) -> bool {
        self.plain
    }
}

/// Signatures in bytes: offset, mark, name.
const BINARY: &[(usize, &[u8], &str)] = &[
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"PK\x05\x06", "an empty ZIP archive"),
    (0, b"\x7fELF", "a Linux program"),
    (0, b"MZ", "a Windows program"),
    (0, b"\xfe\xed\xfa", "a macOS program"),
    (0, b"\xcf\xfa\xed\xfe", "a macOS program"),
    (0, b"\0asm", "a WebAssembly program"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (0, b".RMF", "a RealMedia file"),
    (0, b"#!AMR", "an AMR recording"),
    (0, b"caff", "a Core Audio file"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (4, b"ftypcrx ", "a Canon raw picture"),
    (0, b"\0\0\x01\0", "an icon"),
];

/// Signatures in text, compared in lower case after blanks and a byte order mark. Earlier ones win.
const TEXT: &[(&str, &str)] = &[
    ("#extm3u", "an HLS or M3U playlist"),
    ("ffconcat", "an ffmpeg concat list"),
    ("file '", "an ffmpeg concat list"),
    ("[playlist]", "a PLS playlist"),
    ("v=0", "an SDP session description"),
    ("<svg", "an SVG drawing"),
    ("<mpd", "a DASH manifest"),
    ("<smil", "a SMIL playlist"),
    ("<smoothstreamingmedia", "a Smooth Streaming manifest"),
    ("<asx", "an ASX playlist"),
    ("<!doctype html", "an HTML page"),
    ("<html", "an HTML page"),
    ("webvtt", "WebVTT subtitles"),
    ("{\\rtf", "an RTF document"),
    ("%!ps", "a PostScript document"),
    ("#!", "a script"),
];

/// What the file is that begins with `head`, if it is something known that we do not read.
pub fn foreign(head: &[u8]) -> Option<Foreign> {
    let named = |what| Foreign { what, plain: false };
    let binary = BINARY.iter().find(|(offset, mark, _)| has(head, *offset, mark));
    binary.map(|(_, _, what)| named(*what)).or_else(|| text(head))
}

fn text(head: &[u8]) -> Option<Foreign> {
    let text = readable(head)?.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).to_ascii_lowercase();
    let of = |text: &str| TEXT.iter().find(|(mark, _)| text.starts_with(mark)).map(|(_, what)| *what);
    if let Some(what) = of(&text) {
        return Some(Foreign { what, plain: false });
    }
    if text.starts_with("<?xml") || text.starts_with("<!") {
        // The first element with a known name says what kind of XML it is.
        let what = text.match_indices('<').find_map(|(at, _)| of(&text[at..])).unwrap_or("an XML document");
        return Some(Foreign { what, plain: false });
    }
    (!text.is_empty()).then_some(Foreign { what: "a text file", plain: true })
}

/// The head as text, if it is text: UTF-8 but for a character cut off at the end, and no control characters.
fn readable(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::foreign;

    fn what(head: &[u8]) -> &'static str {
        foreign(head).map_or("nothing known", |f| f.what)
    }

    #[test]
    fn playlists_and_manifests_are_named_whatever_stands_before_them() {
        assert_eq!(what(b"#EXTM3U\n#EXT-X-VERSION:3\n"), "an HLS or M3U playlist");
        assert_eq!(what(b"\xef\xbb\xbf\r\n#extm3u\n"), "an HLS or M3U playlist");
        assert_eq!(what(b"ffconcat version 1.0\nfile secret.txt\n"), "an ffmpeg concat list");
        assert_eq!(what(b"<?xml version=\"1.0\"?><!-- x --><svg xmlns=\"\">"), "an SVG drawing");
        assert_eq!(what(b"<?xml version=\"1.0\"?>\n<MPD type=\"static\">"), "a DASH manifest");
        assert_eq!(what(b"<?xml version=\"1.0\"?><note/>"), "an XML document");
        assert_eq!(what(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n"), "an SDP session description");
    }

    #[test]
    fn text_is_text_even_when_the_head_ends_within_a_character() {
        assert_eq!(what("Grüße".as_bytes()), "a text file");
        assert_eq!(what(b"caf\xc3"), "a text file");
        assert_eq!(what(b"\x01\x02\x03"), "nothing known");
        assert_eq!(what(b""), "nothing known");
    }
}
