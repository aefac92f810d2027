//! Jobs: the summary that lists and status show, and the whole.

use gristmill_engine::{JobView, eta};
use gristmill_model::Timestamp;
use gristmill_model::job::JobStatus as Status;
use gristmill_store as rows;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Cause, Credits, File, JobStatus, Notify, Priority, time};

/// How the files of a job stand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// All of them.
    pub files: u32,
    /// Those that succeeded.
    pub succeeded: u32,
    /// Those that did not qualify.
    pub skipped: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that were stopped.
    pub cancelled: u32,
}

/// A job without its files.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobSummary {
    /// `job_` and 32 hexadecimal digits.
    pub id: String,
    /// The pipeline it runs.
    pub pipeline: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Who goes first.
    pub priority: Priority,
    /// The owner's name for a set of jobs.
    pub group: Option<String>,
    /// When it was submitted.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it expires unless it has started.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// When its first step began.
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// 0..1, weighted by the expected work of its steps.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// Seconds it still needs if it goes on as it went.
    pub eta_seconds: Option<f64>,
    /// Whether a source of a file does not exist yet.
    pub waiting_for_files: bool,
    /// How its files stand.
    pub counts: Counts,
}

impl JobSummary {
    /// A row as it stands at `now` (the store's clock).
    pub(crate) fn new(job: &rows::Job, now: Timestamp) -> Self {
        let c = job.counts;
        Self {
            id: job.id.to_string(),
            pipeline: job.pipeline.clone(),
            status: job.status.into(),
            priority: job.priority.into(),
            group: job.group.clone(),
            created_at: job.created_at.to_string(),
            expires_at: job.expires_at.to_string(),
            started_at: time(job.started_at),
            ended_at: time(job.ended_at),
            progress: job.progress,
            phase: job.phase.clone(),
            eta_seconds: eta(job, now).map(|d| (d.as_secs_f64() * 10.0).round() / 10.0),
            waiting_for_files: job.awaits > 0 && !job.status.ended(),
            counts: Counts { files: c.files, succeeded: c.succeeded, skipped: c.skipped, failed: c.failed, cancelled: c.cancelled },
        }
    }
}

/// A job with everything below it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Job {
    #[serde(flatten)]
    pub summary: JobSummary,
    /// What it set over the pipeline's options, by step.
    #[schema(value_type = Object)]
    pub options: Map<String, Value>,
    /// The owner's own data, as it came.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// Who is told of what happens to it.
    pub notify: Option<Notify>,
    /// What it costs: the sums over its files.
    pub credits: Credits,
    /// Why the job as a whole could not go on; problems of files stand at the files.
    pub error: Option<Cause>,
    /// Its files, in the order they were given.
    pub files: Vec<File>,
}

impl Job {
    /// A view as it stands at `now`.
    pub(crate) fn new(view: &JobView, now: Timestamp) -> Self {
        Self {
            summary: JobSummary::new(&view.job, now),
            options: view.job.options.clone(),
            metadata: view.job.metadata.clone(),
            notify: view.job.notify.as_ref().map(Into::into),
            credits: Credits::of(view.files.iter().map(|f| &f.file)),
            error: None,
            files: view.files.iter().map(|f| File::new(&view.job, f)).collect(),
        }
    }
}

/// One page of jobs, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JobPage {
    /// The jobs.
    pub items: Vec<JobSummary>,
    /// Give this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A row of the older queue listing: a job with the codes that older services read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QueueJob {
    #[serde(flatten)]
    pub summary: JobSummary,
    /// `0` pending, `1` processing, `2` ended without a result, `3` completed.
    #[schema(example = "3")]
    pub status_code: &'static str,
    /// `1` once there are results, else `0`.
    #[schema(example = "1")]
    pub data_process: &'static str,
}

impl QueueJob {
    /// A row as it stands at `now`.
    pub(crate) fn new(job: &rows::Job, now: Timestamp) -> Self {
        let (status_code, data_process) = older_codes(job.status);
        Self { summary: JobSummary::new(job, now), status_code, data_process }
    }
}

fn older_codes(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pending => ("0", "0"),
        Status::Processing => ("1", "0"),
        Status::Failed | Status::Cancelled | Status::Expired => ("2", "0"),
        Status::Completed => ("3", "1"),
    }
}

/// One page of the older queue listing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QueueJobs {
    /// The jobs.
    pub items: Vec<QueueJob>,
    /// Give this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_codes_are_those_that_services_read() {
        let codes = [Status::Pending, Status::Processing, Status::Failed, Status::Completed].map(|s| older_codes(s).0);
        assert_eq!(codes, ["0", "1", "2", "3"]);
    }
}
