//! Pipelines: list, show, and a check of one's own.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use gristmill_engine::{Engine, Pipelines};
use gristmill_model::pipeline::Format;

use crate::extract::{Path, from_status};
use crate::problem::Problem;
use crate::wire::{Checked, Pipeline, PipelinePage};

/// List the pipelines a job may name.
#[utoipa::path(
    get,
    path = "/api/v1/pipelines",
    operation_id = "list_pipelines",
    tag = "pipelines",
    responses((status = 200, body = PipelinePage))
)]
pub(crate) async fn list(State(engine): State<Engine>) -> Json<PipelinePage> {
    let items = engine.pipelines().all().map(|p| Pipeline::new(p, engine.operations())).collect();
    Json(PipelinePage { items })
}

/// Show a pipeline.
#[utoipa::path(
    get,
    path = "/api/v1/pipelines/{name}",
    operation_id = "show_pipeline",
    tag = "pipelines",
    params(("name" = String, Path, description = "The pipeline.")),
    responses((status = 200, body = Pipeline), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(State(engine): State<Engine>, Path(name): Path<String>) -> Result<Json<Pipeline>, Problem> {
    let found = engine.pipelines().get(&name).map(|p| Json(Pipeline::new(p, engine.operations())));
    found.ok_or_else(|| {
        let known: Vec<&str> = engine.pipelines().all().map(|p| p.name.as_str()).collect();
        let detail = format!("there is no such pipeline; there are {}", known.join(", "));
        Problem::new(StatusCode::NOT_FOUND, "pipeline_not_found", detail)
    })
}

/// Check a declaration without keeping it.
///
/// The body is the declaration itself: TOML, or JSON if its media type says so.
#[utoipa::path(
    post,
    path = "/api/v1/pipelines/check",
    operation_id = "check_pipeline",
    tag = "pipelines",
    request_body(content((String = "text/toml"), (Object = "application/json"))),
    responses(
        (status = 200, body = Checked),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not UTF-8 text."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too large."),
    )
)]
pub(crate) async fn check(
    State(engine): State<Engine>,
    headers: HeaderMap,
    text: Result<String, axum::extract::rejection::StringRejection>,
) -> Result<Json<Checked>, Problem> {
    let text = text.map_err(|e| from_status(e.status(), e.body_text()))?;
    let refusals = Pipelines::check(&text, format(&headers), engine.operations()).err().unwrap_or_default();
    Ok(Json(Checked { accepted: refusals.is_empty(), refusals: refusals.into_iter().map(Into::into).collect() }))
}

fn format(headers: &HeaderMap) -> Format {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if given.trim_start().to_ascii_lowercase().starts_with("application/json") { Format::Json } else { Format::Toml }
}
