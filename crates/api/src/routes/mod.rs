//! The routes, one folder or file a resource.

pub(crate) mod batch;
pub(crate) mod dashboard;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod metrics;
pub(crate) mod pipelines;
pub(crate) mod queue;

pub(crate) use jobs::idempotency::Keys;
pub(crate) use metrics::Requests;
