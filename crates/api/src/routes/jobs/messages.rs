//! `GET /api/v1/jobs/{id}/messages`: what people are told of a job, and whether they have it.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::JobId;

use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{JobMessage, JobMessages};

/// List the mails and webhooks of a job, with what became of each.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/messages",
    operation_id = "list_job_messages",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    responses((status = 200, body = JobMessages), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn messages(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<JobId>,
) -> Result<Json<JobMessages>, Problem> {
    engine.job(&owner, id).await?;
    let effects = engine.store().effects(id).await?;
    Ok(Json(JobMessages { items: effects.iter().filter_map(JobMessage::of).collect(), next_cursor: None }))
}
