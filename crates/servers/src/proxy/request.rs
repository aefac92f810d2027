//! Where a request of HTTP/1.1 begins and ends in the bytes of a client. Bodies have a length; chunked ones are not told apart.

/// A piece of what a client sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A whole head, with the empty line that ends it.
    Head(Vec<u8>),
    /// Some of the body.
    Body(&'a [u8]),
}

/// What is known of the request that is being read.
#[derive(Debug, Default)]
pub(super) struct Requests {
    head: Vec<u8>,
    left: u64,
}

impl Requests {
    /// Takes the next piece off the front of `bytes`; `None` when the rest is the beginning of a head.
    pub(super) fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Piece<'a>> {
        if self.left > 0 && !bytes.is_empty() {
            let length = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let (body, rest) = bytes.split_at(length);
            *bytes = rest;
            self.left -= length as u64;
            return Some(Piece::Body(body));
        }
        while let Some((byte, rest)) = bytes.split_first() {
            self.head.push(*byte);
            *bytes = rest;
            if self.head.ends_with(b"\r\n\r\n") {
                self.left = length(&self.head);
                return Some(Piece::Head(std::mem::take(&mut self.head)));
            }
        }
        None
    }

    /// Whether all of the last request's body was there.
    pub(super) fn at_end(&self) -> bool {
        self.left == 0
    }
}

fn length(head: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(head);
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.map(|(_, value)| value.trim().parse().unwrap_or(0)).next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_requests_in_odd_pieces_are_told_apart() {
        let sent = b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\n";
        for size in 1..sent.len() {
            let (mut requests, mut heads, mut body) = (Requests::default(), Vec::new(), Vec::new());
            for mut bytes in sent.chunks(size) {
                while let Some(piece) = requests.next(&mut bytes) {
                    match piece {
                        Piece::Head(head) => heads.push(head[..4].to_vec()),
                        Piece::Body(bytes) => body.extend_from_slice(bytes),
                    }
                }
            }
            assert_eq!((heads, body.as_slice(), requests.at_end()), (vec![b"PUT ".to_vec(), b"GET ".to_vec()], &b"abc"[..], true));
        }
    }
}
