//! The routes, one folder or file a resource.

pub(crate) mod batch;
pub(crate) mod credits;
pub(crate) mod crons;
pub(crate) mod dashboard;
pub(crate) mod dead;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod pipelines;
pub(crate) mod queue;
pub(crate) mod queues;
pub(crate) mod records;
pub(crate) mod session;
pub(crate) mod uploads;
pub(crate) mod webhooks;

pub(crate) use jobs::idempotency::{Keys, fingerprint};
pub(crate) use jobs::source::named;
pub(crate) use jobs::wish::wish;
pub(crate) use metrics::Requests;
