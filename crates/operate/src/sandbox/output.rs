//! What a child says: its output as lines and a bounded record, its errors as a bounded tail. No child can fill memory.

/// How much of the standard output is kept.
const KEPT_OUTPUT: usize = 16 << 20;

/// How much of the standard error is kept: the end, where the cause is.
const KEPT_ERRORS: usize = 64 << 10;

/// A line longer than this is told in pieces.
const LONGEST_LINE: usize = 64 << 10;

/// The standard output so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    kept: Vec<u8>,
    partial: Vec<u8>,
}

impl Lines {
    /// Takes more output and tells every line it completes; whether there was one.
    pub(super) fn push(&mut self, bytes: &[u8], on_line: &mut (dyn FnMut(&str) + Send)) -> bool {
        let room = KEPT_OUTPUT - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let mut told = false;
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.partial.len() >= LONGEST_LINE {
                self.tell(on_line);
                told = true;
            }
        }
        told
    }

    /// Tells the line that had no end, and gives the record.
    pub(super) fn finish(mut self, on_line: &mut (dyn FnMut(&str) + Send)) -> String {
        if !self.partial.is_empty() {
            self.tell(on_line);
        }
        text(self.kept)
    }

    fn tell(&mut self, on_line: &mut (dyn FnMut(&str) + Send)) {
        on_line(String::from_utf8_lossy(&self.partial).trim_end_matches(['\n', '\r']));
        self.partial.clear();
    }
}

/// The end of the standard error.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// Takes more, and forgets what is too old; in large steps, so that each byte moves about once.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        if self.0.len() > 2 * KEPT_ERRORS {
            self.trim();
        }
    }

    /// The last 64 KiB.
    pub(super) fn finish(mut self) -> String {
        self.trim();
        text(self.0)
    }

    fn trim(&mut self) {
        let old = self.0.len().saturating_sub(KEPT_ERRORS);
        self.0.drain(..old);
    }
}

/// What a tool said without the addresses it was given: what follows the port of a gateway is a secret, which belongs in no log.
pub(super) fn without_addresses(text: &str, port: u16) -> String {
    let before = format!("127.0.0.1:{port}/");
    let mut pieces = text.split(&before);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(&before);
        kept.push('…');
        kept.push_str(piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric()));
    }
    kept
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{KEPT_ERRORS, LONGEST_LINE, Lines, Tail};

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut lines = Lines::default();
        for chunk in chunks {
            lines.push(chunk, &mut |line| seen.push(line.to_owned()));
        }
        lines.finish(&mut |line| seen.push(line.to_owned()));
        seen
    }

    #[test]
    fn lines_are_told_whole_wherever_the_reads_fall() {
        assert_eq!(lines(&[b"on", b"e\r\ntwo\n\nth", b"ree"]), ["one", "two", "", "three"]);
        assert_eq!(lines(&[b"caf\xc3", b"\xa9\n"]), ["caf\u{e9}"]);
    }

    #[test]
    fn an_endless_line_is_told_in_pieces() {
        let told = lines(&[&vec![b'x'; LONGEST_LINE], b"y"]);
        assert_eq!(told.iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE, 1]);
    }

    #[test]
    fn only_the_end_of_the_errors_is_kept() {
        let mut tail = Tail::default();
        for _ in 0..1000 {
            tail.push(&[b'x'; 1000]);
        }
        tail.push(b"the cause");
        let kept = tail.finish();
        assert_eq!(kept.len(), KEPT_ERRORS);
        assert!(kept.ends_with("the cause"));
    }
}
