//! An error as people read it: the cause, and what to do next.

use std::fmt;

use crate::exit::Exit;

/// A cause with its next step. Travels inside [`anyhow::Error`]; [`tell`] finds it again.
#[derive(Debug)]
pub struct Failure {
    cause: String,
    next: String,
    exit: Exit,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Failure {}

/// The work could not be done.
pub fn failed(cause: impl Into<String>, next: impl Into<String>) -> anyhow::Error {
    Failure { cause: cause.into(), next: next.into(), exit: Exit::Failed }.into()
}

/// The command line or the configuration cannot be understood.
pub fn misused(cause: impl Into<String>, next: impl Into<String>) -> anyhow::Error {
    Failure { cause: cause.into(), next: next.into(), exit: Exit::Usage }.into()
}

/// The lines for standard error, and the exit code.
pub fn tell(error: &anyhow::Error) -> (String, Exit) {
    let found = error.downcast_ref::<Failure>();
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let next = found.map_or("run `gristmill doctor`; it says which part is broken and how to mend it", |f| f.next.as_str());
    (format!("error: {}\nnext: {next}", causes.join(": ")), found.map_or(Exit::Failed, |f| f.exit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_cause_and_the_next_step() {
        let (text, exit) = tell(&misused("there is no step `x`", "see `gristmill pipelines show image`"));
        assert_eq!(text, "error: there is no step `x`\nnext: see `gristmill pipelines show image`");
        assert_eq!(exit, Exit::Usage);
    }

    #[test]
    fn an_error_without_advice_sends_to_the_doctor() {
        let (text, exit) = tell(&anyhow::anyhow!("disk").context("writing"));
        assert!(text.starts_with("error: writing: disk\nnext: run `gristmill doctor`"), "{text}");
        assert_eq!(exit, Exit::Failed);
    }
}
