//! Problems as callers see them (RFC 9457), and the one table from an engine's error to a status and a code.
//!
//! A problem never shows a source or a path of this machine: those are logged here, once, where the error ends.

use std::error::Error;
use std::io;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_blob::BlobError;
use gristmill_engine::EngineError;
use gristmill_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong with a request. Sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// Stable, snake case, safe to match on.
    #[schema(example = "job_not_found")]
    pub code: String,
    /// The cause and the next step, for people.
    pub detail: String,
    /// With `credits_short`: credits that are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<f64>,
    /// With `credits_short`: credits there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<f64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Checksum Mismatch"),
            status: status.as_u16(),
            code: code.into(),
            detail: detail.into(),
            needed: None,
            available: None,
        }
    }

    /// The request is understood and cannot be carried out.
    pub(crate) fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// The request is not even readable.
    pub(crate) fn bad(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// Our fault; what happened is in the log.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Gristmill made a mistake; its log says more.")
    }

    /// A body over its limit.
    pub(crate) fn too_large(most: u64) -> Self {
        let detail = format!("the request is larger than the {most} bytes that are allowed; send less, or in several jobs");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail)
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gristmill\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::INSUFFICIENT_STORAGE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let problem = table(&error);
        if problem.status >= 500 {
            tracing::error!(code = problem.code, error = %chain(&error), "a request failed");
        }
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        EngineError::from(error).into()
    }
}

/// The table.
fn table(error: &EngineError) -> Problem {
    match error {
        EngineError::NotFound { what, .. } => Problem::new(StatusCode::NOT_FOUND, format!("{what}_not_found"), error.to_string()),
        EngineError::Invalid { code, message } => Problem::invalid(code, message),
        EngineError::KeyTaken => Problem::invalid("idempotency_key_taken", error.to_string()),
        EngineError::Short { needed, available } => Problem {
            needed: Some(needed.to_decimal()),
            available: Some(available.to_decimal()),
            ..Problem::new(StatusCode::PAYMENT_REQUIRED, "credits_short", error.to_string())
        },
        EngineError::Quota { .. } => Problem::new(StatusCode::TOO_MANY_REQUESTS, "upload_quota", error.to_string()),
        EngineError::Moved { .. } => Problem::new(StatusCode::CONFLICT, "upload_offset", error.to_string()),
        EngineError::Source { message } => unavailable("source_unavailable", message),
        EngineError::Checksum => Problem::new(checksum_mismatch(), "checksum_mismatch", error.to_string()),
        EngineError::Cut(_) => Problem::bad("body_invalid", error.to_string()),
        EngineError::Changed => Problem::new(StatusCode::CONFLICT, "changed_meanwhile", error.to_string()),
        EngineError::NotEnded => Problem::new(StatusCode::CONFLICT, "job_not_ended", error.to_string()),
        EngineError::Ended => Problem::new(StatusCode::CONFLICT, "job_ended", error.to_string()),
        EngineError::Store(StoreError::Full(_)) => full(),
        EngineError::Store(e) if e.retry() => unavailable("store_unavailable", "the store could not answer; try again shortly"),
        EngineError::Store(StoreError::Closed) => unavailable("closing", "the server is closing; try again shortly"),
        EngineError::Blob(BlobError::NotFound(_)) => {
            Problem::new(StatusCode::NOT_FOUND, "artifact_not_found", "the bytes of this result are gone")
        }
        EngineError::Blob(BlobError::Range { bytes, .. }) => {
            let detail = format!("the range does not lie within the {bytes} bytes of this result");
            Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", detail)
        }
        EngineError::Blob(BlobError::Io(e)) | EngineError::Io(e) if is_full(e) => full(),
        EngineError::Blob(e) if e.retry() => unavailable("blobs_unavailable", "blob storage could not answer; try again shortly"),
        EngineError::Io(_) => unavailable("spool_unavailable", "the upload could not be written; try again shortly"),
        _ => Problem::internal(),
    }
}

/// The status that tus gives to bytes that are not what was said.
fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn full() -> Problem {
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", "the server's disk is full; free some space and try again")
}

fn unavailable(code: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
}

/// An error with all that caused it, for the log.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use gristmill_model::credits::Credits;

    use super::*;

    fn told(error: EngineError) -> (u16, String) {
        let problem = table(&error);
        (problem.status, problem.code)
    }

    #[test]
    fn each_meaning_has_its_status_and_code() {
        let io = |kind| io::Error::new(kind, "/secret/place");
        let range = BlobError::Range { range: 5..9, bytes: 3 };
        let cases = [
            (EngineError::NotFound { what: "job", id: "x".into() }, 404, "job_not_found"),
            (EngineError::NotFound { what: "artifact", id: "x".into() }, 404, "artifact_not_found"),
            (EngineError::Invalid { code: "options_invalid", message: "m".into() }, 422, "options_invalid"),
            (EngineError::KeyTaken, 422, "idempotency_key_taken"),
            (EngineError::Short { needed: Credits(2), available: Credits(1) }, 402, "credits_short"),
            (EngineError::Changed, 409, "changed_meanwhile"),
            (EngineError::NotEnded, 409, "job_not_ended"),
            (EngineError::Ended, 409, "job_ended"),
            (EngineError::Store(StoreError::Closed), 503, "closing"),
            (EngineError::Store(StoreError::Corrupt { what: "job" }), 500, "internal"),
            (EngineError::Blob(BlobError::NotFound("k".into())), 404, "artifact_not_found"),
            (EngineError::Blob(range), 416, "range_not_satisfiable"),
            (EngineError::Blob(BlobError::Io(io(io::ErrorKind::Other))), 503, "blobs_unavailable"),
            (EngineError::Io(io(io::ErrorKind::StorageFull)), 507, "disk_full"),
            (EngineError::Io(io(io::ErrorKind::Other)), 503, "spool_unavailable"),
        ];
        for (error, status, code) in cases {
            assert_eq!(told(error), (status, code.to_owned()));
        }
    }

    #[test]
    fn a_problem_never_shows_a_path_of_this_machine() {
        let errors = [
            EngineError::Io(io::Error::other("/secret/place")),
            EngineError::Blob(BlobError::Io(io::Error::other("/secret/place"))),
            EngineError::Store(StoreError::InUse { path: "/secret/place".into(), pid: "1".into() }),
        ];
        for error in errors {
            assert!(!table(&error).detail.contains("secret"), "{error:?}");
        }
    }
}
