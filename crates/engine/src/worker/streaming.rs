//! Whether a remote file is read through the gateway or copied to this node first. Pure: what is known of the file is given.

use gristmill_model::operation::Kind;
use gristmill_operate::{Sniffed, sniff};

/// How remote files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streaming {
    /// Whether any is read through the gateway; else all are copied.
    pub enabled: bool,
    /// The most that is fetched in one request, in bytes.
    pub chunk: u64,
    /// Files with fewer bytes are copied.
    pub threshold: u64,
}

impl Default for Streaming {
    /// 8 MiB at once, and copies below 64 MiB.
    fn default() -> Self {
        Self { enabled: true, chunk: 8 << 20, threshold: 64 << 20 }
    }
}

/// From so many readings of the whole file on, a copy moves fewer bytes.
const MANY_PASSES: u32 = 3;

/// What is known before a remote file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// Its size.
    pub(super) bytes: u64,
    /// Its first bytes.
    pub(super) head: &'a [u8],
    /// Whether its server answers ranges.
    pub(super) has_ranges: bool,
    /// How often the step reads all of it by URL; `None` when it reads local files only.
    pub(super) passes: Option<u32>,
    /// Whether this kernel can confine a tool to the gateway's port.
    pub(super) confined: bool,
}

/// Why a file is copied; `None` when it is read through the gateway.
pub(super) fn why_copied(streaming: &Streaming, facts: &Facts<'_>) -> Option<&'static str> {
    why_copied_unseen(streaming, facts).or_else(|| of_content(facts.head))
}

/// The same without looking at the content: what this says need not be asked for its first bytes.
pub(super) fn why_copied_unseen(streaming: &Streaming, facts: &Facts<'_>) -> Option<&'static str> {
    match facts {
        _ if !streaming.enabled => Some("streaming is switched off"),
        Facts { passes: None, .. } => Some("the step reads local files only"),
        Facts { confined: false, .. } => Some("this kernel cannot confine a tool to one port"),
        Facts { has_ranges: false, .. } => Some("its server answers no ranges"),
        Facts { passes: Some(MANY_PASSES..), .. } => Some("the step reads it several times"),
        Facts { bytes, .. } if *bytes < streaming.threshold => Some("it is small"),
        _ => None,
    }
}

fn of_content(head: &[u8]) -> Option<&'static str> {
    match sniff(head) {
        Some(Sniffed { kind: Kind::Image, .. }) => Some("pictures are decoded from local files"),
        Some(Sniffed { kind: Kind::Document, .. }) => Some("documents are read from local files"),
        Some(Sniffed { format: "avi", .. }) if !avi_has_index(head) => Some("an AVI without an index is searched all over"),
        Some(Sniffed { format: "matroska" | "webm", .. }) if !names_cues(head) => Some("a Matroska without cues is searched all over"),
        None if is_mxf(head) => Some("an MXF is read in many places at once"),
        _ => None,
    }
}

/// The main header of an AVI comes first, and in its flags `AVIF_HASINDEX` (AVI RIFF file reference, `AVIMAINHEADER`).
fn avi_has_index(head: &[u8]) -> bool {
    const HAS_INDEX: u8 = 0x10;
    head.get(24..28) == Some(b"avih") && head.get(44).is_some_and(|flags| flags & HAS_INDEX != 0)
}

/// A Matroska tells in a seek head at its beginning where its other parts are; cues are 1C53BB6B, as the identifier (53AB) of an entry
/// (RFC 9559, 6.3).
fn names_cues(head: &[u8]) -> bool {
    head.windows(7).any(|bytes| bytes == [0x53, 0xAB, 0x84, 0x1C, 0x53, 0xBB, 0x6B])
}

/// The key of a partition pack (SMPTE ST 377-1).
fn is_mxf(head: &[u8]) -> bool {
    head.starts_with(&[0x06, 0x0E, 0x2B, 0x34, 0x02, 0x05, 0x01, 0x01, 0x0D, 0x01, 0x02])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MP4: &[u8] = b"\0\0\0\x14ftypisom\0\0\x02\0isom";

    fn facts(head: &[u8]) -> Facts<'_> {
        Facts { bytes: 1 << 30, head, has_ranges: true, passes: Some(1), confined: true }
    }

    fn why(facts: &Facts<'_>) -> &'static str {
        why_copied(&Streaming::default(), facts).unwrap_or("gateway")
    }

    #[test]
    fn a_large_film_goes_through_the_gateway_and_each_reason_against_it_is_told() {
        let film = facts(MP4);
        assert_eq!(why(&film), "gateway");
        assert_eq!(why(&Facts { bytes: (64 << 20) - 1, ..film }), "it is small");
        assert_eq!(why(&Facts { bytes: 64 << 20, ..film }), "gateway");
        assert_eq!(why(&Facts { passes: None, ..film }), "the step reads local files only");
        assert_eq!(why(&Facts { passes: Some(2), ..film }), "gateway");
        assert_eq!(why(&Facts { passes: Some(3), ..film }), "the step reads it several times");
        assert_eq!(why(&Facts { has_ranges: false, ..film }), "its server answers no ranges");
        assert_eq!(why(&Facts { confined: false, ..film }), "this kernel cannot confine a tool to one port");
        let off = Streaming { enabled: false, ..Streaming::default() };
        assert_eq!(why_copied(&off, &film), Some("streaming is switched off"));
    }

    #[test]
    fn what_is_searched_all_over_is_copied() {
        let avi = |flags: u8| [&b"RIFF\0\0\0\0AVI LIST\0\0\0\0hdrlavih\x38\0\0\0"[..], &[0; 12], &[flags, 0, 0, 0], &[0; 64]].concat();
        assert_eq!(why(&facts(&avi(0x10))), "gateway");
        assert_eq!(why(&facts(&avi(0x00))), "an AVI without an index is searched all over");
        let matroska = |rest: &[u8]| [&b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska"[..], rest, &[0; 64]].concat();
        assert_eq!(why(&facts(&matroska(&[0x53, 0xAB, 0x84, 0x1C, 0x53, 0xBB, 0x6B]))), "gateway");
        assert_eq!(why(&facts(&matroska(b""))), "a Matroska without cues is searched all over");
        assert_eq!(why(&facts(b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02")), "an MXF is read in many places at once");
    }

    #[test]
    fn pictures_and_documents_are_copied() {
        assert_eq!(why(&facts(b"\xff\xd8\xff\xe0\0\x10JFIF\0")), "pictures are decoded from local files");
        assert_eq!(why(&facts(b"%PDF-1.7\n")), "documents are read from local files");
    }
}
