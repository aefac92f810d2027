//! When a failed or lost attempt runs again. Data, not code: a pipeline step may say otherwise.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often and how soon a task runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// Retries after the first failure. Default 3.
    pub retries: u32,
    /// Wait before the first retry. Default 5 s.
    pub first_ms: u64,
    /// Each further wait is this many times the one before. Default 2.
    pub factor: u32,
    /// No wait is longer. Default 30 s.
    pub most_ms: u64,
    /// How many times a task may lose its worker before it counts as the killer. Default 12; see docs/decisions/0003.
    pub lost: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { retries: 3, first_ms: 5_000, factor: 2, most_ms: 30_000, lost: 12 }
    }
}

impl Retry {
    /// The wait before retry `n` (from 1), spread by `jitter` in 0..=1 over the upper half of the interval, so that
    /// tasks that failed together do not come back together.
    pub fn wait(&self, n: u32, jitter: f64) -> Duration {
        let grown = u64::from(self.factor).saturating_pow(n.saturating_sub(1)).saturating_mul(self.first_ms);
        let full = Duration::from_millis(grown.min(self.most_ms));
        full.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }

    /// The wait after the `n`-th lost worker (from 1). The first three are immediate: a restart is not the task's fault.
    pub fn wait_lost(&self, n: u32) -> Duration {
        if n <= 3 { Duration::ZERO } else { Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_five_seconds_to_thirty() {
        let waits: Vec<u64> = (1..=5).map(|n| Retry::default().wait(n, 1.0).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 30, 30]);
    }

    #[test]
    fn jitter_takes_at_most_half_of_a_wait() {
        assert_eq!(Retry::default().wait(1, 0.0), Duration::from_millis(2_500));
    }

    #[test]
    fn a_huge_retry_number_does_not_overflow() {
        assert_eq!(Retry::default().wait(u32::MAX, 1.0), Duration::from_secs(30));
    }
}
