//! `GET /api/v1/jobs/{id}/artifacts/{file}/{name}`: the bytes of a result, whole or in part.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::{Body as Content, Engine};
use gristmill_model::report::Artifact;
use gristmill_model::{FileId, JobId};

use crate::dispose::disposition;
use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::range::{Part, wanted};

/// Fetch a result.
///
/// Its name may contain slashes. One byte range is served; the entity tag is the SHA-256 of the content.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/artifacts/{file}/{name}",
    operation_id = "fetch_artifact",
    tag = "jobs",
    params(
        ("id" = String, Path, description = "The job."),
        ("file" = String, Path, description = "The file."),
        ("name" = String, Path, description = "The result's name, slashes included.", example = "hls/master.m3u8"),
        ("Range" = Option<String>, Header, description = "One range of bytes."),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags the caller has."),
        ("If-Range" = Option<String>, Header, description = "The entity tag the range belongs to."),
    ),
    responses(
        (status = 200, description = "The content.", content_type = "application/octet-stream", body = [u8]),
        (status = 206, description = "The range.", content_type = "application/octet-stream", body = [u8]),
        (status = 304, description = "The caller has it."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 416, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn artifact(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path((id, file, name)): Path<(JobId, FileId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = engine.artifact(&owner, id, file, &name).await?;
    let (made, size) = (&found.artifact, found.artifact.bytes);
    let etag = format!("\"{}\"", made.sha256);
    let part = wanted(&headers, &etag, size);
    let mut response = match &part {
        Part::Unchanged => StatusCode::NOT_MODIFIED.into_response(),
        Part::Unsatisfiable => unsatisfiable(size),
        Part::Whole => content(&engine, found.body, 0..size).await?,
        Part::Bytes(range) => partial(content(&engine, found.body, range.clone()).await?, range, size),
    };
    let headers = response.headers_mut();
    insert(headers, header::ETAG, &etag);
    insert(headers, header::ACCEPT_RANGES, "bytes");
    // A retry may replace a result of the same name, so the caller asks each time whether it changed.
    insert(headers, header::CACHE_CONTROL, "private, no-cache");
    insert(headers, header::CONTENT_SECURITY_POLICY, "sandbox");
    if matches!(part, Part::Whole | Part::Bytes(_)) {
        describe(headers, &found.artifact);
    }
    Ok(response)
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn describe(headers: &mut HeaderMap, made: &Artifact) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    insert(headers, header::CONTENT_TYPE, &made.media_type);
    insert(headers, header::CONTENT_DISPOSITION, &disposition(&made.media_type, &made.name));
}

async fn content(engine: &Engine, from: Content, range: Range<u64>) -> Result<Response, Problem> {
    let length = range.end - range.start;
    let body = match from {
        Content::Here(bytes) => {
            let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
            Body::from(bytes[at(range.start)..at(range.end)].to_vec())
        }
        Content::Blob(key) => Body::from_stream(engine.blobs().read(&key, Some(range)).await?),
    };
    Ok(([(header::CONTENT_LENGTH, length)], body).into_response())
}

fn partial(mut whole: Response, range: &Range<u64>, size: u64) -> Response {
    *whole.status_mut() = StatusCode::PARTIAL_CONTENT;
    insert(whole.headers_mut(), header::CONTENT_RANGE, &format!("bytes {}-{}/{size}", range.start, range.end - 1));
    whole
}

fn unsatisfiable(size: u64) -> Response {
    let detail = format!("the range does not lie within the {size} bytes of this result");
    let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", detail);
    let mut response = problem.into_response();
    insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
    response
}
