//! Counts and rows in the shapes that older services read. Names and units are theirs. Owners see their own, operators all.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use gristmill_engine::Engine;
use gristmill_model::Timestamp;
use gristmill_model::job::JobStatus as Status;
use gristmill_store::Totals;

use super::jobs::list::{ListQuery, page};
use crate::extract::Params;
use crate::owner::{Caller, Owner};
use crate::problem::Problem;
use crate::state::Door;
use crate::wire::{Metrics, MetricsCounts, MetricsData, Performance, QueueJob, QueueJobs, QueueStats, QueueStatus};
use gristmill_engine::memory;

/// One day in milliseconds.
const DAY: i64 = 86_400_000;

/// Jobs by status and their performance over the last 24 hours.
#[utoipa::path(get, path = "/api/v1/jobs/metrics", operation_id = "show_metrics", tag = "queue", responses((status = 200, body = Metrics)))]
pub(crate) async fn metrics(State(engine): State<Engine>, caller: Caller) -> Result<Json<Metrics>, Problem> {
    let now = engine.store().now().await?;
    let totals = engine.totals(caller.scope(None)?.as_deref(), Timestamp(now.0 - DAY)).await?;
    Ok(Json(Metrics { data: MetricsData { metrics: counts(&totals), performance: performance(&totals, 24.0) } }))
}

/// Jobs by status.
#[utoipa::path(get, path = "/api/v1/queue/status", operation_id = "show_queue_status", tag = "queue", responses((status = 200, body = QueueStatus)))]
pub(crate) async fn status(State(door): State<Door>, caller: Caller) -> Result<Json<QueueStatus>, Problem> {
    let now = door.engine.store().now().await?;
    let c = counts(&door.engine.totals(caller.scope(None)?.as_deref(), now).await?);
    Ok(Json(QueueStatus {
        total_jobs: c.total,
        pending_jobs: c.pending,
        processing_jobs: c.processing,
        failed_jobs: c.failed,
        completed_jobs: c.completed,
        active_jobs_count: c.processing,
        processing_method: "streaming_s3",
        max_concurrent_jobs: door.settings.max_concurrent_jobs,
    }))
}

/// How the queue did since midnight, UTC.
#[utoipa::path(get, path = "/api/v1/queue/stats", operation_id = "show_queue_stats", tag = "queue", responses((status = 200, body = QueueStats)))]
pub(crate) async fn stats(State(engine): State<Engine>, caller: Caller) -> Result<Json<QueueStats>, Problem> {
    let now = engine.store().now().await?;
    let totals = engine.totals(caller.scope(None)?.as_deref(), Timestamp(now.0 - now.0.rem_euclid(DAY))).await?;
    let done = performance(&totals, 24.0);
    let memory = memory::used().map_or_else(|| "unknown".to_owned(), |share| format!("{:.0}%", share * 100.0));
    Ok(Json(QueueStats {
        jobs_processed_today: totals.ended_since.0 + totals.ended_since.1,
        success_rate: done.completion_rate,
        average_processing_time: spoken(Duration::from_millis(done.average_processing_time as u64)),
        memory_usage: memory,
        active_concurrent_jobs: counts(&totals).processing,
    }))
}

/// List jobs with the codes that older services read.
#[utoipa::path(get, path = "/api/v1/queue/jobs", operation_id = "list_queue_jobs", tag = "queue", params(ListQuery), responses((status = 200, body = QueueJobs)))]
pub(crate) async fn jobs(
    State(engine): State<Engine>,
    Owner(owner): Owner,
    Params(query): Params<ListQuery>,
) -> Result<Json<QueueJobs>, Problem> {
    let (jobs, next_cursor) = page(&engine, &owner, query).await?;
    let now = engine.store().now().await?;
    Ok(Json(QueueJobs { items: jobs.iter().map(|j| QueueJob::new(j, now)).collect(), next_cursor }))
}

fn counts(totals: &Totals) -> MetricsCounts {
    let of = |status| totals.jobs.iter().filter(|(s, _)| *s == status).map(|(_, n)| n).sum::<u64>();
    MetricsCounts {
        total: totals.jobs.iter().map(|(_, n)| n).sum(),
        pending: of(Status::Pending),
        processing: of(Status::Processing),
        completed: of(Status::Completed),
        failed: of(Status::Failed) + of(Status::Expired),
        cancelled: of(Status::Cancelled),
    }
}

/// Rates over the jobs that ended within these hours; all zero when none did.
fn performance(totals: &Totals, hours: f64) -> Performance {
    let (completed, others) = totals.ended_since;
    let ended = (completed + others) as f64;
    let each = |sum: f64| if ended > 0.0 { (sum / ended * 10.0).round() / 10.0 } else { 0.0 };
    let (worked, waited) = (totals.spent_ms.0 as f64, totals.spent_ms.1 as f64);
    Performance {
        processing_rate: (ended / hours * 100.0).round() / 100.0,
        completion_rate: each(100.0 * completed as f64),
        failure_rate: each(100.0 * others as f64),
        average_processing_time: each(worked),
        average_queue_time: each(waited),
        average_total_time: each(worked + waited),
    }
}

/// A span as the older surface words it: `8.5 minutes`, and smaller units where that would be nothing.
fn spoken(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} seconds") } else { format!("{:.1} minutes", seconds / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals() -> Totals {
        let jobs = vec![(Status::Pending, 1), (Status::Processing, 2), (Status::Completed, 3), (Status::Failed, 4), (Status::Expired, 5)];
        Totals { jobs, ended_since: (3, 1), spent_ms: (8_000, 400), ..Totals::default() }
    }

    #[test]
    fn counts_add_up_to_all_jobs() {
        let c = counts(&totals());
        assert_eq!((c.total, c.pending, c.processing, c.completed, c.failed, c.cancelled), (15, 1, 2, 3, 9, 0));
    }

    #[test]
    fn rates_are_percent_and_times_are_averages_in_milliseconds() {
        let p = performance(&totals(), 24.0);
        assert_eq!((p.completion_rate, p.failure_rate, p.processing_rate), (75.0, 25.0, 0.17));
        assert_eq!((p.average_processing_time, p.average_queue_time, p.average_total_time), (2_000.0, 100.0, 2_100.0));
    }

    #[test]
    fn nothing_ended_is_zero_and_not_a_division() {
        let p = performance(&Totals::default(), 24.0);
        assert_eq!((p.completion_rate, p.failure_rate, p.average_total_time), (0.0, 0.0, 0.0));
    }

    #[test]
    fn spans_are_spoken_in_minutes() {
        assert_eq!(spoken(Duration::from_secs(510)), "8.5 minutes");
        assert_eq!(spoken(Duration::from_millis(2_340)), "2.3 seconds");
    }
}
