//! A key or password that cannot be printed.

use std::fmt;

use reqwest::header::HeaderValue;

/// A key, a token, or a file of keys. It has no `Display`, and its `Debug` does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Of a text; blanks and ends of lines around it, which files and variables like to add, are no part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// As the value of a header, behind a prefix; none of what no header may hold.
    pub(crate) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0)).ok().filter(|_| !self.0.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_used_in_headers_and_never_printed() {
        let secret = Secret::new(" s3cr3t\n");
        let header = secret.header("Bearer ").unwrap();
        assert_eq!(header, "Bearer s3cr3t");
        assert!(!format!("{secret:?} {header:?}").contains("s3cr3t"));
        assert_eq!((Secret::new("").header("Bearer "), Secret::new("a\nb").header("")), (None, None));
    }
}
