//! What a job does, as a stream: kept events at once, progress at most once a second.

mod follow;
mod progress;

pub(crate) use follow::follow;
