//! Which pipeline a file is for when nobody says: by its first bytes and what the pipelines accept. Only a hint; whether
//! the file qualifies is decided by its own `file.check`.

use std::io::Read;
use std::path::Path;

use gristmill_engine::Pipelines;
use gristmill_model::operation::Kind;

use crate::failure::misused;

/// The one pipeline that accepts files like `path`.
pub fn pipeline(pipelines: &Pipelines, path: &Path) -> anyhow::Result<String> {
    let known: Vec<&str> = pipelines.all().map(|p| p.name.as_str()).collect();
    let next = format!("name one with --pipeline: {}", known.join(", "));
    let mut head = [0; 16];
    let read = std::fs::File::open(path).and_then(|mut f| f.read(&mut head)).unwrap_or(0);
    let Some(kind) = kind(&head[..read]) else {
        return Err(misused(format!("no pipeline can be guessed from the content of {}", path.display()), next));
    };
    let accepting: Vec<&str> = pipelines.all().filter(|p| p.accepts.contains(&kind)).map(|p| p.name.as_str()).collect();
    match accepting.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(misused(format!("no pipeline accepts {} files", kind.as_str()), next)),
        several => Err(misused(format!("{} pipelines accept {} files: {}", several.len(), kind.as_str(), several.join(", ")), next)),
    }
}

/// What the first bytes suggest. Signatures: PNG, JPEG, GIF, BMP, TIFF, WebP, the `ftyp` brands of ISO media, EBML, AVI, FLV, MPEG.
fn kind(head: &[u8]) -> Option<Kind> {
    let at = |from: usize, sign: &[u8]| head.get(from..from + sign.len()) == Some(sign);
    let image = [&b"\x89PNG"[..], b"\xFF\xD8\xFF", b"GIF8", b"BM", b"II*\0", b"MM\0*"].iter().any(|s| at(0, s))
        || (at(0, b"RIFF") && at(8, b"WEBP"));
    let still = [b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis"].iter().any(|s| at(8, *s));
    let video = [&b"\x1A\x45\xDF\xA3"[..], b"FLV", b"\0\0\x01\xBA", b"\0\0\x01\xB3", b"\x47"].iter().any(|s| at(0, s))
        || (at(0, b"RIFF") && at(8, b"AVI "));
    match () {
        () if image || (at(4, b"ftyp") && still) => Some(Kind::Image),
        () if video || at(4, b"ftyp") || at(4, b"moov") || at(4, b"mdat") => Some(Kind::Video),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_not_the_name_decides() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Some(Kind::Image));
        assert_eq!(kind(b"\0\0\0\x18ftypheic"), Some(Kind::Image));
        assert_eq!(kind(b"\0\0\0\x18ftypisom"), Some(Kind::Video));
        assert_eq!(kind(b"RIFF\0\0\0\0AVI "), Some(Kind::Video));
        assert_eq!(kind(b"#EXTM3U"), None);
        assert_eq!(kind(b""), None);
    }
}
