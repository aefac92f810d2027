//! `HEAD` tells how far an upload came, `DELETE` ends it, `OPTIONS` tells what can be done.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::{Checksum, Engine};
use gristmill_model::UploadId;

use super::standing;
use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::tus;

/// Ask how far an upload came (tus 1.0.0).
#[utoipa::path(
    head,
    path = "/api/v1/uploads/{id}",
    operation_id = "upload_offset",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "The upload."),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`."),
    ),
    responses(
        (status = 200, description = "How it stands.", headers(
            ("Upload-Offset" = u64, description = "How many bytes are kept."),
            ("Upload-Length" = u64, description = "How many there will be."),
        )),
        (status = 404, description = "There is none, or it was forgotten."),
        (status = 412, description = "Another version of tus."),
    )
)]
pub(crate) async fn offset(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<UploadId>) -> Result<Response, Problem> {
    let upload = engine.upload(&owner, id).await?;
    let mut headers = standing(&upload);
    headers.insert(tus::LENGTH, tus::number(upload.length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(said) = HeaderValue::from_str(&upload.metadata)
        && !upload.metadata.is_empty()
    {
        headers.insert(tus::METADATA, said);
    }
    if upload.partial {
        headers.insert(tus::CONCAT, HeaderValue::from_static("partial"));
    }
    Ok((StatusCode::OK, headers).into_response())
}

/// End an upload (tus 1.0.0).
///
/// What has come of it is removed. A job that was submitted with it keeps its file.
#[utoipa::path(
    delete,
    path = "/api/v1/uploads/{id}",
    operation_id = "delete_upload",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "The upload."),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`."),
    ),
    responses(
        (status = 204, description = "It is no upload any more."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "Another version of tus."),
    )
)]
pub(crate) async fn delete(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<UploadId>) -> Result<StatusCode, Problem> {
    engine.end_upload(&owner, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask what this tus server can do.
#[utoipa::path(
    options,
    path = "/api/v1/uploads",
    operation_id = "upload_options",
    tag = "uploads",
    responses((status = 204, description = "Versions, extensions and limits, as headers.", headers(
        ("Tus-Version" = String, description = "`1.0.0`."),
        ("Tus-Extension" = String, description = "What can be done beside the core."),
        ("Tus-Max-Size" = u64, description = "The largest file in bytes."),
        ("Tus-Checksum-Algorithm" = String, description = "How bytes may be checked."),
    )))
)]
pub(crate) async fn options(State(door): State<Door>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(tus::SUPPORTED, HeaderValue::from_static(tus::VERSION));
    headers.insert(tus::EXTENSION, HeaderValue::from_static(tus::EXTENSIONS));
    headers.insert(tus::MAX_SIZE, tus::number(door.settings.max_upload_bytes));
    headers.insert(tus::ALGORITHMS, HeaderValue::from_static(Checksum::NAMES));
    (StatusCode::NO_CONTENT, headers).into_response()
}
