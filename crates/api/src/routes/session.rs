//! `/api/v1/session`: a ticket for the dashboard's pictures, players and event streams.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::Engine;

use crate::owner::Caller;
use crate::problem::Problem;
use crate::ticket;

/// Get a cookie with which a browser may read this key's jobs for twelve hours.
///
/// For pages: pictures, players and event streams send no headers of ours. Programs need none.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    operation_id = "open_session",
    tag = "keys",
    responses((status = 204, description = "The cookie, if the request came with a key.", headers(("Set-Cookie" = String))))
)]
pub(crate) async fn open(State(engine): State<Engine>, caller: Caller) -> Result<Response, Problem> {
    let key = match caller.key {
        Some(id) => engine.store().key(id).await?,
        None => None,
    };
    Ok(match key {
        Some(key) => (StatusCode::NO_CONTENT, [(header::SET_COOKIE, ticket::cookie(&key))]).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Take the cookie back.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    operation_id = "close_session",
    tag = "keys",
    responses((status = 204, description = "It is gone.", headers(("Set-Cookie" = String))))
)]
pub(crate) async fn close(_: Caller) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, ticket::no_cookie())]).into_response()
}
