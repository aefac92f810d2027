//! What the failures of HTTP mean for a blob. Addresses never get into an error: they may carry a signature.

use gristmill_guard::Refusal;

use crate::BlobError;

/// A status that is no success, with the code of S3 if the body has one.
pub(crate) fn refused(name: &str, status: u16, body: &str) -> BlobError {
    let code = code(body);
    match (status, code) {
        (_, "NoSuchBucket") => BlobError::NoBucket(name.to_owned()),
        (404 | 410, _) => BlobError::NotFound(name.to_owned()),
        (412, _) => BlobError::Changed(name.to_owned()),
        (401 | 403, _) | (400, "ExpiredToken" | "InvalidAccessKeyId") => {
            BlobError::Refused { name: name.to_owned(), code: format!("{status} {code}").trim_end().to_owned() }
        }
        // S3 tells an upload that stood still, or came in damaged, as the client's fault; the next try is good.
        (408 | 409 | 429 | 500.., _) | (400, "RequestTimeout" | "BadDigest" | "IncompleteBody") => {
            BlobError::unavailable(name, format!("the server answered {status} {code}").trim_end())
        }
        _ => BlobError::unexpected(name, format!("status {status} {code}").trim_end()),
    }
}

/// A request that got no answer, or an answer that broke off.
pub(crate) fn broken(name: &str, error: &reqwest::Error) -> BlobError {
    if let Some(refusal) = Refusal::within(error) {
        return BlobError::Address(refusal.clone());
    }
    let why = match error {
        e if e.is_timeout() => "no byte came in time",
        e if e.is_connect() => "no connection could be made",
        e if e.is_redirect() => return BlobError::unexpected(name, "it redirects too often"),
        e if e.is_builder() => return BlobError::unexpected(name, "it is not the address of a server"),
        _ => "the connection broke",
    };
    BlobError::unavailable(name, why)
}

/// The text of the first `Code` element, if it is one of S3's.
fn code(body: &str) -> &str {
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    if code.len() < 64 && code.chars().all(|c| c.is_ascii_alphanumeric()) { code } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_tells_whose_fault_it_is() {
        let body = |code: &str| format!("<?xml?><Error><Code>{code}</Code><Resource>/b/k?X-Amz-Signature=1</Resource></Error>");
        assert!(matches!(refused("k", 404, &body("NoSuchKey")), BlobError::NotFound(_)));
        assert!(matches!(refused("k", 404, &body("NoSuchBucket")), BlobError::NoBucket(_)));
        assert!(matches!(refused("k", 412, ""), BlobError::Changed(_)));
        assert!(matches!(refused("k", 403, &body("AccessDenied")), BlobError::Refused { .. }));
        assert!(refused("k", 503, &body("SlowDown")).retry() && refused("k", 400, &body("BadDigest")).retry());
        assert!(!refused("k", 400, &body("InvalidArgument")).retry());
        assert!(!refused("k", 503, &body("SlowDown")).to_string().contains("Signature"));
    }
}
