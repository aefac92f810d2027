//! `POST` for clients that cannot send another method: `X-HTTP-Method-Override` says which is meant.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use gristmill_model::UploadId;

use super::{append, look};
use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::tus;

/// Do what `X-HTTP-Method-Override` says: PATCH, DELETE or HEAD (tus 1.0.0).
#[utoipa::path(
    post,
    path = "/api/v1/uploads/{id}",
    operation_id = "override_upload",
    tag = "uploads",
    params(
        ("id" = String, Path, description = "The upload."),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`."),
        ("X-HTTP-Method-Override" = String, Header, description = "`PATCH`, `DELETE` or `HEAD`."),
    ),
    responses(
        (status = 200, description = "As of the method that is meant."),
        (status = 204, description = "As of the method that is meant."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 405, body = Problem, content_type = "application/problem+json", description = "No method is meant, or another."),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "Another version of tus."),
    )
)]
pub(crate) async fn meant(door: State<Door>, owner: Owner, id: Path<UploadId>, request: Request) -> Result<Response, Problem> {
    let engine = State(door.engine.clone());
    match request.headers().get(tus::OVERRIDE).map(|method| method.as_bytes()) {
        Some(b"PATCH") => append::append(door, owner, id, request).await,
        Some(b"DELETE") => look::delete(engine, owner, id).await.map(IntoResponse::into_response),
        Some(b"HEAD") => look::offset(engine, owner, id).await,
        _ => {
            let detail = "bring bytes with PATCH; a client that cannot sends POST with `X-HTTP-Method-Override: PATCH`";
            Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
        }
    }
}
