//! How far a job is, as people see it: bars on a terminal, plain lines elsewhere. Fed with [`Seen`], which has the API's
//! own shape, so that a job in this process and one on a server look the same.

mod bars;
mod plain;
mod seen;

use std::io::IsTerminal;

pub use plain::{Plain, because};
pub use seen::Seen;

/// Where progress is shown.
pub enum Display {
    /// On a terminal.
    Bars(bars::Bars),
    /// In a log.
    Plain(Plain),
    /// Nowhere.
    Silent,
}

impl Display {
    /// What standard error can show. `quiet` asks for no plain lines, because a program reads the result.
    pub fn new(quiet: bool) -> Self {
        if std::io::stderr().is_terminal() {
            Self::Bars(bars::Bars::new())
        } else if quiet {
            Self::Silent
        } else {
            Self::Plain(Plain::default())
        }
    }

    /// Shows where the job is now.
    pub fn show(&mut self, seen: &Seen) {
        match self {
            Self::Bars(bars) => bars.show(seen),
            Self::Plain(plain) => plain.show(seen).iter().for_each(|line| say(line)),
            Self::Silent => {}
        }
    }

    /// Takes the bars away, so that what is printed next stands alone.
    pub fn finish(&mut self) {
        if let Self::Bars(bars) = self {
            bars.finish();
        }
    }
}

/// A line on standard error.
#[expect(clippy::print_stderr, reason = "progress for people goes to standard error, results to standard output")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
