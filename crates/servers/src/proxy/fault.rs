//! What goes wrong with a request, and what that means for the bytes of its answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What happens to a request that is chosen to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server never sees it; the answer is this status without a body.
    Status(u16),
    /// The connection is reset after so many bytes of the answer, head included.
    ResetAfter(u64),
    /// The answer stops after so many bytes of it, and the connection stays open.
    HangAfter(u64),
    /// The answer passes at so many bytes a second.
    BytesPerSecond(u64),
}

/// Which requests fail, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Plan {
    plan: Mutex<(u64, Option<(u64, Fault)>)>,
}

impl Plan {
    pub(super) fn set(&self, every: u64, fault: Option<Fault>) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        *plan = (0, fault.map(|fault| (every.max(1), fault)));
    }

    /// Counts a request and answers what is to go wrong with it.
    pub(super) fn next(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.0 += 1;
        plan.1.filter(|(every, _)| plan.0.is_multiple_of(*every)).map(|(_, fault)| fault)
    }
}

/// What the answer on a connection suffers at the moment.
#[derive(Debug, Default)]
pub(super) struct Answer {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    passed: u64,
    since: Option<Instant>,
}

/// What to do with a piece of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Let it through after this long.
    Pass(Duration),
    /// Let so many bytes through, then reset the connection.
    Reset(usize),
    /// Let so many bytes through, then nothing more.
    Hang(usize),
}

impl Answer {
    /// The next answer begins.
    pub(super) fn begin(&self, fault: Option<Fault>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State { fault, passed: 0, since: Some(Instant::now()) };
    }

    /// What to do with the next `length` bytes.
    pub(super) fn judge(&self, length: usize) -> Verdict {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.passed;
        state.passed += length as u64;
        let left = |limit: u64| usize::try_from(limit.saturating_sub(before)).unwrap_or(usize::MAX).min(length);
        match state.fault {
            Some(Fault::ResetAfter(limit)) if state.passed > limit => Verdict::Reset(left(limit)),
            Some(Fault::HangAfter(limit)) if state.passed > limit => Verdict::Hang(left(limit)),
            Some(Fault::BytesPerSecond(rate)) => {
                let due = Duration::from_secs_f64(state.passed as f64 / rate.max(1) as f64);
                Verdict::Pass(due.saturating_sub(state.since.map_or(Duration::ZERO, |since| since.elapsed())))
            }
            _ => Verdict::Pass(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_request_fails() {
        let plan = Plan::default();
        plan.set(3, Some(Fault::Status(503)));
        let failed: Vec<_> = (0..6).map(|_| plan.next().is_some()).collect();
        assert_eq!(failed, [false, false, true, false, false, true]);
    }

    #[test]
    fn an_answer_is_reset_where_it_is_told() {
        let answer = Answer::default();
        answer.begin(Some(Fault::ResetAfter(10)));
        assert_eq!(answer.judge(8), Verdict::Pass(Duration::ZERO));
        assert_eq!(answer.judge(8), Verdict::Reset(2));
        answer.begin(None);
        assert_eq!(answer.judge(80), Verdict::Pass(Duration::ZERO));
    }
}
