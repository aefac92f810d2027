//! Where the bytes of an input are: in a file of this node, or behind a gateway that tools read over HTTP on loopback.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::io::AsyncReadExt;

use crate::operation::OperationError;

/// The bytes that a step works on; read-only.
#[derive(Clone)]
pub enum Source {
    /// A local file. The name of its path says nothing about the content.
    File(PathBuf),
    /// Something that tools read by URL, and nobody need copy.
    Link {
        /// Its address, `http://127.0.0.1:port/token`. Whoever has it can read the bytes: it is given to confined tools and to nobody else.
        url: String,
        /// The one port that such a tool may connect to.
        port: u16,
        /// Its size.
        bytes: u64,
        /// Its first bytes, as many as content is told by.
        head: Bytes,
    },
}

impl Source {
    /// The local path, for what reads files only.
    ///
    /// # Errors
    /// `copy_missing` when the bytes are behind a link: whoever made the input did not ask
    /// [`Operation::passes`](crate::Operation::passes).
    pub fn path(&self) -> Result<&Path, OperationError> {
        match self {
            Self::File(path) => Ok(path),
            Self::Link { .. } => Err(OperationError::bug("copy_missing", "This step reads local files only and was given none.")),
        }
    }

    /// The first `most` bytes, or all if there are fewer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn head(&self, most: usize) -> Result<Vec<u8>, OperationError> {
        match self {
            Self::Link { head, .. } => Ok(head[..head.len().min(most)].to_vec()),
            Self::File(path) => {
                let mut head = Vec::with_capacity(most);
                tokio::fs::File::open(path).await?.take(most as u64).read_to_end(&mut head).await?;
                Ok(head)
            }
        }
    }

    /// Its size.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn bytes(&self) -> Result<u64, OperationError> {
        match self {
            Self::File(path) => Ok(tokio::fs::metadata(path).await?.len()),
            Self::Link { bytes, .. } => Ok(*bytes),
        }
    }

    /// What must stand before it on the command line of ffmpeg or ffprobe: the one protocol it may open, and how.
    ///
    /// Connections are kept, skipping up to 1 MiB reads on, and little is let into the socket unread: it is lost when a tool jumps.
    pub fn options(&self) -> &'static [&'static str] {
        const HTTP: &[&str] =
            &["-protocol_whitelist", "http,tcp", "-multiple_requests", "1", "-short_seek_size", "1048576", "-recv_buffer_size", "32768"];
        match self {
            Self::File(_) => &["-protocol_whitelist", "file"],
            Self::Link { .. } => HTTP,
        }
    }

    /// Its name for ffmpeg and ffprobe. `file:` before a path, so that no path can read as another protocol.
    pub fn url(&self) -> OsString {
        match self {
            Self::File(path) => file_url(path),
            Self::Link { url, .. } => url.into(),
        }
    }

    /// Files a tool must be let read for it.
    pub(crate) fn readable(&self) -> Vec<PathBuf> {
        match self {
            Self::File(path) => vec![path.clone()],
            Self::Link { .. } => Vec::new(),
        }
    }

    /// The port a tool must be let connect to for it.
    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::File(_) => None,
            Self::Link { port, .. } => Some(*port),
        }
    }
}

/// `file:` before a path.
pub(crate) fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

impl Default for Source {
    /// No file.
    fn default() -> Self {
        Self::File(PathBuf::new())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Debug for Source {
    /// Without the address of a link.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Link { port, .. } => f.debug_struct("Link").field("port", port).finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Source {
        Source::Link { url: "http://127.0.0.1:9/secret".into(), port: 9, bytes: 4, head: Bytes::from_static(b"head") }
    }

    #[test]
    fn a_link_is_never_printed_and_has_no_path() {
        assert_eq!(format!("{:?}", link()), "Link { port: 9, .. }");
        assert_eq!(link().path().unwrap_err().problem.code, "copy_missing");
    }

    #[test]
    fn each_source_may_open_its_own_protocol_only() {
        assert_eq!(Source::from(Path::new("/a")).options(), ["-protocol_whitelist", "file"]);
        assert_eq!(link().options()[..2], ["-protocol_whitelist", "http,tcp"]);
        assert_eq!((Source::from(Path::new("http:x")).url(), link().url()), ("file:http:x".into(), "http://127.0.0.1:9/secret".into()));
    }
}
