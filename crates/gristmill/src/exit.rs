//! What an exit code means. One table; nothing else in this binary chooses a number.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done,
    /// Something failed; for jobs, at least one file failed or was stopped.
    Failed,
    /// The work is done, but at least one file did not qualify and was skipped.
    Refused,
    /// The command line or the configuration cannot be understood (`EX_USAGE` of BSD's sysexits).
    Usage,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Refused => 2,
            Self::Usage => 64,
        }
    }

    /// What the ends of files mean together: a failure outweighs a refusal.
    pub fn of_files<'a>(statuses: impl Iterator<Item = &'a str>) -> Self {
        statuses.fold(Self::Done, |so_far, status| match (so_far, status) {
            (Self::Failed, _) => Self::Failed,
            (kept, "succeeded") => kept,
            (_, "skipped") => Self::Refused,
            _ => Self::Failed,
        })
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    fn of(statuses: &[&str]) -> u8 {
        Exit::of_files(statuses.iter().copied()).code()
    }

    #[test]
    fn all_done_is_0_some_refused_is_2_any_failed_is_1() {
        assert_eq!(of(&["succeeded", "succeeded"]), 0);
        assert_eq!(of(&["succeeded", "skipped"]), 2);
        assert_eq!(of(&["skipped"]), 2);
        assert_eq!(of(&["failed", "skipped", "succeeded"]), 1);
        assert_eq!(of(&["skipped", "cancelled"]), 1);
    }

    #[test]
    fn a_misunderstood_command_line_is_not_mistaken_for_refused_files() {
        assert_eq!(Exit::Usage.code(), 64);
    }
}
