//! Files that stay where they are: `s3://` objects in buckets this service may read, and `https://` addresses. What was there at the
//! submit is what is read: another version of it is a clear error, never another file.

use std::fmt;
use std::sync::Arc;

use gristmill_blob::{BlobError, Blobs, Cache, HeldPath, Key, Object, S3, Web};
use gristmill_operate::OperationError;

use crate::error::EngineError;

/// Where a file is. It prints without what may be secret in it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Pointer {
    /// An object of a bucket.
    Bucket {
        /// The bucket's name.
        bucket: String,
        /// The object's name.
        key: String,
    },
    /// An address, which may be signed and so be a secret.
    Web(String),
}

impl Pointer {
    /// That of `s3://bucket/key` or `https://…`; `None` for any other text. Plain `http://` is a pointer too, which [`Sources`] refuses
    /// unless it may be read.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(place) = text.strip_prefix("s3://") {
            let (bucket, key) = place.split_once('/')?;
            let good = !bucket.is_empty() && key.parse::<Key>().is_ok();
            return good.then(|| Self::Bucket { bucket: bucket.to_owned(), key: key.to_owned() });
        }
        (text.starts_with("https://") || text.starts_with("http://")).then(|| Self::Web(text.to_owned()))
    }

    /// As it was written; for rows, never for a log.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Bucket { bucket, key } => format!("s3://{bucket}/{key}"),
            Self::Web(url) => url.clone(),
        }
    }

    /// The name of the file it points to: the last part of its path.
    pub(crate) fn file_name(&self) -> &str {
        let path = match self {
            Self::Bucket { key, .. } => key,
            Self::Web(url) => url.split(['?', '#']).next().unwrap_or_default(),
        };
        path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket { .. } => f.write_str(&self.text()),
            Self::Web(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
                let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
                write!(f, "{scheme}://{}/…", host.rsplit('@').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A bucket that may be read, or a part of one.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of its readable objects begin with, up to a slash; `{owner}` in it stands for whoever asks. Empty is all of it.
    pub prefix: String,
    /// How it is read.
    pub s3: S3,
}

impl Bucket {
    /// Whether `owner` may read this object.
    fn permits(&self, owner: &str, bucket: &str, key: &str) -> bool {
        // An owner's name that is more than one part of a path would reach beyond what is theirs.
        let plain = !owner.is_empty() && owner != "." && owner != ".." && !owner.contains('/');
        let prefix = self.prefix.replace("{owner}", owner);
        let below = |key: &str| prefix.is_empty() || key.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.name == bucket && (plain || !self.prefix.contains("{owner}")) && below(key)
    }
}

/// Where files may be read from beside our own storage. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    buckets: Arc<[Bucket]>,
    web: Option<Web>,
    copies: Option<Cache>,
    largest: u64,
}

impl Sources {
    /// These buckets, and addresses if there is a [`Web`], of at most `largest` bytes; copies that tools need are kept in `copies`.
    pub fn new(buckets: Vec<Bucket>, web: Option<Web>, copies: Cache, largest: u64) -> Self {
        Self { buckets: buckets.into(), web, copies: Some(copies), largest }
    }

    /// What stands there now, if `owner` may read it.
    pub(crate) async fn open(&self, owner: &str, pointer: &Pointer) -> Result<Object, SourceError> {
        let object = self.found(owner, pointer).await?;
        if object.size() > self.largest {
            let (name, bytes, limit) = (pointer.to_string(), object.size(), self.largest);
            return Err(BlobError::TooLarge { name, bytes, limit }.into());
        }
        Ok(object)
    }

    async fn found(&self, owner: &str, pointer: &Pointer) -> Result<Object, SourceError> {
        match pointer {
            Pointer::Bucket { bucket, key } => {
                let permitted = self.buckets.iter().find(|b| b.permits(owner, bucket, key)).ok_or(SourceError::NotAllowed)?;
                let key: Key = key.parse().map_err(|_| SourceError::NotAllowed)?;
                Ok(permitted.s3.object(&key).await?)
            }
            Pointer::Web(url) => Ok(self.web.as_ref().ok_or(SourceError::NotAllowed)?.open(url).await?),
        }
    }

    /// The same, but only the version that was pinned.
    pub(crate) async fn pinned(&self, owner: &str, pointer: &Pointer, bytes: u64, tag: Option<&str>) -> Result<Object, SourceError> {
        let object = self.open(owner, pointer).await?;
        if object.size() != bytes || object.tag() != tag {
            return Err(BlobError::Changed(pointer.to_string()).into());
        }
        Ok(object)
    }

    /// A copy of it on this node, for as long as it is held.
    pub(crate) async fn copy(&self, object: &Object) -> Result<HeldPath, SourceError> {
        Ok(self.copies.as_ref().ok_or(SourceError::NotAllowed)?.get(object, None).await?)
    }
}

/// Why a file cannot be read from where it is.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// This service does not read from there.
    #[error("this service does not read from there: `sources.buckets` and `sources.web` say where it may")]
    NotAllowed,
    /// It was tried.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl SourceError {
    /// Whether there is no such thing; later there may be.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Blob(BlobError::NotFound(_)))
    }

    /// Stable, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed => "source_not_allowed",
            Self::Blob(BlobError::NotFound(_) | BlobError::NoBucket(_)) => "source_not_found",
            Self::Blob(BlobError::Refused { .. }) => "source_refused",
            Self::Blob(BlobError::Address(_)) => "source_not_allowed",
            Self::Blob(BlobError::Changed(_)) => "source_changed",
            Self::Blob(BlobError::TooLarge { .. }) => "source_too_large",
            Self::Blob(_) => "source_unavailable",
        }
    }

    /// Whether it may be read later.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Blob(error) if error.retry())
    }

    /// With all that caused it: an address that is refused says why.
    fn sentence(&self) -> String {
        match self {
            Self::Blob(BlobError::Address(why)) => format!("this address may not be read: {why}"),
            error => error.to_string(),
        }
    }

    /// As the answer to a submit.
    pub(crate) fn refused(self, pointer: &Pointer) -> EngineError {
        if self.retry() {
            return EngineError::Source { message: format!("`{pointer}` cannot be read: {}", self.sentence()) };
        }
        EngineError::invalid(self.code(), format!("`{pointer}` cannot be read: {}", self.sentence()))
    }

    /// As the end of a step. What only time can mend is tried again; a full disk is one of this node, and none of the file's.
    pub(crate) fn failed(self, pointer: &Pointer) -> OperationError {
        if let Self::Blob(BlobError::Io(error)) = self {
            return error.into();
        }
        let (code, message) = (self.code(), format!("`{pointer}` cannot be read: {}", self.sentence()));
        if code == "source_unavailable" { OperationError::tool(code, message) } else { OperationError::input(code, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_an_object_or_an_address_and_nothing_else() {
        let bucket = |b: &str, k: &str| Some(Pointer::Bucket { bucket: b.into(), key: k.into() });
        assert_eq!(Pointer::parse("s3://in/2026/talk 1.mp4"), bucket("in", "2026/talk 1.mp4"));
        assert_eq!(Pointer::parse("https://a.example/x"), Some(Pointer::Web("https://a.example/x".into())));
        for bad in ["s3://in", "s3://in/", "s3:///key", "s3://in/../x", "s3://in//x", "file:///etc/passwd", "/etc/passwd", "ftp://x/y", ""]
        {
            assert_eq!(Pointer::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_address_is_printed_without_its_secrets() {
        let pointer = Pointer::parse("https://me:pass@a.example/secret/x.mp4?X-Amz-Signature=abc#f").unwrap();
        assert_eq!(format!("{pointer} {pointer:?}"), "https://a.example/… https://a.example/…");
        assert_eq!(pointer.file_name(), "x.mp4");
        assert_eq!(Pointer::parse("https://a.example?x=/y").unwrap().file_name(), "a.example");
    }

    fn bucket(prefix: &str) -> Bucket {
        gristmill_blob::provide_tls();
        let settings = gristmill_blob::s3::Settings {
            access_key: Some("a".into()),
            secret_key: Some("s".into()),
            ..gristmill_blob::s3::Settings::from_url("s3://in").unwrap()
        };
        // Only asked what it permits, it needs no folder for longer than it takes to open.
        let folder = tempfile::tempdir().unwrap();
        Bucket { name: "in".into(), prefix: prefix.into(), s3: S3::open(&settings, folder.path()).unwrap() }
    }

    #[test]
    fn an_owner_reads_what_is_below_their_own_prefix_and_nothing_beside_it() {
        let own = bucket("of/{owner}");
        assert!(own.permits("ann", "in", "of/ann/x.mp4"));
        for key in ["of/ben/x.mp4", "of/anna/x.mp4", "of/ann", "x.mp4", "of/annx"] {
            assert!(!own.permits("ann", "in", key), "{key}");
        }
        assert!(!own.permits("ann", "other", "of/ann/x.mp4"));
        for owner in ["", ".", "..", "ann/x"] {
            assert!(!own.permits(owner, "in", &format!("of/{owner}/x.mp4")), "{owner}");
        }
        assert!(bucket("").permits("a/b", "in", "any"));
    }
}
