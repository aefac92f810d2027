//! The shapes that go over the wire, apart from rows so that either may change without the other.

mod event;
mod file;
mod job;
mod names;
mod pipeline;
mod request;
mod service;

pub(crate) use event::{Event, EventPage};
pub(crate) use file::{Cause, File, FileResult, Results};
pub(crate) use job::{Counts, Job, JobPage, JobSummary, QueueJob, QueueJobs};
pub(crate) use names::{Fault, FileStatus, JobStatus, Priority, TaskState};
pub(crate) use pipeline::{Checked, Pipeline, PipelinePage};
pub(crate) use request::{Accepted, AcceptedFile, CreateForm, CreateJob, FileSource, RetryJob};
pub(crate) use service::{
    Batch, BatchJob, Health, Live, Metrics, MetricsCounts, MetricsData, Part, Performance, QueueStats, QueueStatus, Verdict,
};

use gristmill_model::Timestamp;

/// A time as the wire has it: RFC 3339, UTC.
pub(crate) fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|t| t.to_string())
}
