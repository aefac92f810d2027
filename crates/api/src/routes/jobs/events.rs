//! `GET /api/v1/jobs/{id}/events`: a stream that can be resumed, or one page.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use gristmill_engine::Engine;
use gristmill_model::JobId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Params, Path};
use crate::owner::Owner;
use crate::problem::Problem;
use crate::sse::follow;
use crate::state::Door;
use crate::wire::{Event, EventPage};

/// Events on one JSON page unless the caller says otherwise, and the most there may be.
const PAGE: (u32, u32) = (500, 1000);
/// How often a comment is sent while nothing happens, so that nobody between us and the caller closes the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream or a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventsFormat {
    /// Server-Sent Events.
    #[default]
    Sse,
    /// One page.
    Json,
}

/// From where, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Only events after this one. `Last-Event-ID` goes before it.
    after: Option<i64>,
    /// Default `sse`.
    #[serde(default)]
    #[param(inline)]
    format: EventsFormat,
    /// Events on a JSON page, 1 to 1000; default 500.
    limit: Option<u32>,
}

/// Follow a job.
///
/// Every event of the job from the beginning (or after the one that was seen last), then as they happen, with progress at
/// most once a second. The stream ends after `job.ended`; asked again after that, the answer is 204.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/events",
    operation_id = "follow_job",
    tag = "jobs",
    params(
        ("id" = String, Path, description = "The job."),
        ("Last-Event-ID" = Option<i64>, Header, description = "The last event that was seen."),
        EventsQuery,
    ),
    responses(
        (status = 200, content((EventPage = "application/json"), (String = "text/event-stream"))),
        (status = 204, description = "The job has ended and all of it was seen."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(door): State<Door>,
    Owner(owner): Owner,
    Path(id): Path<JobId>,
    Params(query): Params<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_seen(&headers).or(query.after).unwrap_or(0);
    if query.format == EventsFormat::Json {
        let limit = query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
        return Ok(Json(page(&door.engine, &owner, id, after, limit).await?).into_response());
    }
    let job = door.engine.job(&owner, id).await?;
    if job.status.ended() && door.engine.events(&owner, id, after, 1).await?.is_empty() {
        // A browser that comes back after the end must be told not to come again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let happened = follow(door.engine, owner, id, after, door.settings.closing.clone());
    let sent = happened.map(|event| Ok::<_, Infallible>(sent(&event)));
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    Ok(([unbuffered], Sse::new(sent).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}

async fn page(engine: &Engine, owner: &str, id: JobId, after: i64, limit: u32) -> Result<EventPage, Problem> {
    let rows = engine.events(owner, id, after, limit).await?;
    let next_after = rows.last().map_or(after, |e| e.seq);
    Ok(EventPage { items: rows.into_iter().map(Event::from).collect(), next_after })
}

fn last_seen(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.trim().parse().ok()
}

/// Progress has no id, so that a caller who comes back begins after the last event that is kept.
fn sent(event: &Event) -> Sent {
    let data = serde_json::to_string(event).unwrap_or_default();
    let sent = Sent::default().event(event.kind.replace(['\r', '\n'], " ")).data(data);
    match event.seq {
        Some(seq) => sent.id(seq.to_string()),
        None => sent,
    }
}
