//! Files that are not there yet.

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::credits::Credits;
use gristmill_model::{FileId, Problem};

use super::plan::Plan;

/// A file that is to be looked for now.
#[derive(Debug, Clone, PartialEq)]
pub struct Awaited {
    /// The file.
    pub file: FileId,
    /// Whose it is.
    pub owner: String,
    /// Where it will be.
    pub source: String,
    /// What will be done to it.
    pub plan: Arc<Plan>,
}

/// How often a file is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the submit to the first look; each wait after it is half as long again.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Pace {
    /// The wait after this many looks.
    pub fn after(&self, looks: u32) -> Duration {
        let grown = self.first.mul_f64(1.5f64.powi(i32::try_from(looks.min(50)).unwrap_or(50)).min(1e6));
        grown.min(self.longest.max(self.first))
    }
}

impl Default for Pace {
    /// Half a minute at first, five minutes at most.
    fn default() -> Self {
        Self { first: Duration::from_secs(30), longest: Duration::from_secs(300) }
    }
}

/// A file that has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Come {
    /// Its size.
    pub bytes: u64,
    /// What tells this version of it from others.
    pub tag: Option<String>,
    /// Predicted run time of each step of the plan.
    pub estimates: Vec<Duration>,
    /// What is held for it.
    pub price: Credits,
}

/// What became of a file that was waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The file.
    pub file: FileId,
    /// That it has come, or why it never can.
    pub found: Result<Come, Problem>,
}

/// What an arrival led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// It is not waited for any more: it came before, or its job has ended.
    Gone,
    /// It is there; others of its job are not.
    Waits,
    /// It was the last: the job can start, or has ended.
    Last,
    /// The owner has not enough credits for it. Nothing was written.
    Short {
        /// What it needs.
        needed: Credits,
        /// What there is.
        available: Credits,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_and_never_rarer_than_the_longest_wait() {
        let pace = Pace::default();
        assert_eq!([0, 1, 2].map(|n| pace.after(n).as_millis()), [30_000, 45_000, 67_500]);
        assert_eq!(pace.after(40), Duration::from_secs(300));
        assert_eq!(pace.after(u32::MAX), Duration::from_secs(300));
        let slow = Pace { first: Duration::from_secs(600), longest: Duration::from_secs(300) };
        assert_eq!(slow.after(3), Duration::from_secs(600));
    }
}
