//! What the end of a task means for its file, and the end of a file for its job.

use crate::job::{FileStatus, JobStatus};
use crate::task::State;

/// One task of a file, as the roll-up sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// The step it runs.
    pub step: String,
    /// The steps it comes after.
    pub after: Vec<String>,
    /// Where it stands now.
    pub state: State,
    /// Whether it ended because the file did not qualify.
    pub refused: bool,
    /// Whether the file may succeed without it.
    pub optional: bool,
}

/// What becomes of a file after one of its tasks changed. Indices point into the slice that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// It goes on; these tasks may now run.
    Open {
        /// Waiting tasks whose predecessors have all ended well.
        release: Vec<usize>,
    },
    /// It has ended; these tasks must not run any more.
    Ended {
        /// How it ended.
        status: FileStatus,
        /// Tasks to cancel.
        cancel: Vec<usize>,
    },
}

/// Decides what becomes of a file from its tasks. A refusal outweighs a failure: it names the cause.
pub fn file(tasks: &[Sibling]) -> FileChange {
    if tasks.iter().any(|t| t.refused && !t.optional) {
        return ended(tasks, FileStatus::Skipped);
    }
    if tasks.iter().any(|t| t.state == State::Dead && !t.optional) {
        return ended(tasks, FileStatus::Failed);
    }
    if tasks.iter().any(|t| t.state == State::Cancelled) {
        return ended(tasks, FileStatus::Cancelled);
    }
    if tasks.iter().all(|t| t.state.ended()) {
        return ended(tasks, FileStatus::Succeeded);
    }
    FileChange::Open { release: releasable(tasks) }
}

fn ended(tasks: &[Sibling], status: FileStatus) -> FileChange {
    let cancel = (0..tasks.len()).filter(|&i| !tasks[i].state.ended()).collect();
    FileChange::Ended { status, cancel }
}

fn releasable(tasks: &[Sibling]) -> Vec<usize> {
    let open = |step: &String| tasks.iter().any(|t| t.step == *step && !t.state.ended());
    let may_run = |t: &Sibling| t.state == State::Waiting && !t.after.iter().any(open);
    (0..tasks.len()).filter(|&i| may_run(&tasks[i])).collect()
}

/// How the files of a job stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCounts {
    /// All of them.
    pub files: u32,
    /// Those that succeeded.
    pub succeeded: u32,
    /// Those that did not qualify.
    pub skipped: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that were stopped.
    pub cancelled: u32,
}

impl FileCounts {
    /// Files that have not ended.
    pub fn open(&self) -> u32 {
        self.files - (self.succeeded + self.skipped + self.failed + self.cancelled)
    }
}

/// The end of a job, or `None` while a file is open. A cancelled job stays cancelled whatever finished before.
pub fn job(counts: FileCounts, cancelled: bool) -> Option<JobStatus> {
    match counts {
        c if c.open() > 0 => None,
        _ if cancelled => Some(JobStatus::Cancelled),
        c if c.succeeded > 0 => Some(JobStatus::Completed),
        _ => Some(JobStatus::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(step: &str, after: &[&str], state: State) -> Sibling {
        Sibling { step: step.into(), after: after.iter().map(|s| (*s).to_owned()).collect(), state, refused: false, optional: false }
    }

    #[test]
    fn a_step_is_released_when_all_it_comes_after_have_ended() {
        let tasks = [
            task("check", &[], State::Succeeded),
            task("poster", &["check"], State::Waiting),
            task("transcode", &["check"], State::Running),
            task("package", &["check", "transcode"], State::Waiting),
        ];
        assert_eq!(file(&tasks), FileChange::Open { release: vec![1] });
    }

    #[test]
    fn a_step_with_nothing_to_do_releases_what_comes_after_it() {
        let tasks = [task("poster", &[], State::Skipped), task("package", &["poster"], State::Waiting)];
        assert_eq!(file(&tasks), FileChange::Open { release: vec![1] });
    }

    #[test]
    fn a_refused_file_ends_as_skipped_and_its_other_steps_are_cancelled() {
        let mut tasks = [task("check", &[], State::Skipped), task("resize", &["check"], State::Waiting)];
        tasks[0].refused = true;
        assert_eq!(file(&tasks), FileChange::Ended { status: FileStatus::Skipped, cancel: vec![1] });
    }

    #[test]
    fn a_refusal_by_an_optional_step_does_not_skip_its_file() {
        let mut tasks = [task("poster", &[], State::Skipped), task("package", &["poster"], State::Waiting)];
        (tasks[0].refused, tasks[0].optional) = (true, true);
        assert_eq!(file(&tasks), FileChange::Open { release: vec![1] });
    }

    #[test]
    fn a_dead_optional_step_does_not_fail_its_file() {
        let mut tasks = [task("thumbhash", &[], State::Dead), task("resize", &[], State::Succeeded)];
        tasks[0].optional = true;
        assert_eq!(file(&tasks), FileChange::Ended { status: FileStatus::Succeeded, cancel: vec![] });
    }

    #[test]
    fn a_job_completes_when_one_file_succeeded_and_fails_when_none_did() {
        let counts = FileCounts { files: 2, succeeded: 1, skipped: 1, ..FileCounts::default() };
        assert_eq!(job(counts, false), Some(JobStatus::Completed));
        assert_eq!(job(FileCounts { succeeded: 0, failed: 1, ..counts }, false), Some(JobStatus::Failed));
        assert_eq!(job(FileCounts { skipped: 0, ..counts }, false), None);
        assert_eq!(job(counts, true), Some(JobStatus::Cancelled));
    }

    proptest::proptest! {
        /// Whatever the graph's shape and the order of ends, a file whose steps all succeed ends, and each step is released once.
        #[test]
        fn every_step_of_a_sound_graph_runs_exactly_once(edges in proptest::collection::vec(0u8..=255, 1..8), picks in proptest::collection::vec(0usize..8, 64)) {
            let mut tasks: Vec<Sibling> = edges.iter().enumerate().map(|(i, bits)| {
                let after: Vec<String> = (0..i).filter(|j| bits >> j & 1 == 1).map(|j| j.to_string()).collect();
                let state = if after.is_empty() { State::Ready } else { State::Waiting };
                Sibling { step: i.to_string(), after, state, refused: false, optional: false }
            }).collect();
            let mut runs = vec![0; tasks.len()];
            for pick in picks.iter().cycle().take(512) {
                let ready: Vec<usize> = (0..tasks.len()).filter(|&i| tasks[i].state == State::Ready).collect();
                let Some(&i) = ready.get(pick % ready.len().max(1)) else { break };
                runs[i] += 1;
                tasks[i].state = State::Succeeded;
                match file(&tasks) {
                    FileChange::Open { release } => for r in release { tasks[r].state = State::Ready; },
                    FileChange::Ended { status, .. } => { proptest::prop_assert_eq!(status, FileStatus::Succeeded); break }
                }
            }
            proptest::prop_assert!(runs.iter().all(|&n| n == 1), "{:?}", runs);
        }
    }
}
