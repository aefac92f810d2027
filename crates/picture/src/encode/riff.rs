//! The chunks of a WebP file (RFC 9649, section 2): reading ours back, writing extended headers.

/// A chunk with its padding.
pub(super) fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &(body.len() as u32).to_le_bytes(), body, padding].concat()
}

/// A whole file of these chunks.
pub(super) fn file(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", chunks].concat()
}

/// What an extended header announces.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Features {
    pub alpha: bool,
    pub animation: bool,
    pub exif: bool,
}

/// `VP8X`: features and the size of the canvas.
pub(super) fn extended(width: u32, height: u32, features: Features) -> Vec<u8> {
    let flags = u8::from(features.alpha) << 4 | u8::from(features.exif) << 3 | u8::from(features.animation) << 1;
    let [w, h] = [width - 1, height - 1].map(u32::to_le_bytes);
    chunk(b"VP8X", &[flags, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]])
}

/// The chunks that make the picture of a still file (`ALPH`, `VP8 `, `VP8L`), without its extended header.
pub(super) fn picture_chunks(webp: &[u8]) -> Vec<u8> {
    let mut rest = webp.get(12..).unwrap_or_default();
    let mut kept = Vec::with_capacity(rest.len());
    while let (Some(kind), Some(length)) = (rest.first_chunk::<4>(), rest.get(4..).and_then(|r| r.first_chunk::<4>())) {
        let whole = (u32::from_le_bytes(*length) as usize).next_multiple_of(2).saturating_add(8).min(rest.len());
        if matches!(kind, b"ALPH" | b"VP8 " | b"VP8L") {
            kept.extend_from_slice(&rest[..whole]);
        }
        rest = &rest[whole..];
    }
    kept
}
