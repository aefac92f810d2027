//! API keys: list, make, revoke. Only admins come here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::Engine;
use gristmill_model::KeyId;
use gristmill_store::ApiKey;

use super::jobs::idempotency::{id_of, key as idempotency_key};
use crate::extract::{Json as Body, Path};
use crate::keyring::new_key;
use crate::names::{key_name, owner_name};
use crate::owner::Admin;
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{CreatedKey, Key, KeyPage, NewKey};

/// List all keys, revoked ones too. Their secrets are kept nowhere.
#[utoipa::path(
    get,
    path = "/api/v1/keys",
    operation_id = "list_keys",
    tag = "keys",
    responses((status = 200, body = KeyPage), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list(State(engine): State<Engine>, _: Admin) -> Result<Json<KeyPage>, Problem> {
    let items = engine.store().keys().await?.into_iter().map(Key::from).collect();
    Ok(Json(KeyPage { items, next_cursor: None }))
}

/// Make a key.
///
/// Its secret is in this answer and nowhere else. So a repeated `Idempotency-Key` cannot give it again: the answer is 409.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "create_key",
    tag = "keys",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes sure that one request makes one key.")),
    request_body = NewKey,
    responses(
        (status = 201, body = CreatedKey),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "This request made a key before, or is still running."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The name or the owner cannot be."),
    )
)]
pub(crate) async fn create(
    State(door): State<Door>,
    Admin(by): Admin,
    headers: HeaderMap,
    Body(asked): Body<NewKey>,
) -> Result<Response, Problem> {
    let (name, owner) = (key_name(&asked.name)?, owner_name(&asked.owner)?);
    let once = idempotency_key(&headers)?;
    let _running = once.as_deref().map(|k| door.keys.enter(&by.owner, k)).transpose()?;
    let id = once.map(|k| KeyId::from_uuid(id_of(&by.owner, &k)));
    if let Some(id) = id {
        refuse_second(&door.engine, id).await?;
    }
    let (row, key) = new_key(id, &name, &owner, asked.role.into())?;
    let id = row.id;
    door.engine.store().add_key(row).await?;
    let row = door.engine.store().key(id).await?.ok_or_else(Problem::internal)?;
    tracing::info!(key = %id, by = by.owner, "key.created");
    let body = CreatedKey { row: row.into(), key };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn refuse_second(engine: &Engine, id: KeyId) -> Result<(), Problem> {
    if engine.store().key(id).await?.is_none() {
        return Ok(());
    }
    let detail =
        format!("this request made `{id}` before, and its secret cannot be shown twice; revoke it and make another if it was lost");
    Err(Problem::new(StatusCode::CONFLICT, "key_exists", detail))
}

/// Revoke a key. It is refused everywhere within five seconds.
#[utoipa::path(
    delete,
    path = "/api/v1/keys/{id}",
    operation_id = "revoke_key",
    tag = "keys",
    params(("id" = String, Path, description = "The key.")),
    responses(
        (status = 200, body = Key),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke(State(engine): State<Engine>, Admin(by): Admin, Path(id): Path<KeyId>) -> Result<Json<Key>, Problem> {
    if engine.store().revoke_key(id).await? {
        tracing::info!(key = %id, by = by.owner, "key.revoked");
    }
    // One that was revoked before is as revoked as now.
    let row: Option<ApiKey> = engine.store().key(id).await?;
    row.map(|k| Json(k.into())).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "key_not_found", format!("there is no key `{id}`")))
}
