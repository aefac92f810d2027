//! Signatures of pictures.

use gristmill_model::operation::Kind;

use super::{Sniffed, has};

/// Sizes the header after the BMP file header may have, by its versions.
const BMP_HEADERS: [u8; 7] = [12, 40, 52, 56, 64, 108, 124];

pub(super) fn sniff(head: &[u8]) -> Option<Sniffed> {
    let (format, media_type) = if head.starts_with(b"\xff\xd8\xff") {
        ("jpeg", "image/jpeg")
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("png", "image/png")
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        ("gif", "image/gif")
    } else if head.starts_with(b"RIFF") && has(head, 8, b"WEBP") {
        ("webp", "image/webp")
    } else if is_bmp(head) {
        ("bmp", "image/bmp")
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|mark| head.starts_with(*mark)) {
        ("tiff", "image/tiff")
    } else {
        return None;
    };
    Some(Sniffed::new(Kind::Image, format, media_type))
}

/// Two letters are not enough: the reserved bytes must be zero and the next header of a known size.
fn is_bmp(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && has(head, 6, &[0; 4])
        && head.get(14).is_some_and(|size| BMP_HEADERS.contains(size))
        && has(head, 15, &[0; 3])
}

#[cfg(test)]
mod tests {
    use super::sniff;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        let name = |head: &[u8]| sniff(head).map(|s| s.format);
        assert_eq!(name(b"\xff\xd8\xff\xe0"), Some("jpeg"));
        assert_eq!(name(b"RIFF\0\0\0\0WEBPVP8 "), Some("webp"));
        assert_eq!(name(b"RIFF\0\0\0\0WAVEfmt "), None);
        assert_eq!(name(b"MM\0*\0\0\0\x08"), Some("tiff"));
        assert_eq!(name(b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), Some("bmp"));
        assert_eq!(name(b"BMW is a car, not a picture"), None);
    }
}
