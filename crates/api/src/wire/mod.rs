//! The shapes that go over the wire, apart from rows so that either may change without the other.

mod bucket;
mod credits;
mod cron;
mod dead;
mod event;
mod file;
mod fleet;
mod job;
mod key;
mod names;
mod notify;
mod pipeline;
mod record;
mod request;
mod service;
mod upload;
mod webhook;

pub(crate) use bucket::{BucketEvents, Noticing};
pub(crate) use credits::{Balance, Grant, LedgerEntry, LedgerPage, Quote, QuoteFile, QuoteRequest, QuotedFile};
pub(crate) use cron::{CreateCron, Cron, CronForm, CronPage};
pub(crate) use dead::{Count, DeadChoice, DeadGroup, DeadLetter, DeadPage};
pub(crate) use event::{Event, EventPage};
pub(crate) use file::{Cause, Credits, File, FileResult, Results};
pub(crate) use fleet::{Queue, QueuePage, Scaler, Worker, WorkerPage};
pub(crate) use job::{Counts, Job, JobPage, JobSummary, QueueJob, QueueJobs};
pub(crate) use key::{CreatedKey, Key, KeyPage, NewKey};
pub(crate) use names::{Fault, FileStatus, JobStatus, Priority, TaskState};
pub(crate) use notify::Notify;
pub(crate) use pipeline::{Checked, Pipeline, PipelinePage};
pub(crate) use record::{RecordDetail, RecordPage, RecordState, RecordSummary, ReviewRecord};
pub(crate) use request::{Accepted, AcceptedFile, CreateForm, CreateJob, FileSource, RetryJob};
pub(crate) use service::{
    Batch, BatchJob, Health, Live, Metrics, MetricsCounts, MetricsData, Part, Performance, QueueStats, QueueStatus, Verdict,
};

pub(crate) use upload::{CompleteUpload, DirectUpload, NewDirectUpload};
pub(crate) use webhook::{
    Delivery, DeliveryPage, Endpoint, EndpointPage, JobMessage, JobMessages, NewEndpoint, ReplayWebhooks, Rotate, SecretEndpoint,
};

use gristmill_model::Timestamp;

/// A time as the wire has it: RFC 3339, UTC.
pub(crate) fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|t| t.to_string())
}
