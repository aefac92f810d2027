//! Names of blobs. Checked once, so that no backend must think about `..`.

use std::fmt;
use std::str::FromStr;

/// A `/`-separated relative name of at most 1,024 bytes: no empty, `.` or `..` parts, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a blob key: it must be relative, without empty, `.` or `..` parts")]
pub struct InvalidKey(String);

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let part_ok = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
        let ok = text.len() <= 1024 && !text.contains('\\') && text.split('/').all(part_ok);
        if ok { Ok(Self(text.to_owned())) } else { Err(InvalidKey(text.chars().take(80).collect())) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
