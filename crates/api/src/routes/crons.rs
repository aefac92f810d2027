//! Work that comes again and again: list, put, remove. Each owner has their own.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use gristmill_engine::{Engine, NewCron, Request};

use super::jobs::form;
use super::jobs::source::received;
use super::jobs::wish::group;
use crate::extract::{Path, from_status};
use crate::names::cron_name;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{CreateCron, Cron, CronForm, CronPage};

/// List what comes again and again.
#[utoipa::path(get, path = "/api/v1/crons", operation_id = "list_crons", tag = "crons", responses((status = 200, body = CronPage)))]
pub(crate) async fn list(State(engine): State<Engine>, Owner(owner): Owner) -> Result<Json<CronPage>, Problem> {
    let items = engine.store().crons(Some(owner)).await?.into_iter().map(Cron::from).collect();
    Ok(Json(CronPage { items, next_cursor: None }))
}

/// Submit a job at each time of a rule.
///
/// A form whose first part `request` says what and when, and whose `file` parts are the files. The same name replaces.
#[utoipa::path(
    post,
    path = "/api/v1/crons",
    operation_id = "put_cron",
    tag = "crons",
    request_body(content = CronForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = Cron),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not readable."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too large."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The rule or the request cannot be carried out."),
    )
)]
pub(crate) async fn create(
    State(door): State<Door>,
    Owner(owner): Owner,
    sent: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, Json<Cron>), Problem> {
    let sent = sent.map_err(|e| from_status(e.status(), e.body_text()))?;
    let may_run = |asked: &CreateCron| wish(&owner, asked).and_then(|new| Ok(door.engine.check(&new.request).map(drop)?));
    let (asked, files) = form::read(&door.engine, door.settings.max_upload_bytes, sent, may_run).await?;
    if files.is_empty() {
        return Err(Problem::invalid("files_invalid", "send at least one `file` part; every job reads the files that are sent here"));
    }
    let made = door.engine.put_cron(wish(&owner, &asked)?, received(&files, &BTreeMap::new()).collect()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

fn wish(owner: &str, asked: &CreateCron) -> Result<NewCron, Problem> {
    let request = Request {
        owner: owner.to_owned(),
        pipeline: asked.pipeline.clone(),
        options: asked.options.clone(),
        priority: asked.priority.map(Into::into),
        group: group(asked.group.as_deref())?,
        metadata: asked.metadata.clone(),
        ..Request::default()
    };
    Ok(NewCron { name: cron_name(&asked.name)?, rule: asked.rule.clone(), request })
}

/// Remove one. Jobs that it submitted stay as they are.
#[utoipa::path(
    delete,
    path = "/api/v1/crons/{name}",
    operation_id = "delete_cron",
    tag = "crons",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 204, description = "It is removed."), (status = 404, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn delete(State(engine): State<Engine>, Owner(owner): Owner, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    if engine.store().delete_cron(owner, name).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "cron_not_found", "there is no such cron; GET /api/v1/crons lists those there are"))
}
