//! Signatures of sound.

use gristmill_model::operation::Kind;

use super::{Sniffed, has};

const MP3: Sniffed = Sniffed::new(Kind::Audio, "mp3", "audio/mpeg");
const AAC: Sniffed = Sniffed::new(Kind::Audio, "aac", "audio/aac");
const FLAC: Sniffed = Sniffed::new(Kind::Audio, "flac", "audio/flac");

pub(super) fn sniff(head: &[u8]) -> Option<Sniffed> {
    let riff = head.starts_with(b"RIFF") || head.starts_with(b"RF64") || head.starts_with(b"BW64");
    if riff && has(head, 8, b"WAVE") {
        return Some(Sniffed::new(Kind::Audio, "wav", "audio/wav"));
    }
    if head.starts_with(b"FORM") && (has(head, 8, b"AIFF") || has(head, 8, b"AIFC")) {
        return Some(Sniffed::new(Kind::Audio, "aiff", "audio/aiff"));
    }
    match tag_length(head) {
        // A tag says "sound"; what kind often lies beyond the head, and then it is nearly always MP3.
        Some(length) => Some(head.get(length..).and_then(stream).unwrap_or(MP3)),
        None => stream(head).or_else(|| stream(&head[padding(head)..])),
    }
}

/// Some writers put zeros before the first frame.
fn padding(head: &[u8]) -> usize {
    head.iter().position(|b| *b != 0).unwrap_or(head.len())
}

fn stream(bytes: &[u8]) -> Option<Sniffed> {
    if bytes.starts_with(b"fLaC") {
        Some(FLAC)
    } else if repeats(bytes, adts_frame) {
        Some(AAC)
    } else if repeats(bytes, mpeg_frame) {
        Some(MP3)
    } else {
        None
    }
}

/// The length of an ID3v2 tag with its header; sizes are written in seven bits a byte.
fn tag_length(head: &[u8]) -> Option<usize> {
    let rest = head.strip_prefix(b"ID3").filter(|rest| matches!(rest.first(), Some(2..=4)))?;
    let size = rest.get(3..7)?;
    size.iter().all(|b| *b < 0x80).then(|| 10 + size.iter().fold(0, |sum, b| sum << 7 | usize::from(*b)))
}

/// Whether two frames follow each other: eleven set bits alone are found in any data.
fn repeats(bytes: &[u8], frame: impl Fn(&[u8]) -> Option<usize>) -> bool {
    frame(bytes).and_then(|length| bytes.get(length..)).and_then(frame).is_some()
}

/// The length of an ADTS frame (ISO 13818-7, 6.2) by its header.
fn adts_frame(bytes: &[u8]) -> Option<usize> {
    let [a, b, c, d, e, f, ..] = *bytes else { return None };
    let valid = a == 0xff && b & 0xf6 == 0xf0 && (c >> 2) & 0xf < 13;
    let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f) >> 5;
    (valid && length >= 7).then_some(length)
}

/// Kilobits a second by the index in the header: MPEG-1 layers II and III, and MPEG-2 layers II and III (ISO 11172-3, 13818-3).
const RATES: [[u16; 14]; 3] = [
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// The length of an MPEG audio frame of layer II or III by its header.
fn mpeg_frame(bytes: &[u8]) -> Option<usize> {
    let [a, b, c, ..] = *bytes else { return None };
    let (version, layer) = ((b >> 3) & 3, (b >> 1) & 3);
    if a != 0xff || b & 0xe0 != 0xe0 || version == 1 || !matches!(layer, 1 | 2) {
        return None;
    }
    let table = if version == 3 { usize::from(layer == 1) } else { 2 };
    let rate = RATES[table].get(usize::from(c >> 4).checked_sub(1)?)?;
    let sample_rate = [44_100, 48_000, 32_000].get(usize::from((c >> 2) & 3))?
        >> match version {
            3 => 0,
            2 => 1,
            _ => 2,
        };
    let factor = if version != 3 && layer == 1 { 72_000 } else { 144_000 };
    Some(usize::from(*rate) * factor / sample_rate + usize::from((c >> 1) & 1))
}

#[cfg(test)]
mod tests {
    use super::{mpeg_frame, sniff};

    fn name(head: &[u8]) -> Option<&'static str> {
        sniff(head).map(|s| s.format)
    }

    #[test]
    fn the_length_of_a_frame_follows_the_standard() {
        assert_eq!(mpeg_frame(b"\xff\xfb\x90\x64"), Some(417), "MPEG-1 layer III, 128 kbit/s, 44.1 kHz");
        assert_eq!(mpeg_frame(b"\xff\xf3\x40\xc4"), Some(32_000 * 72 / 22_050), "MPEG-2 layer III");
        assert_eq!(mpeg_frame(b"\xff\xfb\xf0\x64"), None, "no such rate");
    }

    #[test]
    fn mp3_needs_two_frames_in_a_row_or_a_tag() {
        let mut frames = vec![0; 900];
        frames[..4].copy_from_slice(b"\xff\xfb\x90\x64");
        assert_eq!(name(&frames), None);
        frames[417..421].copy_from_slice(b"\xff\xfb\x90\x64");
        assert_eq!(name(&frames), Some("mp3"));
        let padded = [vec![0; 240], frames].concat();
        assert_eq!(name(&padded), Some("mp3"));
        assert_eq!(name(b"ID3\x04\0\0\0\0\x23\x54TSSE"), Some("mp3"));
        assert_eq!(name(b"ID3\x04\0\0\0\0\0\0fLaC"), Some("flac"));
    }

    #[test]
    fn wave_and_aiff_are_known_by_form_and_type() {
        assert_eq!(name(b"RIFF\0\0\0\0WAVEfmt "), Some("wav"));
        assert_eq!(name(b"FORM\0\0\0\0AIFCFVER"), Some("aiff"));
    }
}
