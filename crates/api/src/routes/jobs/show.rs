//! `GET /api/v1/jobs/{id}` and `…/status`.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::JobId;

use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{Job, JobSummary};

/// Show a job with its files, steps and results.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}",
    operation_id = "show_job",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    responses((status = 200, body = Job), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<JobId>) -> Result<Json<Job>, Problem> {
    whole(&engine, &owner, id).await
}

/// The job as `show` answers it; what routes that change a job answer too.
pub(super) async fn whole(engine: &Engine, owner: &str, id: JobId) -> Result<Json<Job>, Problem> {
    let view = engine.view(owner, id).await?;
    Ok(Json(Job::new(&view, engine.store().now().await?)))
}

/// Show where a job stands.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/status",
    operation_id = "show_job_status",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    responses((status = 200, body = JobSummary), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn status(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<JobId>) -> Result<Json<JobSummary>, Problem> {
    let job = engine.job(&owner, id).await?;
    Ok(Json(JobSummary::new(&job, engine.store().now().await?)))
}
