//! Which pipeline a file is for when nobody says: by its first bytes and what the pipelines accept. Only a hint; whether
//! the file qualifies is decided by its own `file.check`.

use std::io::Read;
use std::path::Path;

use gristmill_engine::Pipelines;
use gristmill_model::operation::Kind;
use gristmill_operate::{HEAD, sniff};

use crate::failure::misused;

/// The one pipeline that accepts files like `path`.
pub fn pipeline(pipelines: &Pipelines, path: &Path) -> anyhow::Result<String> {
    let known: Vec<&str> = pipelines.all().map(|p| p.name.as_str()).collect();
    let next = format!("name one with --pipeline: {}", known.join(", "));
    let mut head = Vec::new();
    // A file that cannot be read is told by the run itself.
    let _ = std::fs::File::open(path).and_then(|f| f.take(HEAD as u64).read_to_end(&mut head));
    let Some(kind) = kind(&head) else {
        return Err(misused(format!("no pipeline can be guessed from the content of {}", path.display()), next));
    };
    let accepting: Vec<&str> = pipelines.all().filter(|p| p.accepts.contains(&kind)).map(|p| p.name.as_str()).collect();
    match accepting.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(misused(format!("no pipeline accepts {} files", kind.as_str()), next)),
        several => Err(misused(format!("{} pipelines accept {} files: {}", several.len(), kind.as_str(), several.join(", ")), next)),
    }
}

/// What the content is, by the same look as `file.check` takes.
fn kind(head: &[u8]) -> Option<Kind> {
    sniff(head).map(|sniffed| sniffed.kind)
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
