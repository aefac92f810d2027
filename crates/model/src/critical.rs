//! The critical-error path: what is done when a job cannot go on at all. Each step is an effect with retries and a row of its
//! own; what follows from a step's outcome is written with that outcome, so a crash between two steps leaves nothing half done.
//!
//! The refund comes first, while everything is still there: only if it cannot be committed is the job requeued, once.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing to do about a job that cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Give back the whole hold.
    Refund,
    /// Tell the owner that the job failed and was refunded.
    TellOwner,
    /// Delete the job's stored files.
    DeleteFiles,
    /// Run the job again from its start.
    Requeue,
    /// End the job as failed.
    SetFailed,
    /// Mail the owner what they can do and that an admin will act.
    MailOwnerHelp,
    /// Mail the admin that the job needs a person.
    MailAdmin,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 7] =
        [Self::Refund, Self::TellOwner, Self::DeleteFiles, Self::Requeue, Self::SetFailed, Self::MailOwnerHelp, Self::MailAdmin];

    /// The name used in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::TellOwner => "tell_owner",
            Self::DeleteFiles => "delete_files",
            Self::Requeue => "requeue",
            Self::SetFailed => "set_failed",
            Self::MailOwnerHelp => "mail_owner_help",
            Self::MailAdmin => "mail_admin",
        }
    }

    /// The step of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is committed.
    Done,
    /// It failed for good, or its retries are spent.
    GaveUp,
}

/// What the path depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Case {
    /// The owner asked to be told when the job fails.
    pub wants_mail: bool,
    /// The owner's retention says that stored files stay.
    pub keep_files: bool,
    /// The job was requeued by this path before.
    pub requeued_before: bool,
}

/// The steps to write when a job cannot go on.
pub fn begin() -> Vec<Step> {
    vec![Step::Refund]
}

/// The steps to write in the transaction that records a step's outcome.
///
/// The admin may be called twice on one path, as when the refund is missing and the status cannot be set either; each call is a
/// row of its own. A mail that gives up is followed by nothing: it stays as a dead effect that can be seen.
pub fn after(step: Step, outcome: Outcome, case: Case) -> Vec<Step> {
    match (step, outcome) {
        (Step::Refund, Outcome::Done) => refunded(case),
        (Step::Refund, Outcome::GaveUp) if !case.requeued_before => vec![Step::Requeue],
        (Step::Refund | Step::Requeue, Outcome::GaveUp) => vec![Step::SetFailed, Step::MailOwnerHelp, Step::MailAdmin],
        (Step::DeleteFiles | Step::SetFailed, Outcome::GaveUp) => vec![Step::MailAdmin],
        (Step::TellOwner | Step::MailOwnerHelp | Step::MailAdmin, Outcome::GaveUp) => vec![],
        (_, Outcome::Done) => vec![],
    }
}

fn refunded(case: Case) -> Vec<Step> {
    let mut steps = vec![Step::SetFailed];
    steps.extend(case.wants_mail.then_some(Step::TellOwner));
    steps.extend((!case.keep_files).then_some(Step::DeleteFiles));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [Case; 8] = {
        let mut all = [Case { wants_mail: false, keep_files: false, requeued_before: false }; 8];
        let mut i = 0;
        while i < 8 {
            all[i] = Case { wants_mail: i & 4 > 0, keep_files: i & 2 > 0, requeued_before: i & 1 > 0 };
            i += 1;
        }
        all
    };

    fn told(case: Case) -> String {
        let mail = if case.wants_mail { "mail wanted" } else { "no mail" };
        let files = if case.keep_files { "keep files" } else { "delete files" };
        let run = if case.requeued_before { "requeued before" } else { "first time" };
        format!("{mail:<11} · {files:<12} · {run:<15}")
    }

    /// One line a case, or one for all of them when the case does not matter.
    fn rows(step: Step, outcome: Outcome) -> String {
        let names = |case| after(step, outcome, case).iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
        let line =
            |case: String, steps: String| format!("{step:<15} {:<6} {case:<44} -> {steps}\n", format!("{outcome:?}")).replace(" \n", "\n");
        if CASES.iter().all(|c| names(*c) == names(CASES[0])) {
            return line("any case".into(), names(CASES[0]));
        }
        CASES.iter().map(|c| line(told(*c), names(*c))).collect()
    }

    #[test]
    fn the_path_is_what_was_agreed() {
        let both = |s: Step| [(s, Outcome::Done), (s, Outcome::GaveUp)];
        let table: String = Step::ALL.into_iter().flat_map(both).map(|(s, o)| rows(s, o)).collect();
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_step_is_read_back_by_its_name() {
        assert!(Step::ALL.into_iter().all(|s| Step::parse(s.as_str()) == Some(s)));
        assert_eq!(Step::parse("pray"), None);
    }

    /// What was begun and how it ended, when each step ends as `luck` says.
    #[derive(Default)]
    struct Story {
        begun: Vec<Step>,
        done: Vec<Step>,
    }

    /// Steps end in any order; what follows depends on the outcome alone, so one order stands for all.
    fn story(luck: u8, case: Case) -> Story {
        let (mut story, mut open) = (Story::default(), begin());
        while let Some(step) = open.pop() {
            story.begun.push(step);
            assert!(story.begun.len() <= 2 * Step::ALL.len(), "the path does not end: {:?}", story.begun);
            let outcome = if luck >> step as u8 & 1 == 1 { Outcome::Done } else { Outcome::GaveUp };
            story.done.extend((outcome == Outcome::Done).then_some(step));
            open.extend(after(step, outcome, case));
        }
        story
    }

    /// Every way the seven steps can end, in every case.
    fn stories() -> impl Iterator<Item = (Case, Story)> {
        (0..1u8 << Step::ALL.len()).flat_map(|luck| CASES.into_iter().map(move |case| (case, story(luck, case))))
    }

    #[test]
    fn every_path_ends_and_only_the_admin_may_be_called_twice() {
        for (case, Story { begun, .. }) in stories() {
            for step in Step::ALL.into_iter().filter(|s| *s != Step::MailAdmin) {
                assert!(begun.iter().filter(|s| **s == step).count() <= 1, "{case:?}: {begun:?}");
            }
        }
    }

    #[test]
    fn a_job_is_refunded_or_requeued_and_never_both() {
        for (case, Story { begun, done }) in stories() {
            assert!(!(done.contains(&Step::Refund) && done.contains(&Step::Requeue)), "{case:?}: {begun:?}");
        }
    }

    #[test]
    fn a_job_that_does_not_run_again_is_ended_and_requeued_at_most_once() {
        for (case, Story { begun, done }) in stories() {
            assert!(begun.contains(&Step::SetFailed) != done.contains(&Step::Requeue), "{case:?}: {begun:?}");
            assert!(!(case.requeued_before && begun.contains(&Step::Requeue)), "{case:?}: {begun:?}");
        }
    }

    #[test]
    fn the_admin_is_called_whenever_something_is_left_undone() {
        for (case, Story { begun, done }) in stories() {
            let failed = |step| begun.contains(&step) && !done.contains(&step);
            let neither = !done.contains(&Step::Refund) && !done.contains(&Step::Requeue);
            let left = neither || failed(Step::DeleteFiles) || failed(Step::SetFailed);
            assert_eq!(begun.contains(&Step::MailAdmin), left, "{case:?}: {begun:?}");
        }
    }

    #[test]
    fn files_are_deleted_only_after_the_refund_and_never_when_they_are_to_be_kept() {
        for (case, Story { begun, done }) in stories() {
            let deletes = begun.contains(&Step::DeleteFiles);
            assert_eq!(deletes, done.contains(&Step::Refund) && !case.keep_files, "{case:?}: {begun:?}");
        }
    }

    #[test]
    fn the_owner_is_told_when_they_asked_to_be_and_always_when_the_refund_is_missing() {
        for (case, Story { begun, done }) in stories() {
            assert_eq!(begun.contains(&Step::TellOwner), case.wants_mail && done.contains(&Step::Refund), "{case:?}: {begun:?}");
            let neither = !done.contains(&Step::Refund) && !done.contains(&Step::Requeue);
            assert_eq!(begun.contains(&Step::MailOwnerHelp), neither, "{case:?}: {begun:?}");
        }
    }
}
