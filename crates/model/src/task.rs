//! The life of a task. [`advance`] answers every change of state; the snapshot test prints its whole table.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Problem};
use crate::retry::Retry;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Steps it comes after have not ended.
    Waiting,
    /// May be claimed once its time has come.
    Ready,
    /// Leased to a worker until a deadline.
    Running,
    /// It was split into parts and waits for them to end.
    Parked,
    /// Its work is done and published.
    Succeeded,
    /// There was nothing to do, or the file did not qualify.
    Skipped,
    /// Out of retries, or it killed too many workers. Kept for inspection and redrive.
    Dead,
    /// The owner said stop, or its file ended before it ran.
    Cancelled,
}

impl State {
    /// Every state, in the order of the transition table.
    pub const ALL: [Self; 8] =
        [Self::Waiting, Self::Ready, Self::Running, Self::Parked, Self::Succeeded, Self::Skipped, Self::Dead, Self::Cancelled];

    /// Whether it never changes again, except by an explicit redrive.
    pub fn ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped | Self::Dead | Self::Cancelled)
    }

    /// The name used in rows, events and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Parked => "parked",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What happens to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Every step it comes after has ended well.
    Released,
    /// A worker takes it. The attempt counts from here.
    Claimed,
    /// The operation did its work.
    Succeeded,
    /// The operation found nothing to do for this file (no picture in a sound file, say).
    NotApplicable,
    /// The operation failed, and says whose fault it was.
    Failed(Problem),
    /// The lease ran out, or the worker's process ended.
    WorkerLost,
    /// The hard deadline passed, however alive the worker is.
    TimedOut,
    /// The worker is draining and gives the task back.
    GivenBack,
    /// The operation answered with parts; they become tasks of their own.
    Expanded,
    /// Every part has ended well; the task runs once more to join them.
    Joined,
    /// A part is out of retries or does not qualify.
    PartFailed(Problem),
    /// The owner cancelled, or the file ended.
    Cancelled,
    /// An operator or owner wants it run again.
    Redriven,
}

impl Input {
    /// The name used in the printed table.
    pub fn name(&self) -> String {
        match self {
            Self::Failed(p) => format!("failed({:?})", p.fault).to_lowercase(),
            Self::PartFailed(p) => format!("partfailed({:?})", p.fault).to_lowercase(),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

/// How much of its patience a task has used. Attempts are counted at claim, so a crash counts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Attempts that ended with a failure or a passed deadline, not counting this one.
    pub failures: u32,
    /// Attempts that ended with a lost worker, not counting this one.
    pub losses: u32,
}

/// What [`advance`] answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The state to write.
    pub next: State,
    /// The tally to write.
    pub tally: Tally,
    /// How long the task must wait before it may be claimed (zero unless `next` is `Ready`).
    pub wait: Duration,
    /// The problem to keep on the row, if this change has one.
    pub problem: Option<Problem>,
}

/// The one function that decides what becomes of a task. `None` means the input does not apply in this state
/// (a stale worker, a doubled message) and nothing may be written.
pub fn advance(state: State, tally: Tally, input: &Input, policy: &Retry, jitter: f64) -> Option<Change> {
    use State::*;
    let to = |next| Some(Change { next, tally, wait: Duration::ZERO, problem: None });
    match (state, input) {
        (Waiting, Input::Released) => to(Ready),
        (Ready, Input::Claimed) => to(Running),
        (Running, Input::Succeeded) => to(Succeeded),
        (Running, Input::NotApplicable) => to(Skipped),
        (Running, Input::Failed(problem)) => Some(after_failure(tally, problem.clone(), policy, jitter)),
        (Running, Input::TimedOut) => Some(after_failure(tally, timed_out(), policy, jitter)),
        (Running, Input::WorkerLost) => Some(after_loss(tally, policy)),
        (Running, Input::GivenBack) => to(Ready),
        (Running, Input::Expanded) => to(Parked),
        (Parked, Input::Joined) => to(Ready),
        (Parked, Input::PartFailed(problem)) => {
            let next = if problem.fault.retryable() { Dead } else { Skipped };
            Some(Change { next, tally, wait: Duration::ZERO, problem: Some(problem.clone()) })
        }
        (Waiting | Ready | Running | Parked, Input::Cancelled) => to(Cancelled),
        (Succeeded | Skipped | Dead | Cancelled, Input::Redriven) => {
            Some(Change { next: Ready, tally: Tally::default(), wait: Duration::ZERO, problem: None })
        }
        _ => None,
    }
}

fn after_failure(tally: Tally, problem: Problem, policy: &Retry, jitter: f64) -> Change {
    let tally = Tally { failures: tally.failures + 1, ..tally };
    let (next, wait) = match problem.fault {
        Fault::Input | Fault::Limit => (State::Skipped, Duration::ZERO),
        Fault::Tool | Fault::Bug if tally.failures <= policy.retries => (State::Ready, policy.wait(tally.failures, jitter)),
        Fault::Tool | Fault::Bug => (State::Dead, Duration::ZERO),
    };
    Change { next, tally, wait, problem: Some(problem) }
}

fn after_loss(tally: Tally, policy: &Retry) -> Change {
    let tally = Tally { losses: tally.losses + 1, ..tally };
    let problem = Problem::new(Fault::Tool, "worker_lost", "The worker that ran this step went away before it finished.");
    if tally.losses > policy.lost {
        let problem = Problem::new(
            Fault::Tool,
            "killed_its_workers",
            format!("The worker that ran this step went away {} times, so the step is held back for inspection.", tally.losses),
        );
        return Change { next: State::Dead, tally, wait: Duration::ZERO, problem: Some(problem) };
    }
    Change { next: State::Ready, tally, wait: policy.wait_lost(tally.losses), problem: Some(problem) }
}

fn timed_out() -> Problem {
    Problem::new(Fault::Tool, "deadline_passed", "The step ran past its deadline and was stopped.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> Vec<Input> {
        let mut all = vec![Input::Released, Input::Claimed, Input::Succeeded, Input::NotApplicable];
        all.extend(Fault::ALL.map(|f| Input::Failed(Problem::new(f, "x", "y"))));
        all.extend([Input::WorkerLost, Input::TimedOut, Input::GivenBack, Input::Expanded, Input::Joined]);
        all.extend(Fault::ALL.map(|f| Input::PartFailed(Problem::new(f, "x", "y"))));
        all.extend([Input::Cancelled, Input::Redriven]);
        all
    }

    fn row(state: State, input: &Input) -> Option<String> {
        let policy = Retry::default();
        let fresh = advance(state, Tally::default(), input, &policy, 1.0)?;
        let spent = Tally { failures: policy.retries, losses: policy.lost };
        let last = advance(state, spent, input, &policy, 1.0)?;
        let end = if last.next == fresh.next { String::new() } else { format!(", when patience is spent {}", last.next) };
        let wait = if fresh.wait.is_zero() { String::new() } else { format!(" in {:?}", fresh.wait) };
        Some(format!("{state:<10} + {:<15} -> {}{wait}{end}\n", input.name(), fresh.next))
    }

    #[test]
    fn the_transition_table_is_what_was_agreed() {
        let table: String = State::ALL.iter().flat_map(|s| inputs().into_iter().filter_map(|i| row(*s, &i))).collect();
        insta::assert_snapshot!(table);
    }

    #[test]
    fn an_ended_task_changes_only_by_redrive() {
        for state in State::ALL.into_iter().filter(|s| s.ended()) {
            for input in inputs().into_iter().filter(|i| *i != Input::Redriven) {
                assert_eq!(advance(state, Tally::default(), &input, &Retry::default(), 0.0), None, "{state} + {input:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_task_that_always_fails_dies_after_its_retries(retries in 0u32..20, jitter in 0.0f64..1.0) {
            let policy = Retry { retries, ..Retry::default() };
            let failed = Input::Failed(Problem::new(Fault::Tool, "x", "y"));
            let (mut tally, mut runs) = (Tally::default(), 0);
            loop {
                runs += 1;
                let change = advance(State::Running, tally, &failed, &policy, jitter).unwrap();
                tally = change.tally;
                if change.next == State::Dead { break; }
                proptest::prop_assert!(change.wait <= Duration::from_millis(policy.most_ms));
            }
            proptest::prop_assert_eq!(runs, retries + 1);
        }

        #[test]
        fn a_task_that_kills_its_workers_ends_dead_and_not_in_a_loop(lost in 0u32..40) {
            let policy = Retry { lost, ..Retry::default() };
            let (mut tally, mut runs) = (Tally::default(), 0);
            loop {
                runs += 1;
                let change = advance(State::Running, tally, &Input::WorkerLost, &policy, 0.5).unwrap();
                tally = change.tally;
                if change.next == State::Dead { break; }
            }
            proptest::prop_assert_eq!(runs, lost + 1);
        }
    }
}
