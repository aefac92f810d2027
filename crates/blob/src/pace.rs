//! How long parts take, and from it when one is slow enough to be asked for a second time ("hedged", as in Dean and Barroso, The Tail
//! at Scale, 2013).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many of the last parts count.
const KEPT: usize = 32;
/// Before so many nothing is called slow.
const ENOUGH: usize = 4;
/// A part is slow when it takes this many times the median.
const SLOW: f64 = 3.0;
/// Sooner than this none is: two requests at once cost more than they save.
const SOONEST: Duration = Duration::from_millis(200);
/// Requests cost time whatever their size; below this size all are taken as equally large.
const SMALLEST: u64 = 256 * 1024;

/// What was seen of one object.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Seconds a byte.
    last: VecDeque<f64>,
    parts: u64,
    hedged: u64,
}

impl Pace {
    /// A part of `bytes` took `time`.
    pub(crate) fn record(&self, bytes: u64, time: Duration) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.parts += 1;
        if seen.last.len() == KEPT {
            seen.last.pop_front();
        }
        seen.last.push_back(time.as_secs_f64() / bytes.max(SMALLEST) as f64);
    }

    /// When a part of `bytes` is to be asked for again; `None` when too little is known.
    pub(crate) fn slow_after(&self, bytes: u64) -> Option<Duration> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<f64> = seen.last.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).filter(|_| sorted.len() >= ENOUGH)?;
        Some(Duration::from_secs_f64(median * SLOW * bytes.max(SMALLEST) as f64).max(SOONEST))
    }

    /// Whether one more may be asked for again: at most a tenth of all, so that a slow server is not asked twice for everything.
    pub(crate) fn may_hedge(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let may = seen.hedged * 10 <= seen.parts;
        seen.hedged += u64::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: u64 = 8 << 20;

    #[test]
    fn a_part_is_slow_by_the_median_of_the_others() {
        let pace = Pace::default();
        for time in [1, 1, 60] {
            pace.record(PART, Duration::from_secs(time));
        }
        assert_eq!(pace.slow_after(PART), None);
        pace.record(PART, Duration::from_secs(1));
        assert_eq!(pace.slow_after(PART).map(|d| d.as_secs_f64().round()), Some(3.0));
        assert_eq!(pace.slow_after(PART / 2).map(|d| (d.as_secs_f64() * 10.0).round()), Some(15.0));
    }

    #[test]
    fn at_most_a_tenth_is_asked_for_again() {
        let pace = Pace::default();
        let hedged = (0..100).filter(|_| {
            pace.record(PART, Duration::from_secs(1));
            pace.may_hedge()
        });
        assert!((5..=11).contains(&hedged.count()));
    }
}
