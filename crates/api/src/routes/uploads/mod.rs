//! `/api/v1/uploads`: files on their way in, by tus 1.0.0. Answers carry `Tus-Resumable` whatever they are; [`speak`] sees to that.

pub(crate) mod append;
pub(crate) mod create;
pub(crate) mod direct;
pub(crate) mod look;
pub(crate) mod meant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use gristmill_engine::Cut;
use gristmill_store::Upload;

use crate::linger::Lingering;
use crate::problem::Problem;
use crate::tus;

/// Around all routes of uploads: refuses other versions, and says which this is.
pub(crate) async fn speak(request: Request, next: Next) -> Response {
    let spoken = if request.method() == Method::OPTIONS { Ok(()) } else { tus::version(request.headers()) };
    let mut response = match spoken {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let mut refused = problem.into_response();
            refused.headers_mut().insert(tus::SUPPORTED, HeaderValue::from_static(tus::VERSION));
            refused
        }
    };
    response.headers_mut().insert(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION));
    response
}

/// Where an upload is.
fn address(upload: &Upload) -> String {
    format!("/api/v1/uploads/{}", upload.id)
}

/// How far it came, and until when it is kept.
fn standing(upload: &Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::OFFSET, tus::number(upload.received));
    if let Some(until) = expires(upload) {
        headers.insert(tus::EXPIRES, until);
    }
    headers
}

/// The date as HTTP writes it.
fn expires(upload: &Upload) -> Option<HeaderValue> {
    let seconds = u64::try_from(upload.expires_at.0 / 1000).ok()?;
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    HeaderValue::from_str(&httpdate::fmt_http_date(at)).ok()
}

/// The bytes of a request as the engine takes them.
fn bytes_of(body: Body) -> impl Stream<Item = Result<Bytes, Cut>> + Send + Unpin + 'static {
    Lingering::from(body).map(|piece| piece.map_err(|e| Cut(e.to_string())))
}

/// Refuses what was announced as larger than anything that is accepted.
fn within(length: u64, most: u64) -> Result<(), Problem> {
    if length <= most {
        return Ok(());
    }
    let detail = format!("the file has {length} bytes, more than the {most} that are allowed");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", detail))
}
