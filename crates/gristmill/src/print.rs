//! Standard output: what a command was asked for, and nothing else. A reader that went away is not an error.

use std::io::Write;

/// Writes text as it is.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // `gristmill jobs list | head` closes the pipe; there is nobody left to tell.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes a line.
pub fn line(text: &str) {
    out(&format!("{text}\n"));
}

/// Writes JSON for programs, indented for the people who read it all the same.
pub fn out_json(value: &serde_json::Value) {
    line(&serde_json::to_string_pretty(value).unwrap_or_default());
}
