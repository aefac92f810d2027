//! Webhook endpoints of an owner: made, looked at, changed, and what became of their messages. Operators see all, and change none.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::{BESIDE, Engine};
use gristmill_model::EndpointId;
use gristmill_model::id::Uuid;
use gristmill_store::{DeliveryFilter, EndpointChange, Replay};
use serde::Deserialize;
use utoipa::IntoParams;

use super::credits::before;
use super::jobs::idempotency::{id_of, key as idempotency_key};
use crate::extract::{Json as Body, Params, Path};
use crate::owner::{Caller, Owner};
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{Count, Delivery, DeliveryPage, Endpoint, EndpointPage, NewEndpoint, ReplayWebhooks, Rotate, SecretEndpoint};

/// Tries a page unless the caller says otherwise, and the most a page may have.
const PAGE: (u32, u32) = (50, 200);
/// How far back lost messages are sent again unless the caller says otherwise.
const WEEK: u64 = 7 * 86_400;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Tries on the page, 1 to 200; default 50.
    limit: Option<u32>,
}

/// List endpoints; operators see those of all.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    operation_id = "list_webhooks",
    tag = "webhooks",
    responses((status = 200, body = EndpointPage))
)]
pub(crate) async fn list(State(engine): State<Engine>, caller: Caller) -> Result<Json<EndpointPage>, Problem> {
    let rows = engine.store().endpoints(caller.scope(None)?).await?;
    Ok(Json(EndpointPage { items: rows.iter().map(Endpoint::from).collect(), next_cursor: None }))
}

/// Make an endpoint. It is told of jobs that are submitted from now on.
///
/// Its secret is in this answer and nowhere else. So a repeated `Idempotency-Key` cannot give it again: the answer is 409.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    operation_id = "create_webhook",
    tag = "webhooks",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes sure that one request makes one endpoint.")),
    request_body = NewEndpoint,
    responses(
        (status = 201, body = SecretEndpoint),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "This request made an endpoint before, or is still running."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The address or the events cannot be."),
    )
)]
pub(crate) async fn create(
    State(door): State<Door>,
    Owner(owner): Owner,
    headers: HeaderMap,
    Body(asked): Body<NewEndpoint>,
) -> Result<Response, Problem> {
    let once = idempotency_key(&headers)?;
    let _running = once.as_deref().map(|k| door.keys.enter(&owner, k)).transpose()?;
    let id = once.map(|k| EndpointId::from_uuid(id_of(&owner, &k)));
    if let Some(id) = id {
        refuse_second(&door.engine, id).await?;
    }
    let on = asked.events.into_iter().map(Into::into).collect();
    let row = door.engine.add_endpoint(id, &owner, &asked.url, on, asked.signing.into()).await?;
    tracing::info!(endpoint = %row.id, owner, "endpoint.created");
    Ok(shown_once(StatusCode::CREATED, SecretEndpoint::from(&row)))
}

async fn refuse_second(engine: &Engine, id: EndpointId) -> Result<(), Problem> {
    if engine.store().endpoint(id).await?.is_none() {
        return Ok(());
    }
    let detail = format!("this request made `{id}` before, and its secret cannot be shown twice; rotate it if it was lost");
    Err(Problem::new(StatusCode::CONFLICT, "endpoint_exists", detail))
}

fn shown_once(status: StatusCode, endpoint: SecretEndpoint) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(endpoint)).into_response()
}

/// Show an endpoint.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}",
    operation_id = "show_webhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint.")),
    responses((status = 200, body = Endpoint), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn show(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<EndpointId>) -> Result<Json<Endpoint>, Problem> {
    Ok(Json((&engine.endpoint(&owner, id).await?).into()))
}

/// Remove an endpoint. What was still to be sent there is given up.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{id}",
    operation_id = "delete_webhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint.")),
    responses((status = 200, body = Endpoint), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn delete(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<EndpointId>,
) -> Result<Json<Endpoint>, Problem> {
    Ok(Json((&engine.change_endpoint(&owner, id, EndpointChange::Remove).await?).into()))
}

/// Send to an endpoint again that was disabled because it answered 410.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/enable",
    operation_id = "enable_webhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint.")),
    responses((status = 200, body = Endpoint), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn enable(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<EndpointId>,
) -> Result<Json<Endpoint>, Problem> {
    Ok(Json((&engine.change_endpoint(&owner, id, EndpointChange::Enable).await?).into()))
}

/// Replace an endpoint's secret. For a while both sign, so that no message is refused while the receiver changes.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/rotate",
    operation_id = "rotate_webhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint.")),
    request_body = Rotate,
    responses((status = 200, body = SecretEndpoint), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn rotate(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<EndpointId>,
    Body(asked): Body<Rotate>,
) -> Result<Response, Problem> {
    let beside = asked.overlap_seconds.map_or(BESIDE, Duration::from_secs);
    let row = engine.rotate_endpoint(&owner, id, beside).await?;
    tracing::info!(endpoint = %id, owner, "endpoint.rotated");
    Ok(shown_once(StatusCode::OK, SecretEndpoint::from(&row)))
}

/// List tries to send to an endpoint, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries",
    operation_id = "list_deliveries",
    tag = "webhooks",
    params(("id" = String, Path, description = "The endpoint."), DeliveryQuery),
    responses(
        (status = 200, body = DeliveryPage),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The cursor is not understood."),
    )
)]
pub(crate) async fn deliveries(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<EndpointId>,
    Params(query): Params<DeliveryQuery>,
) -> Result<Json<DeliveryPage>, Problem> {
    engine.endpoint(&owner, id).await?;
    let limit = query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let older: Option<Uuid> = query.cursor.filter(|c| !c.is_empty()).map(|c| before(&c)).transpose()?;
    let filter = DeliveryFilter { endpoint: Some(id), before: older, limit: limit + 1, ..DeliveryFilter::default() };
    // One more than the page tells whether there is a next one.
    let mut rows = engine.store().deliveries(filter).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| more).map(|d| d.id.simple().to_string());
    Ok(Json(DeliveryPage { items: rows.into_iter().map(Delivery::from).collect(), next_cursor }))
}

/// Send webhooks again: one, or all that an endpoint has lost. Each keeps its id.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/replay",
    operation_id = "replay_webhooks",
    tag = "webhooks",
    request_body = ReplayWebhooks,
    responses(
        (status = 200, body = Count),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such endpoint."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "It does not say which."),
    )
)]
pub(crate) async fn replay(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Body(asked): Body<ReplayWebhooks>,
) -> Result<Json<Count>, Problem> {
    let wrong = |why: String| Problem::invalid("replay_invalid", why);
    let what = match (&asked.message, &asked.endpoint) {
        (Some(id), None) => Replay::One(id.parse().map_err(|e| wrong(format!("`message`: {e}")))?),
        (None, Some(id)) => {
            let ago = Duration::from_secs(asked.since_seconds.unwrap_or(WEEK));
            let now = engine.store().now().await?;
            let since = gristmill_model::Timestamp(now.0.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX)));
            Replay::Lost(id.parse().map_err(|e| wrong(format!("`endpoint`: {e}")))?, since)
        }
        _ => return Err(wrong("say either `message` or `endpoint`".into())),
    };
    Ok(Json(Count { count: engine.replay(&owner, what).await? }))
}
