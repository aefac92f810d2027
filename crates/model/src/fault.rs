//! Whose fault it was. The engine decides on this alone: skip the file, retry elsewhere, or give up.

use serde::{Deserialize, Serialize};

/// Whose fault a failure was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The file is not what the pipeline accepts. Skip it and tell the owner; a retry cannot help.
    Input,
    /// The file is honest but larger than a limit allows. Skip it; a retry cannot help.
    Limit,
    /// A tool, a disk or a service failed. Retry, elsewhere if possible.
    Tool,
    /// We did. Retry as for a tool, because a bug is often a race, and keep the evidence.
    Bug,
}

impl Fault {
    /// Every fault, in the order of the transition table.
    pub const ALL: [Self; 4] = [Self::Input, Self::Limit, Self::Tool, Self::Bug];

    /// Whether running the same work again may end differently.
    pub fn retryable(self) -> bool {
        matches!(self, Self::Tool | Self::Bug)
    }
}

/// What went wrong, told to people and programs: a stable code, a sentence, and whose fault it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable, snake case, safe to match on: `image_too_large`.
    pub code: String,
    /// One or two sentences: the cause and the next step. Never a path of this machine, never a secret.
    pub message: String,
    /// Whose fault it was.
    pub fault: Fault,
}

impl Problem {
    /// A problem with its three parts.
    pub fn new(fault: Fault, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), fault }
    }
}
