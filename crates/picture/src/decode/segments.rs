//! Walks the marker segments of a JPEG before its first scan: profile, XMP, and whose CMYK it is. Pure and bounded.

/// What the segments before the first scan hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Segments {
    /// The ICC profile, joined from its chunks (ICC.1:2022, annex B.4).
    pub icc: Option<Vec<u8>>,
    /// The XMP packet (XMP specification part 3, section 1.1.3).
    pub xmp: Option<Vec<u8>>,
    /// Whether Adobe wrote it; such files store CMYK inverted, 255 for no ink.
    pub adobe: bool,
}

const ICC_NAME: &[u8] = b"ICC_PROFILE\0";
const XMP_NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Reads them; what is cut off or out of order is left out.
pub(crate) fn read_segments(jpeg: &[u8]) -> Segments {
    let mut found = Segments::default();
    let mut chunks: Vec<(u8, &[u8])> = Vec::new();
    for (marker, body) in Walk(jpeg.get(2..).unwrap_or_default()) {
        match marker {
            0xe1 if body.starts_with(XMP_NAME) => found.xmp = Some(body[XMP_NAME.len()..].to_vec()),
            0xe2 if body.starts_with(ICC_NAME) && body.len() > ICC_NAME.len() + 2 => {
                chunks.push((body[ICC_NAME.len()], &body[ICC_NAME.len() + 2..]))
            }
            0xee => found.adobe |= body.starts_with(b"Adobe"),
            _ => {}
        }
    }
    chunks.sort_by_key(|(number, _)| *number);
    if !chunks.is_empty() {
        found.icc = Some(chunks.into_iter().flat_map(|(_, part)| part.iter().copied()).collect());
    }
    found
}

/// Marker and body, segment by segment, until the first scan or the first disorder.
struct Walk<'a>(&'a [u8]);

impl<'a> Iterator for Walk<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Fill bytes before a marker are allowed (ITU T.81, B.1.1.2).
        let fill = self.0.iter().take_while(|b| **b == 0xff).count();
        let marker = *self.0.get(fill)?;
        if fill == 0 || matches!(marker, 0xda | 0xd9 | 0) {
            return None;
        }
        let rest = &self.0[fill + 1..];
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let body = rest.get(2..length)?;
        self.0 = &rest[length..];
        Some((marker, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        [&[0xff, marker][..], &(body.len() as u16 + 2).to_be_bytes(), body].concat()
    }

    #[test]
    fn a_profile_in_two_chunks_is_joined_in_their_order() {
        let second = segment(0xe2, b"ICC_PROFILE\0\x02\x02world");
        let first = segment(0xe2, b"ICC_PROFILE\0\x01\x02hello ");
        let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x02");
        let file = [&[0xff, 0xd8][..], &second, &first, &adobe, &[0xff, 0xda]].concat();
        let found = read_segments(&file);
        assert_eq!(found.icc.as_deref(), Some(&b"hello world"[..]));
        assert!(found.adobe);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            read_segments(&[&[0xff, 0xd8, 0xff, 0xe1][..], &bytes].concat());
        }
    }
}
