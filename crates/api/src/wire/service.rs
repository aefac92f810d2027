//! The service as a whole: health, batches, and the counts that older services read (their names are not ours to choose).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::JobStatus;

/// How several jobs stand together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Batch {
    /// Whether every one of them has ended. False when there is none.
    pub done: bool,
    /// How many there are.
    pub total: u64,
    /// How many have ended.
    pub ended: u64,
    /// How many ended `completed`.
    pub succeeded: u64,
    /// How many ended otherwise.
    pub failed: u64,
    /// The page to go to when done.
    pub review_url: Option<String>,
    /// One row a job.
    pub jobs: Vec<BatchJob>,
}

/// A job of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BatchJob {
    /// The job.
    pub id: String,
    /// Where it stands.
    pub status: JobStatus,
    /// 0..1.
    pub progress: f64,
}

/// The process answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `ok`.
    pub status: Verdict,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It works.
    Ok,
    /// It does not, and all work goes on without it, later or slower.
    Degraded,
    /// It does not; its detail says what to do.
    Failing,
}

/// How every part is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` when every part is.
    pub status: Verdict,
    /// The version that answers.
    pub version: String,
    /// `store`, `blobs`, `tools`, …; of `/api/v1/health/jobs` the queues, `workers` and `dead`.
    pub parts: BTreeMap<&'static str, Part>,
}

/// How one part is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Part {
    /// Whether it works.
    pub status: Verdict,
    /// What was found, and how to mend it.
    pub detail: String,
}

/// Jobs by status, in the names of the older surface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QueueStatus {
    /// All of them.
    pub total_jobs: u64,
    /// Not started.
    pub pending_jobs: u64,
    /// Started and not ended.
    pub processing_jobs: u64,
    /// Ended without a result.
    pub failed_jobs: u64,
    /// Ended with a result.
    pub completed_jobs: u64,
    /// Jobs with work in hand.
    pub active_jobs_count: u64,
    /// Always `streaming_s3`, as the older services expect.
    pub processing_method: &'static str,
    /// Jobs this process takes at once.
    pub max_concurrent_jobs: u32,
}

/// How the queue did today (since midnight, UTC).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QueueStats {
    /// Jobs that ended today.
    pub jobs_processed_today: u64,
    /// Completed jobs among those, in percent.
    pub success_rate: f64,
    /// From start to end, on average: `8.5 minutes`.
    pub average_processing_time: String,
    /// Memory of this machine in use: `65%`.
    pub memory_usage: String,
    /// Jobs with work in hand.
    pub active_concurrent_jobs: u64,
}

/// Counts and performance of jobs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Metrics {
    /// The older surface wraps its answers.
    pub data: MetricsData,
}

/// What [`Metrics`] wraps.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MetricsData {
    /// Jobs by status.
    pub metrics: MetricsCounts,
    /// Over the last 24 hours.
    pub performance: Performance,
}

/// Jobs by status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MetricsCounts {
    /// All of them.
    pub total: u64,
    /// Not started.
    pub pending: u64,
    /// Started and not ended.
    pub processing: u64,
    /// Ended with a result.
    pub completed: u64,
    /// Ended without a result, or expired.
    pub failed: u64,
    /// Stopped by their owners.
    pub cancelled: u64,
}

/// How fast and how well, over the jobs that ended in the last 24 hours.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Performance {
    /// Jobs ended an hour.
    pub processing_rate: f64,
    /// Completed jobs, in percent.
    pub completion_rate: f64,
    /// Other ends, in percent.
    pub failure_rate: f64,
    /// From start to end, in milliseconds.
    pub average_processing_time: f64,
    /// From submit to start, in milliseconds.
    pub average_queue_time: f64,
    /// From submit to end, in milliseconds.
    pub average_total_time: f64,
}
