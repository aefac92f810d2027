//! Jobs: submit, list, show, follow, change, and fetch results.

pub(crate) mod artifact;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod events;
pub(crate) mod form;
pub(crate) mod idempotency;
pub(crate) mod list;
pub(crate) mod messages;
pub(crate) mod results;
pub(crate) mod show;
pub(crate) mod source;
pub(crate) mod wish;
