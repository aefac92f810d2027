//! Credits: what an owner has, what moved, what files would cost, and giving more.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use gristmill_engine::{Engine, Request};
use gristmill_model::credits::{Credits, Measure};
use gristmill_model::id::Uuid;
use gristmill_store::Idempotency;
use serde::Deserialize;
use utoipa::IntoParams;

use super::jobs::idempotency::{fingerprint, key};
use crate::extract::{Json as Body, Params};
use crate::names::owner_name;
use crate::owner::{Admin, Caller};
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{Balance, Grant, LedgerEntry, LedgerPage, Quote, QuoteRequest, QuotedFile};

/// Transfers a page unless the caller says otherwise, and the most a page may have.
const PAGE: (u32, u32) = (50, 200);
/// The most credits of one grant.
const MOST: Credits = Credits(1_000_000_000_000_000);
/// The longest note of a grant, in characters.
const LONGEST_NOTE: usize = 500;
/// The most files of a quote; a job takes no more.
const MOST_FILES: usize = 10_000;

/// Whose credits.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CreditsQuery {
    /// Someone else's; for admins.
    owner: Option<String>,
}

/// Whose transfers, and from where.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerQuery {
    /// Someone else's; for admins.
    owner: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Transfers on the page, 1 to 200; default 50.
    limit: Option<u32>,
}

/// Show what an owner has.
#[utoipa::path(
    get,
    path = "/api/v1/credits",
    operation_id = "show_credits",
    tag = "credits",
    params(CreditsQuery),
    responses((status = 200, body = Balance), (status = 403, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn balance(
    State(engine): State<Engine>,
    caller: Caller,
    Params(query): Params<CreditsQuery>,
) -> Result<Json<Balance>, Problem> {
    let owner = caller.purse(query.owner)?;
    let account = engine.store().account(owner.clone()).await?;
    Ok(Json(Balance::new(owner, account, &engine.terms().prices)))
}

/// List what moved, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/credits/ledger",
    operation_id = "list_transfers",
    tag = "credits",
    params(LedgerQuery),
    responses(
        (status = 200, body = LedgerPage),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The cursor is not understood."),
    )
)]
pub(crate) async fn ledger(
    State(engine): State<Engine>,
    caller: Caller,
    Params(query): Params<LedgerQuery>,
) -> Result<Json<LedgerPage>, Problem> {
    let owner = caller.purse(query.owner)?;
    let limit = query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    let before = query.cursor.filter(|c| !c.is_empty()).map(|c| before(&c)).transpose()?;
    // One more than the page tells whether there is a next one.
    let mut rows = engine.store().transfers(owner, before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows.last().filter(|_| more).map(|t| t.id.simple().to_string());
    Ok(Json(LedgerPage { items: rows.into_iter().map(LedgerEntry::from).collect(), next_cursor }))
}

/// Older than what this cursor stands for.
pub(crate) fn before(cursor: &str) -> Result<Uuid, Problem> {
    let detail = "this cursor was not given by an earlier page; leave it out to begin with the newest";
    Uuid::try_parse(cursor).map_err(|_| Problem::invalid("cursor_invalid", detail))
}

/// Give an owner credits.
#[utoipa::path(
    post,
    path = "/api/v1/credits/grant",
    operation_id = "grant_credits",
    tag = "credits",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request gives the first answer again.")),
    request_body = Grant,
    responses(
        (status = 201, body = LedgerEntry),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A request with this key is still running."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The amount or the owner cannot be."),
    )
)]
pub(crate) async fn grant(
    State(door): State<Door>,
    Admin(by): Admin,
    headers: HeaderMap,
    Body(asked): Body<Grant>,
) -> Result<(StatusCode, Json<LedgerEntry>), Problem> {
    let key = key(&headers)?;
    let _running = key.as_deref().map(|k| door.keys.enter(&by.owner, k)).transpose()?;
    let key = key.map(|key| Idempotency { key, fingerprint: fingerprint(&asked, &[]) });
    let owner = owner_name(&asked.owner)?;
    let (amount, note) = (amount(asked.amount)?, note(asked.note)?);
    let made = door.engine.store().grant_once(by.owner, key, owner, amount, note).await?;
    let made = made.ok_or(gristmill_engine::EngineError::KeyTaken)?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

fn amount(given: f64) -> Result<Credits, Problem> {
    let refused = |why: String| Problem::invalid("amount_invalid", why);
    let amount = Credits::from_decimal(given).map_err(|e| refused(format!("`amount`: {e}")))?;
    if amount <= Credits::ZERO || amount > MOST {
        return Err(refused(format!("`amount` is {amount}; it may be above 0 and up to {MOST}")));
    }
    Ok(amount)
}

fn note(given: Option<String>) -> Result<Option<String>, Problem> {
    let given = given.filter(|n| !n.is_empty());
    if given.as_ref().is_some_and(|n| n.chars().count() > LONGEST_NOTE || n.chars().any(char::is_control)) {
        let detail = format!("`note` has at most {LONGEST_NOTE} characters and no control characters");
        return Err(Problem::invalid("note_invalid", detail));
    }
    Ok(given)
}

/// Tell what files would cost, without receiving them.
#[utoipa::path(
    post,
    path = "/api/v1/credits/quote",
    operation_id = "quote_credits",
    tag = "credits",
    request_body = QuoteRequest,
    responses(
        (status = 200, body = Quote),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "There is no such pipeline, or too many files."),
    )
)]
pub(crate) async fn quote(State(engine): State<Engine>, caller: Caller, Body(asked): Body<QuoteRequest>) -> Result<Json<Quote>, Problem> {
    engine.check(&Request { owner: caller.owner, pipeline: asked.pipeline, ..Request::default() })?;
    if asked.files.len() > MOST_FILES {
        return Err(Problem::invalid("files_invalid", format!("a job has at most {MOST_FILES} files")));
    }
    let measures: Vec<Measure> = asked.files.iter().map(crate::wire::QuoteFile::measure).collect();
    let prices = engine.quote(&measures);
    let total = Credits(prices.iter().map(|p| p.0).fold(0, i64::saturating_add)).to_decimal();
    let files = asked.files.into_iter().zip(prices).map(|(f, p)| QuotedFile { name: f.name, price: p.to_decimal() }).collect();
    Ok(Json(Quote { files, total }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_above_zero_and_exact() {
        assert_eq!(amount(12.5).unwrap(), Credits(12_500));
        for bad in [0.0, -1.0, 0.0001, f64::NAN, f64::INFINITY, 1e13] {
            assert_eq!(amount(bad).unwrap_err().code, "amount_invalid", "{bad}");
        }
    }

    #[test]
    fn a_note_is_one_short_line() {
        assert_eq!(note(Some(String::new())).unwrap(), None);
        assert!(note(Some("a\nb".into())).is_err() && note(Some("x".repeat(501))).is_err());
    }
}
