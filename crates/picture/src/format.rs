//! Which formats are read, told by content, and which are written.

use serde::{Deserialize, Serialize};

/// A format we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, animated or not.
    Png,
    /// WebP, animated or not.
    Webp,
    /// GIF.
    Gif,
    /// TIFF, also of many pages.
    Tiff,
    /// BMP.
    Bmp,
    /// HEIC, decoded by another program first.
    Heic,
    /// AVIF, decoded by another program first.
    Avif,
}

impl Format {
    /// Told by the first bytes (a few hundred suffice); never by a name.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Self::Tiff),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(Self::Bmp),
            _ => Self::sniff_heif(head),
        }
    }

    /// A HEIF container by its brands (ISO/IEC 23008-12, annex B; AV1 Image File Format, section 6).
    fn sniff_heif(head: &[u8]) -> Option<Self> {
        let length = u32::from_be_bytes(*head.first_chunk::<4>()?) as usize;
        let brands = head.get(8..length.clamp(8, head.len()))?;
        if head.get(4..8)? != b"ftyp" {
            return None;
        }
        let (brands, _) = brands.as_chunks::<4>();
        // The second word is a version, not a brand; no version number spells one.
        let any = |wanted: &[&[u8; 4]]| brands.iter().any(|b| wanted.contains(&b));
        if any(&[b"avif", b"avis"]) {
            return Some(Self::Avif);
        }
        any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]).then_some(Self::Heic)
    }

    /// Short stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Heic => "heic",
            Self::Avif => "avif",
        }
    }

    /// Whether it is a HEIF container, which another program decodes for us.
    pub fn is_heif(self) -> bool {
        matches!(self, Self::Heic | Self::Avif)
    }
}

/// A format we write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// JPEG: small, without alpha.
    Jpeg,
    /// PNG: exact.
    Png,
    /// WebP: lossy, with alpha, can move.
    Webp,
    /// AVIF: the smallest, and the slowest.
    Avif,
}

impl Encoding {
    /// The ending of a result's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        assert_eq!(Format::sniff(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(Format::sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Some(Format::Avif));
        assert_eq!(Format::sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some(Format::Heic));
        assert_eq!(Format::sniff(b"\0\0\0\x18ftypisom\0\0\0\0isommp42"), None);
        assert_eq!(Format::sniff(b""), None);
        assert_eq!(Format::sniff(b"\0\0\0\x01ftyp"), None);
        assert_eq!(Format::sniff(b"#EXTM3U\n"), None);
    }
}
