//! Signatures of containers: ISO media by its brands, Matroska, AVI, MPEG streams, Flash, Ogg.

use gristmill_model::operation::Kind;

use super::{Sniffed, contains, has};

const MP4: Sniffed = Sniffed::new(Kind::Video, "mp4", "video/mp4");
const MOV: Sniffed = Sniffed::new(Kind::Video, "mov", "video/quicktime");
const GP3: Sniffed = Sniffed::new(Kind::Video, "3gp", "video/3gpp");
const M4A: Sniffed = Sniffed::new(Kind::Audio, "m4a", "audio/mp4");
const HEIC: Sniffed = Sniffed::new(Kind::Image, "heic", "image/heic");
const AVIF: Sniffed = Sniffed::new(Kind::Image, "avif", "image/avif");

/// Boxes an old QuickTime file without a brand begins with.
const OLD_QUICKTIME: [&[u8; 4]; 6] = [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"];

pub(super) fn sniff(head: &[u8]) -> Option<Sniffed> {
    iso_media(head).or_else(|| {
        Some(if head.starts_with(b"\x1a\x45\xdf\xa3") {
            matroska(head)
        } else if head.starts_with(b"RIFF") && (has(head, 8, b"AVI ") || has(head, 8, b"AVIX")) {
            Sniffed::new(Kind::Video, "avi", "video/x-msvideo")
        } else if head.starts_with(b"FLV\x01") {
            Sniffed::new(Kind::Video, "flv", "video/x-flv")
        } else if head.starts_with(b"OggS\0") {
            ogg(head)
        } else if head.starts_with(b"\0\0\x01\xba") {
            Sniffed::new(Kind::Video, "mpegps", "video/mpeg")
        } else if is_transport_stream(head) {
            Sniffed::new(Kind::Video, "mpegts", "video/mp2t")
        } else {
            return None;
        })
    })
}

fn iso_media(head: &[u8]) -> Option<Sniffed> {
    let kind = head.get(4..8)?;
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    if kind != b"ftyp" {
        let old = OLD_QUICKTIME.iter().any(|known| kind == *known) && (size == 1 || size >= 8);
        return old.then_some(MOV);
    }
    let end = usize::try_from(size).ok()?.clamp(16, 512).min(head.len());
    by_brands(head.get(8..end)?)
}

/// The major brand decides. `mif1` and `msf1` only say "some picture", so there the compatible ones do.
fn by_brands(brands: &[u8]) -> Option<Sniffed> {
    let compatible = |wanted: &[u8]| brands.get(8..).unwrap_or(&[]).chunks_exact(4).any(|brand| brand == wanted);
    Some(match brands.get(..4)? {
        b"qt  " => MOV,
        b"avif" | b"avis" => AVIF,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => HEIC,
        b"mif1" | b"msf1" if compatible(b"avif") || compatible(b"avis") => AVIF,
        b"mif1" | b"msf1" => HEIC,
        b"M4A " | b"M4B " | b"M4P " => M4A,
        b"crx " | b"jxl " | b"jp2 " | b"jpx " => return None,
        major if major.starts_with(b"3g") => GP3,
        _ => MP4,
    })
}

/// The document type stands in the first element, which is short; WebM is Matroska with fewer codecs.
fn matroska(head: &[u8]) -> Sniffed {
    if contains(&head[..head.len().min(128)], b"webm") {
        Sniffed::new(Kind::Video, "webm", "video/webm")
    } else {
        Sniffed::new(Kind::Video, "matroska", "video/x-matroska")
    }
}

/// The first page of each stream names its codec, and those pages come first.
fn ogg(head: &[u8]) -> Sniffed {
    if contains(head, b"\x80theora") || contains(head, b"BBCD\0") {
        Sniffed::new(Kind::Video, "ogg", "video/ogg")
    } else {
        Sniffed::new(Kind::Audio, "ogg", "audio/ogg")
    }
}

/// A sync byte every 188 bytes, or every 192 with four bytes of time before each (as cameras and discs write it).
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].iter().any(|(first, stride)| {
        let mut packets = head.iter().skip(*first).step_by(*stride);
        head.len() > first + 4 * stride && packets.all(|sync| *sync == 0x47)
    })
}

#[cfg(test)]
mod tests {
    use super::sniff;

    fn name(head: &[u8]) -> Option<&'static str> {
        sniff(head).map(|s| s.format)
    }

    #[test]
    fn iso_media_is_known_by_its_brands() {
        assert_eq!(name(b"\0\0\0\x14ftypisom\0\0\x02\0isom"), Some("mp4"));
        assert_eq!(name(b"\0\0\0\x14ftypM4A \0\0\0\0isom"), Some("m4a"));
        assert_eq!(name(b"\0\0\0\x14ftyp3gp5\0\0\0\0isom"), Some("3gp"));
        assert_eq!(name(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), Some("heic"));
        assert_eq!(name(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), Some("avif"));
        assert_eq!(name(b"\0\0\0\x18ftypcrx \0\0\0\0crx isom"), None);
    }

    #[test]
    fn quicktime_from_before_brands_is_known_by_its_first_box() {
        assert_eq!(name(b"\0\0\0\x08wide\0\0\0\0mdat"), Some("mov"));
        assert_eq!(name(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\0"), Some("mov"));
        assert_eq!(name(b"\0\0\0\x02moov"), None);
    }

    #[test]
    fn transport_streams_need_their_sync_again_and_again() {
        let mut packets = vec![0; 188 * 6];
        packets.iter_mut().step_by(188).for_each(|b| *b = 0x47);
        assert_eq!(name(&packets), Some("mpegts"));
        packets[188] = 0;
        assert_eq!(name(&packets), None);
        assert_eq!(name(b"Good morning"), None);
    }

    #[test]
    fn webm_and_matroska_are_told_apart() {
        assert_eq!(name(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"), Some("webm"));
        assert_eq!(name(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska"), Some("matroska"));
    }
}
