//! The headers of tus 1.0.0 (tus.io/protocols/resumable-upload), read and written as text only. Every byte of them is a stranger's.

mod checksum;
mod concat;
mod metadata;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(crate) use checksum::checksum;
pub(crate) use concat::{Concat, concat};
pub(crate) use metadata::{Metadata, metadata};

use crate::problem::Problem;

/// The one version there is.
pub(crate) const VERSION: &str = "1.0.0";
/// What can be done beside the core.
pub(crate) const EXTENSIONS: &str = "creation,creation-with-upload,expiration,checksum,termination,concatenation";
/// The media type of bytes that are appended.
pub(crate) const OFFSET_STREAM: &str = "application/offset+octet-stream";

pub(crate) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(crate) const SUPPORTED: HeaderName = HeaderName::from_static("tus-version");
pub(crate) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(crate) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(crate) const ALGORITHMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(crate) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(crate) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(crate) const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");
pub(crate) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(crate) const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
pub(crate) const CONCAT: HeaderName = HeaderName::from_static("upload-concat");
pub(crate) const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Refuses a client that speaks another version, or does not say which.
pub(crate) fn version(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(RESUMABLE).is_some_and(|v| v == VERSION) {
        return Ok(());
    }
    let detail = format!("this is a tus server: send `Tus-Resumable: {VERSION}`");
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, "tus_version", detail))
}

/// A header as text; `None` when it was not sent.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    value.to_str().map(|v| Some(v.trim().to_owned())).map_err(|_| invalid(name, "is not plain text"))
}

/// A header with a count of bytes; `None` when it was not sent.
pub(crate) fn count(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Problem> {
    let Some(text) = text(headers, name)? else { return Ok(None) };
    // Rust would take a plus sign too.
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && *n <= i64::MAX as u64).map(Some).ok_or_else(|| invalid(name, "is not a count of bytes"))
}

pub(crate) fn invalid(name: &HeaderName, why: &str) -> Problem {
    Problem::bad("tus_header", format!("the header `{name}` {why}"))
}

/// A number as a header.
pub(crate) fn number(n: u64) -> HeaderValue {
    HeaderValue::from(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &[u8]) -> HeaderMap {
        [(name, HeaderValue::from_bytes(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_count_is_digits_and_nothing_else() {
        for (value, expected) in [("0", Some(0)), ("10", Some(10)), (" 7 ", Some(7)), ("9223372036854775807", Some(i64::MAX as u64))] {
            assert_eq!(count(&headers(LENGTH, value.as_bytes()), &LENGTH).unwrap(), expected);
        }
        assert_eq!(count(&HeaderMap::new(), &LENGTH).unwrap(), None);
        for bad in ["", "-1", "+1", "1.5", "0x1", "1 2", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(count(&headers(LENGTH, bad.as_bytes()), &LENGTH).unwrap_err().code, "tus_header", "{bad}");
        }
        assert!(count(&headers(LENGTH, b"\xff"), &LENGTH).is_err());
    }

    #[test]
    fn only_this_version_is_spoken() {
        assert!(version(&headers(RESUMABLE, b"1.0.0")).is_ok());
        for bad in ["0.2.2", "1.0.0, 1.1", ""] {
            assert_eq!(version(&headers(RESUMABLE, bad.as_bytes())).unwrap_err().status, 412);
        }
        assert_eq!(version(&HeaderMap::new()).unwrap_err().status, 412);
    }
}
