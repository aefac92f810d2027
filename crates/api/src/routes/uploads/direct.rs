//! Uploads that go straight to the bucket: addresses for their parts, and their end.

use axum::extract::State;
use axum::http::StatusCode;
use gristmill_engine::{Announced, Engine};
use gristmill_model::UploadId;

use super::within;
use crate::extract::{Json, Path};
use crate::names::display_name;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{CompleteUpload, DirectUpload, NewDirectUpload};

/// Begin an upload whose bytes go straight to the object store.
///
/// Each part is PUT to its address; then the upload is completed. Name it in a job by its `source`. Only where blobs are in a bucket.
#[utoipa::path(
    post,
    path = "/api/v1/uploads/direct",
    operation_id = "create_direct_upload",
    tag = "uploads",
    responses(
        (status = 201, body = DirectUpload),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not readable."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "It is larger than is allowed."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Blobs are in no bucket here."),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too much is on its way already."),
    )
)]
pub(crate) async fn create(
    State(door): State<Door>,
    Owner(owner): Owner,
    Json(asked): Json<NewDirectUpload>,
) -> Result<(StatusCode, axum::Json<DirectUpload>), Problem> {
    within(asked.bytes, door.settings.max_upload_bytes)?;
    let file = Announced { name: display_name(asked.name.as_deref()), length: asked.bytes, ..Announced::default() };
    let direct = door.engine.begin_direct(&owner, file).await?;
    Ok((StatusCode::CREATED, axum::Json(direct.into())))
}

/// Ask which parts have come, and for addresses that are good from now on.
#[utoipa::path(
    get,
    path = "/api/v1/uploads/direct/{id}",
    operation_id = "direct_upload",
    tag = "uploads",
    params(("id" = String, Path, description = "The upload.")),
    responses((status = 200, body = DirectUpload), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<UploadId>,
) -> Result<axum::Json<DirectUpload>, Problem> {
    Ok(axum::Json(engine.direct(&owner, id).await?.into()))
}

/// Make a file of the parts that have come.
#[utoipa::path(
    post,
    path = "/api/v1/uploads/direct/{id}/complete",
    operation_id = "complete_direct_upload",
    tag = "uploads",
    params(("id" = String, Path, description = "The upload.")),
    responses(
        (status = 200, body = CompleteUpload),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Some parts have not come."),
    )
)]
pub(crate) async fn complete(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<UploadId>,
) -> Result<axum::Json<CompleteUpload>, Problem> {
    Ok(axum::Json(engine.complete_direct(&owner, id).await?.into()))
}
