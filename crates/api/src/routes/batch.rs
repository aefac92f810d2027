//! `GET /api/batch_status`: how several jobs stand together, for a page that waits for all of them.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::JobId;
use gristmill_model::job::JobStatus as Status;
use gristmill_store::{Job, JobFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::dispose::encoded;
use crate::extract::Params;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{Batch, BatchJob};

/// The most jobs one question may be about.
const MOST: u32 = 1000;

/// Which jobs: one of the two.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BatchQuery {
    /// Ids of jobs, with commas between them.
    jobs: Option<String>,
    /// A group. Its newest 1000 jobs are told.
    group: Option<String>,
}

/// Show how several jobs stand together.
#[utoipa::path(
    get,
    path = "/api/batch_status",
    operation_id = "show_batch",
    tag = "queue",
    params(BatchQuery),
    responses(
        (status = 200, body = Batch),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "One of the jobs does not exist."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Neither jobs nor a group, or too many jobs."),
    )
)]
pub(crate) async fn status(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Params(query): Params<BatchQuery>,
) -> Result<Json<Batch>, Problem> {
    let given = |text: Option<String>| text.filter(|t| !t.is_empty());
    match (given(query.jobs), given(query.group)) {
        (Some(ids), _) => {
            let jobs = named(&engine, &owner, &ids).await?;
            let about = jobs.iter().map(|j| j.id.to_string()).collect::<Vec<_>>().join(",");
            Ok(Json(batch(&jobs, &about)))
        }
        (None, Some(group)) => {
            let filter = JobFilter { group: Some(group.clone()), limit: MOST, ..JobFilter::default() };
            Ok(Json(batch(&engine.jobs(&owner, filter).await?, &encoded(&group))))
        }
        (None, None) => Err(Problem::invalid("batch_invalid", "say which jobs: ?jobs=job_…,job_… or ?group=…")),
    }
}

async fn named(engine: &Engine, owner: &str, ids: &str) -> Result<Vec<Job>, Problem> {
    let ids: Vec<&str> = ids.split(',').map(str::trim).filter(|t| !t.is_empty()).collect();
    if ids.len() > MOST as usize {
        return Err(Problem::invalid("batch_invalid", format!("at most {MOST} jobs at once")));
    }
    let mut jobs = Vec::with_capacity(ids.len());
    for id in ids {
        let id: JobId = id.parse().map_err(|e| Problem::invalid("batch_invalid", format!("{e}")))?;
        jobs.push(engine.job(owner, id).await?);
    }
    Ok(jobs)
}

/// `about` is what the review page will ask for again: the ids or the group.
fn batch(jobs: &[Job], about: &str) -> Batch {
    let count = |test: &dyn Fn(Status) -> bool| jobs.iter().filter(|j| test(j.status)).count() as u64;
    let (total, ended) = (jobs.len() as u64, count(&Status::ended));
    let succeeded = count(&|s| s == Status::Completed);
    let done = total > 0 && ended == total;
    Batch {
        done,
        total,
        ended,
        succeeded,
        failed: ended - succeeded,
        review_url: done.then(|| format!("/review/{about}")),
        jobs: jobs.iter().map(|j| BatchJob { id: j.id.to_string(), status: j.status.into(), progress: j.progress }).collect(),
    }
}
