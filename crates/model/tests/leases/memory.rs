//! What workers and rescuers remember, however old it is.
//!
//! Workers carry no names: two worlds that differ only in who is who behave alike. A claim is known by its fence.

use gristmill_model::task::Input;
use gristmill_model::{Fault, Problem};

/// How an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Done,
    /// The tool's fault: worth a retry.
    Failed,
    /// The file's fault: no retry helps.
    Refused,
}

impl Outcome {
    pub(crate) const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Refused];

    pub(crate) fn input(self) -> Input {
        match self {
            Self::Done => Input::Succeeded,
            Self::Failed => Input::Failed(Problem::new(Fault::Tool, "tool", "")),
            Self::Refused => Input::Failed(Problem::new(Fault::Input, "input", "")),
        }
    }
}

/// The right to run a task, as its holder or a rescuer remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Hold {
    pub(crate) task: usize,
    pub(crate) fence: u8,
    /// Which claim it was in truth.
    pub(crate) claim: u8,
    /// How it was settled when the answer was lost. It will be settled so again.
    pub(crate) unheard: Option<Outcome>,
}

/// One worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Worker {
    Idle,
    Holding(Hold),
    /// Stopped by a signal or a stalled machine; it does not know that time passes.
    Paused(Hold),
    Dead,
}

impl Worker {
    pub(crate) fn hold(self) -> Option<Hold> {
        match self {
            Self::Holding(hold) | Self::Paused(hold) => Some(hold),
            Self::Idle | Self::Dead => None,
        }
    }
}

/// A row that a rescuer read and will settle, perhaps much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) hold: Hold,
    pub(crate) late: bool,
}
