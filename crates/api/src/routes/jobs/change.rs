//! Cancel, retry, delete.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use gristmill_engine::Engine;
use gristmill_model::JobId;
use gristmill_store::RetryFrom;

use super::show::whole;
use crate::extract::Path;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{Job, RetryJob};

/// Stop a job.
///
/// Steps that run are stopped within a few seconds; results that are there stay.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{id}/cancel",
    operation_id = "cancel_job",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    responses(
        (status = 202, body = Job),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It has ended already."),
    )
)]
pub(crate) async fn cancel(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<JobId>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    engine.cancel(&owner, id).await?;
    Ok((StatusCode::ACCEPTED, whole(&engine, &owner, id).await?))
}

/// Run an ended job again, all of it or a part.
#[utoipa::path(
    post,
    path = "/api/v1/jobs/{id}/retry",
    operation_id = "retry_job",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    request_body(content = Option<RetryJob>, content_type = "application/json"),
    responses(
        (status = 202, body = Job),
        (status = 402, body = Problem, content_type = "application/problem+json", description = "There are not enough credits."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It has not ended."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "There is nothing to run again."),
    )
)]
pub(crate) async fn retry(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Path(id): Path<JobId>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<Job>), Problem> {
    engine.retry(&owner, id, from(&body?)?).await?;
    Ok((StatusCode::ACCEPTED, whole(&engine, &owner, id).await?))
}

fn from(body: &[u8]) -> Result<RetryFrom, Problem> {
    let text = if body.trim_ascii().is_empty() { b"{}" } else { body };
    let asked: RetryJob = serde_json::from_slice(text)
        .map_err(|e| Problem::bad("body_invalid", format!("send {{\"from\": \"failed\"}}, `all` or the id of a step: {e}")))?;
    Ok(match asked.from.as_str() {
        "failed" => RetryFrom::Failed,
        "all" => RetryFrom::All,
        _ => RetryFrom::Step(asked.from),
    })
}

/// Forget an ended job with its files and results.
#[utoipa::path(
    delete,
    path = "/api/v1/jobs/{id}",
    operation_id = "delete_job",
    tag = "jobs",
    params(("id" = String, Path, description = "The job.")),
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It has not ended."),
    )
)]
pub(crate) async fn delete(State(engine): State<Engine>, Owner(owner): Owner, Path(id): Path<JobId>) -> Result<StatusCode, Problem> {
    engine.delete(&owner, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_begins_where_the_caller_says() {
        assert_eq!(from(b"").unwrap(), RetryFrom::Failed);
        assert_eq!(from(b" {} ").unwrap(), RetryFrom::Failed);
        assert_eq!(from(br#"{"from":"all"}"#).unwrap(), RetryFrom::All);
        assert_eq!(from(br#"{"from":"poster"}"#).unwrap(), RetryFrom::Step("poster".into()));
        assert_eq!(from(b"[").unwrap_err().code, "body_invalid");
    }
}
