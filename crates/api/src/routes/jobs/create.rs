//! `POST /api/v1/jobs`: JSON, or a form with files that are streamed to the spool.

use axum::RequestExt;
use axum::extract::{Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::Engine;
use gristmill_model::JobId;
use gristmill_store::Idempotency;

use super::form::{self, Received};
use super::idempotency::{self, fingerprint};
use super::source;
use super::wish::wish;
use crate::extract::{Json, from_status};
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{Accepted, AcceptedFile, CreateForm, CreateJob, JobStatus};

/// Submit a job.
///
/// Send JSON, or a form whose first part `request` is the same JSON and whose `file` parts are the files. Once this has
/// answered, every step of the job reaches an end, even if machines die in between.
#[utoipa::path(
    post,
    path = "/api/v1/jobs",
    operation_id = "create_job",
    tag = "jobs",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request gives the first answer again.")),
    request_body(content((CreateJob = "application/json"), (CreateForm = "multipart/form-data"))),
    responses(
        (status = 202, body = Accepted, headers(("Location" = String, description = "Where to look at the job."))),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body is not readable."),
        (status = 402, body = Problem, content_type = "application/problem+json", description = "There are not enough credits."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "A request with this key is still running."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too large."),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "Neither JSON nor a form."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The request cannot be carried out."),
    )
)]
pub(crate) async fn create(State(door): State<Door>, Owner(owner): Owner, request: Request) -> Result<Response, Problem> {
    let key = idempotency::key(request.headers())?;
    let _running = key.as_deref().map(|k| door.keys.enter(&owner, k)).transpose()?;
    let (asked, files) = read(&door, &owner, request).await?;
    let mut wish = wish(&owner, &asked)?;
    wish.idempotency = key.map(|key| Idempotency { key, fingerprint: fingerprint(&asked, &files) });
    let given = source::named(&asked.files)?.into_iter().chain(source::received(&files, &asked.passwords)).collect();
    let received = door.engine.submit(wish, given).await?;
    accepted(&door.engine, &owner, received.job).await
}

/// The request and the received files.
async fn read(door: &Door, owner: &str, request: Request) -> Result<(CreateJob, Vec<Received>), Problem> {
    match essence(request.headers()).as_str() {
        "multipart/form-data" => {
            let form = request.extract::<Multipart, _>().await.map_err(|e| from_status(e.status(), e.body_text()))?;
            form::read(&door.engine, door.settings.max_upload_bytes, form, |asked| may_run(&door.engine, owner, asked)).await
        }
        "application/json" => {
            let Json(asked) = request.extract::<Json<CreateJob>, _>().await?;
            may_run(&door.engine, owner, &asked)?;
            Ok((asked, Vec::new()))
        }
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type_not_supported",
            "send application/json, or multipart/form-data with `request` first and then `file` parts",
        )),
    }
}

fn essence(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Refuses what could never run, before any byte of a file is read.
fn may_run(engine: &Engine, owner: &str, asked: &CreateJob) -> Result<(), Problem> {
    source::named(&asked.files)?;
    Ok(engine.check(&wish(owner, asked)?).map(drop)?)
}

/// The answer; the same however often the same request comes.
async fn accepted(engine: &Engine, owner: &str, job: JobId) -> Result<Response, Problem> {
    let url = format!("/api/v1/jobs/{job}");
    let files = engine.view(owner, job).await?.files;
    let files = files.into_iter().map(|f| AcceptedFile { id: f.file.id.to_string(), name: f.file.name }).collect();
    let body = Accepted { id: job.to_string(), status: JobStatus::Pending, url: url.clone(), files };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, url)], axum::Json(body)).into_response())
}
