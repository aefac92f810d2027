//! `PATCH` brings bytes: of whatever comes before a connection breaks, all is kept.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_model::UploadId;

use super::{bytes_of, standing};
use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::tus;

/// Bring bytes of an upload (tus 1.0.0).
///
/// `Upload-Offset` is where they begin, which must be where the upload stands; the answer says where it stands then.
#[utoipa::path(
    patch,
    path = "/api/v1/uploads/{id}",
    operation_id = "append_upload",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "The upload."),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`."),
        ("Upload-Offset" = u64, Header, description = "Where the bytes begin."),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the Base64 hash of this body."),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "They are kept.", headers(("Upload-Offset" = u64, description = "Where it stands."))),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A header is missing or not readable."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It stands elsewhere; ask with HEAD."),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "Another version of tus."),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "Another media type."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "More bytes than were announced."),
        (status = 460, body = Problem, content_type = "application/problem+json", description = "The bytes do not have their checksum."),
    )
)]
pub(crate) async fn append(
    State(door): State<Door>,
    Owner(owner): Owner,
    Path(id): Path<UploadId>,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers();
    if headers.get(header::CONTENT_TYPE).is_none_or(|v| v != tus::OFFSET_STREAM) {
        let detail = format!("send the bytes as `Content-Type: {}`", tus::OFFSET_STREAM);
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_not_supported", detail));
    }
    let from = tus::count(headers, &tus::OFFSET)?.ok_or_else(|| tus::invalid(&tus::OFFSET, "is missing: say where the bytes begin"))?;
    let sum = tus::checksum(tus::text(headers, &tus::CHECKSUM)?)?;
    let upload = door.engine.take_piece(&owner, id, from, bytes_of(request.into_body()), sum).await?;
    Ok((StatusCode::NO_CONTENT, standing(&upload)).into_response())
}
