//! `GET /api/v1/jobs/{id}/results`: reports and results of all files, complete or minified.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::JobId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Params, Path};
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{FileResult, JobSummary, Results};

/// How much of each file's results to tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResultsView {
    /// With reports.
    #[default]
    Complete,
    /// Names and addresses only.
    Minified,
}

/// Which view.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultsQuery {
    /// Default `complete`.
    #[serde(default)]
    #[param(inline)]
    view: ResultsView,
}

/// Show the results of a job.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/results",
    operation_id = "show_job_results",
    tag = "jobs",
    params(("id" = String, Path, description = "The job."), ResultsQuery),
    responses((status = 200, body = Results), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn results(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<JobId>,
    Params(query): Params<ResultsQuery>,
) -> Result<Json<Results>, Problem> {
    let view = engine.view(&owner, id).await?;
    let summary = JobSummary::new(&view.job, engine.store().now().await?);
    let one = if query.view == ResultsView::Minified { FileResult::minified } else { FileResult::complete };
    let files = view.files.iter().map(|f| one(&view.job, f)).collect();
    Ok(Json(Results { id: summary.id, status: summary.status, counts: summary.counts, files }))
}
