//! `GET /api/v1/jobs`: pages of jobs, newest first.

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::JobId;
use gristmill_model::job::JobStatus as Status;
use gristmill_store::{Job, JobFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::Params;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::wire::{JobPage, JobStatus, JobSummary};

/// Jobs a page unless the caller says otherwise, and the most a page may have.
const PAGE: (u32, u32) = (50, 200);

/// Which jobs, and from where. An empty value is as if it were left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only in this status.
    #[param(value_type = Option<JobStatus>)]
    status: Option<String>,
    /// Only of this pipeline.
    pipeline: Option<String>,
    /// Only of this group.
    group: Option<String>,
    /// Only with this text in the id, the group or a file's name.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Jobs on the page, 1 to 200; default 50.
    limit: Option<u32>,
}

/// List jobs, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/jobs",
    operation_id = "list_jobs",
    tag = "jobs",
    params(ListQuery),
    responses(
        (status = 200, body = JobPage),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "A filter or the cursor is not understood."),
    )
)]
pub(crate) async fn list(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Params(query): Params<ListQuery>,
) -> Result<Json<JobPage>, Problem> {
    let (jobs, next_cursor) = page(&engine, &owner, query).await?;
    let now = engine.store().now().await?;
    Ok(Json(JobPage { items: jobs.iter().map(|j| JobSummary::new(j, now)).collect(), next_cursor }))
}

/// The jobs of one page and the cursor of the next.
pub(crate) async fn page(engine: &Engine, owner: &str, query: ListQuery) -> Result<(Vec<Job>, Option<String>), Problem> {
    let filter = filter(query)?;
    let limit = filter.limit;
    // One more than the page tells whether there is a next one.
    let mut jobs = engine.jobs(owner, JobFilter { limit: limit + 1, ..filter }).await?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let next = jobs.last().filter(|_| more).map(|last| cursor(last.id));
    Ok((jobs, next))
}

fn filter(query: ListQuery) -> Result<JobFilter, Problem> {
    let given = |text: Option<String>| text.filter(|t| !t.is_empty());
    Ok(JobFilter {
        owner: None,
        status: given(query.status).map(|s| status(&s)).transpose()?,
        pipeline: given(query.pipeline),
        group: given(query.group),
        text: given(query.q),
        before: given(query.cursor).map(|c| before(&c)).transpose()?,
        limit: query.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1),
    })
}

fn status(name: &str) -> Result<Status, Problem> {
    Status::parse(name).ok_or_else(|| {
        let known: Vec<&str> = Status::ALL.iter().map(|s| s.as_str()).collect();
        Problem::invalid("status_unknown", format!("there is no such status; there are {}", known.join(", ")))
    })
}

/// A cursor names the last job of its page, so pages do not shift when jobs are added. Callers must not read it.
fn cursor(last: JobId) -> String {
    last.to_string().trim_start_matches("job_").to_owned()
}

fn before(cursor: &str) -> Result<JobId, Problem> {
    let detail = "this cursor was not given by an earlier page; leave it out to begin with the newest jobs";
    format!("job_{cursor}").parse().map_err(|_| Problem::invalid("cursor_invalid", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_job() {
        let id: JobId = "job_0192000070008000000000000000002a".parse().unwrap();
        assert_eq!(before(&cursor(id)).unwrap(), id);
    }

    #[test]
    fn empty_values_are_as_if_left_out() {
        let empty = || Some(String::new());
        let query = ListQuery { status: empty(), pipeline: empty(), group: empty(), q: empty(), cursor: empty(), limit: None };
        let filter = filter(query).unwrap();
        assert!(filter.status.is_none() && filter.pipeline.is_none() && filter.text.is_none() && filter.before.is_none());
        assert_eq!(filter.limit, 50);
    }

    #[test]
    fn a_page_has_from_1_to_200_jobs() {
        let limit = |limit| filter(ListQuery { limit: Some(limit), ..ListQuery::default() }).unwrap().limit;
        assert_eq!([0, 7, 5000].map(limit), [1, 7, 200]);
    }

    #[test]
    fn an_unknown_status_is_told_the_known_ones() {
        let problem = filter(ListQuery { status: Some("done".into()), ..ListQuery::default() }).unwrap_err();
        assert_eq!(problem.code, "status_unknown");
        assert!(problem.detail.contains("completed"));
    }

    proptest::proptest! {
        #[test]
        fn a_made_up_cursor_is_refused_and_never_a_crash(text in "\\PC{0,60}") {
            if let Ok(id) = before(&text) {
                proptest::prop_assert_eq!(before(&cursor(id)).unwrap(), id);
            }
        }
    }
}
