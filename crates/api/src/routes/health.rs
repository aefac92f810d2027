//! Whether the process answers, whether every part works, and the document that describes the API.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::join_all;

use crate::problem::Problem;
use crate::settings::ProbeFuture;
use crate::state::Door;
use crate::wire::{Health, Live, Part, Verdict};

/// A part that has not answered after this long is failing.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Whether the process answers.
#[utoipa::path(get, path = "/health/live", operation_id = "health_live", tag = "service", responses((status = 200, body = Live)))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { status: Verdict::Ok })
}

/// Whether requests should be sent here.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "health_ready",
    tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
pub(crate) async fn ready(State(door): State<Door>) -> Response {
    asked(door).await
}

/// How every part is.
#[utoipa::path(
    get,
    path = "/health/health",
    operation_id = "health",
    tag = "service",
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
pub(crate) async fn health(State(door): State<Door>) -> Response {
    asked(door).await
}

async fn asked(door: Door) -> Response {
    let (store, blobs) = (door.engine.clone(), door.engine.clone());
    let mut asked: Vec<(&'static str, ProbeFuture)> = vec![
        ("store", Box::pin(async move { told(store.store().probe().await, "reads and writes") })),
        ("blobs", Box::pin(async move { told(blobs.blobs().probe().await, "can be written") })),
    ];
    asked.extend(door.settings.probes.iter().map(|p| (p.name, p.ask())));
    let parts = join_all(asked.into_iter().map(|(name, answer)| async move { (name, part(name, answer).await) })).await;
    let status = if parts.iter().all(|(_, p)| p.status == Verdict::Ok) { Verdict::Ok } else { Verdict::Failing };
    let code = if status == Verdict::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Health { status, version: door.settings.version.clone(), parts: parts.into_iter().collect() };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// The verdict of a part of ours. Its problem is told as any other, so that no path shows.
fn told<E: Into<Problem>>(answer: Result<(), E>, fine: &str) -> Result<String, String> {
    answer.map(|()| fine.to_owned()).map_err(|e| e.into().detail)
}

async fn part(name: &str, answer: ProbeFuture) -> Part {
    let late = || Err(format!("{name} did not answer within {} seconds", PATIENCE.as_secs()));
    match tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| late()) {
        Ok(detail) => Part { status: Verdict::Ok, detail },
        Err(detail) => Part { status: Verdict::Failing, detail },
    }
}

/// The OpenAPI document, written once.
#[derive(Clone)]
pub(crate) struct Document(Bytes);

impl Document {
    pub(crate) fn new(document: &utoipa::openapi::OpenApi) -> Self {
        Self(document.to_pretty_json().unwrap_or_default().into())
    }

    /// `GET /openapi.json`.
    pub(crate) async fn answer(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}
