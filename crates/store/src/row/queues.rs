//! Queues as they stand.

use gristmill_model::Timestamp;
use gristmill_model::queue::Queue;

/// How a queue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Which.
    pub queue: Queue,
    /// Since when it is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Tasks (or effects) that may be claimed now.
    pub ready: u64,
    /// Tasks (or effects) that wait for their time.
    pub delayed: u64,
    /// Tasks that run.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// Since when the longest waiting one waits.
    pub oldest: Option<Timestamp>,
}
