//! What the store keeps. What differs from the tables of a real store is only `claims` and `accepted`: they exist for the laws.

use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::task::{Change, State, Tally};

/// How far the time of a lease has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lease {
    Fresh,
    /// No heartbeat came in time. A late one makes it fresh again.
    Expired,
    /// The hard deadline has passed. No heartbeat mends that.
    Late,
}

/// The pointer of a task to its result, and whose bytes stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Published {
    pub(crate) fence: u8,
    /// The claim that wrote them, or `None` if they were removed.
    pub(crate) bytes: Option<u8>,
}

/// The row of a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) state: State,
    pub(crate) failures: u32,
    pub(crate) losses: u32,
    /// It may not be claimed before its retry timer has run out.
    pub(crate) waits: bool,
    pub(crate) fence: u8,
    pub(crate) lease: Option<Lease>,
    pub(crate) published: Option<Published>,
    /// How often it was claimed in truth, whatever the fence says.
    pub(crate) claims: u8,
    /// The claim whose success was accepted.
    pub(crate) accepted: Option<u8>,
}

impl Task {
    pub(crate) fn new(state: State) -> Self {
        Self { state, failures: 0, losses: 0, waits: false, fence: 0, lease: None, published: None, claims: 0, accepted: None }
    }

    pub(crate) fn tally(&self) -> Tally {
        Tally { failures: self.failures, losses: self.losses }
    }

    pub(crate) fn write(&mut self, change: &Change) {
        self.state = change.next;
        self.failures = change.tally.failures;
        self.losses = change.tally.losses;
        self.waits = !change.wait.is_zero();
        self.lease = None;
    }

    /// Orders tasks well enough to tell most of them apart.
    pub(crate) fn key(&self) -> (u32, u32, u32) {
        (self.rank(), self.failures, self.losses)
    }

    /// Grows with every claim, and between two claims with every step towards the next.
    pub(crate) fn rank(&self) -> u32 {
        let stage = match (self.state, self.lease) {
            (State::Waiting | State::Parked | State::Running, None | Some(Lease::Fresh)) => 0,
            (_, Some(Lease::Expired)) => 1,
            (_, Some(Lease::Late)) => 2,
            (State::Ready, _) if self.waits => 3,
            (State::Ready, _) => 4,
            _ => 5,
        };
        u32::from(self.fence) * 8 + stage
    }
}

/// The row of a file, and what the ledger has about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct File {
    pub(crate) ended: Option<FileStatus>,
    pub(crate) captures: u8,
    pub(crate) refunds: u8,
}

/// The row of the job, its hold, and its terminal effects in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Job {
    pub(crate) cancelling: bool,
    pub(crate) ended: Option<JobStatus>,
    pub(crate) held: u8,
    pub(crate) effects: u8,
}
