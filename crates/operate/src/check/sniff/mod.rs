//! What a file is by its first bytes. Pure, our own, and the only thing formats and demuxers are chosen by: never a name.

mod audio;
mod container;
mod foreign;
mod office;
mod picture;

pub use foreign::foreign;

use gristmill_model::operation::Kind;

/// How many bytes from the start [`sniff`] wants; fewer are fine when the file is shorter.
pub const HEAD: usize = 4096;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// Its kind. A container of moving pictures counts as video although it may hold sound alone; a probe refines that.
    pub kind: Kind,
    /// A short stable name of its format: `jpeg`, `mp4`, `matroska`.
    pub format: &'static str,
    /// Its media type.
    pub media_type: &'static str,
}

impl Sniffed {
    const fn new(kind: Kind, format: &'static str, media_type: &'static str) -> Self {
        Self { kind, format, media_type }
    }

    /// The demuxer of ffmpeg and ffprobe to force with `-f` and to white-list alone; none for pictures and documents.
    pub fn demuxer(&self) -> Option<&'static str> {
        match self.format {
            "mp4" | "mov" | "3gp" | "m4a" => Some("mov"),
            "matroska" | "webm" => Some("matroska"),
            "mpegps" => Some("mpeg"),
            same @ ("avi" | "mpegts" | "flv" | "ogg" | "mp3" | "aac" | "flac" | "wav" | "aiff") => Some(same),
            _ => None,
        }
    }
}

/// What the file is that begins with `head` (its first [`HEAD`] bytes, or all of a shorter one); `None` when it is nothing we read.
/// Signatures that must stand at the start go before those that may come later.
pub fn sniff(head: &[u8]) -> Option<Sniffed> {
    let head = &head[..head.len().min(HEAD)];
    picture::sniff(head)
        .or_else(|| container::sniff(head))
        .or_else(|| audio::sniff(head))
        .or_else(|| office::sniff(head))
        .or_else(|| document(head))
}

/// Readers of PDF look for its mark within the first KiB; text in front of it is common, another format is not taken for it.
fn document(head: &[u8]) -> Option<Sniffed> {
    let start = &head[..head.len().min(1024)];
    let known = start.starts_with(b"%PDF-") || (foreign(head).is_none_or(|f| f.is_text()) && contains(start, b"%PDF-"));
    known.then_some(Sniffed::new(Kind::Document, "pdf", "application/pdf"))
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Whether `bytes` has `wanted` at `offset`.
fn has(bytes: &[u8], offset: usize, wanted: &[u8]) -> bool {
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::{HEAD, contains, foreign, sniff};

    fn format(head: &[u8]) -> Option<&'static str> {
        sniff(head).map(|s| s.format)
    }

    /// A deterministic source of bytes, so that a failure can be repeated from its seed.
    fn noise(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    const MARKS: [&[u8]; 20] = [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x10\0\0\0WEBP",
        b"BM",
        b"II*\0",
        b"\0\0\0\x20ftyp",
        b"\0\0\0\x08moov",
        b"\x1a\x45\xdf\xa3",
        b"G",
        b"\0\0\x01\xba",
        b"FLV\x01",
        b"OggS",
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        b"\xff\xfb\x90\x64",
        b"\xff\xf1",
        b"fLaC",
        b"FORM\0\0\0\0AIFF",
        b"%PDF-",
        b"#EXTM3U",
    ];

    #[test]
    fn no_bytes_make_it_panic() {
        let mut seed = 0x9e37_79b9_7f4a_7c15;
        for round in 0..20_000_usize {
            let mark = MARKS[round % MARKS.len()];
            let length = usize::try_from(noise(&mut seed) % 300).unwrap();
            let mut bytes = mark.to_vec();
            // Few distinct values make lengths, syncs and brands meet more often than pure noise does.
            bytes.extend((0..length).map(|_| {
                let n = noise(&mut seed).to_le_bytes();
                if n[1] < 128 { n[0] } else { mark[usize::from(n[0]) % mark.len()] }
            }));
            for cut in [0, mark.len().min(3), mark.len(), bytes.len()] {
                let _ = (sniff(&bytes[..cut]), foreign(&bytes[..cut]));
            }
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(format(b""), None);
        assert_eq!(format(&[0; HEAD]), None);
        assert_eq!(format(b"hello"), None);
    }

    #[test]
    fn a_pdf_may_have_text_before_its_mark_but_no_other_format() {
        assert_eq!(format(b"%PDF-1.7\n"), Some("pdf"));
        assert_eq!(format(b"some mailer's header\r\n%PDF-1.4\n"), Some("pdf"));
        assert_eq!(format(b"\x7fELF....%PDF-1.4\n"), None);
        assert_eq!(format(b"#EXTM3U\n#%PDF-1.4\n"), None);
    }

    #[test]
    fn every_format_of_sound_and_video_has_a_demuxer_and_no_other_has() {
        assert_eq!(sniff(b"\0\0\0\x10ftypqt  \0\0\0\0").unwrap().demuxer(), Some("mov"));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n").unwrap().demuxer(), None);
        assert!(contains(b"abc", b"bc"));
    }
}
