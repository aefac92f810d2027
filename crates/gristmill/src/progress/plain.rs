//! Progress without a terminal: one line when a step or a file ends, no control characters, nothing twice.

use std::collections::BTreeSet;

use super::seen::{Seen, SeenError, SeenFile, SeenStep};
use crate::units;

/// Remembers what was said.
#[derive(Debug, Default)]
pub struct Plain {
    said: BTreeSet<String>,
}

impl Plain {
    /// The lines that are new since the last call.
    pub fn show(&mut self, seen: &Seen) -> Vec<String> {
        let mut lines = Vec::new();
        for (n, file) in seen.files.iter().enumerate() {
            for step in file.steps.iter().filter(|s| s.state != "cancelled") {
                if ended(&step.state) && self.first(format!("{n}/{}/{}", step.step, step.attempts)) {
                    lines.push(step_line(file, step));
                } else if step.state == "ready" && step.error.is_some() && self.first(format!("{n}/{}/{}", step.step, step.attempts)) {
                    lines.push(retry_line(file, step));
                }
            }
            if ended(&file.status) && self.first(format!("{n}")) {
                lines.push(file_line(file));
            }
        }
        lines
    }

    fn first(&mut self, what: String) -> bool {
        self.said.insert(what)
    }
}

fn ended(state: &str) -> bool {
    matches!(state, "succeeded" | "skipped" | "dead" | "failed" | "cancelled")
}

fn name(file: &SeenFile) -> String {
    units::plain(&file.name, 60)
}

fn step_line(file: &SeenFile, step: &SeenStep) -> String {
    let again = if step.attempts > 1 { format!(" (attempt {})", step.attempts) } else { String::new() };
    format!("{}: {} {}{again}", name(file), step.step, step.state)
}

fn retry_line(file: &SeenFile, step: &SeenStep) -> String {
    format!("{}: {} failed, runs again{}", name(file), step.step, because(step.error.as_ref()))
}

fn file_line(file: &SeenFile) -> String {
    format!("{}: {}{}", name(file), file.status, because(file.error.as_ref()))
}

/// ` (code): message`, safe for one line.
pub fn because(error: Option<&SeenError>) -> String {
    error.map_or(String::new(), |e| format!(" ({}): {}", units::plain(&e.code, 60), units::plain(&e.message, 400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: serde_json::Value) -> Seen {
        serde_json::from_value(serde_json::json!({"status": "processing", "files": files})).unwrap()
    }

    #[test]
    fn a_line_is_said_once_for_each_step_and_file_that_ends() {
        let mut plain = Plain::default();
        let mut lines = plain.show(&seen(serde_json::json!([
            {"name": "a\u{1b}[2J.png", "status": "processing", "steps": [{"step": "check", "state": "succeeded", "attempts": 1}, {"step": "resize", "state": "running", "attempts": 1}]},
            {"name": "b.mp4", "status": "skipped", "error": {"code": "type_not_accepted", "message": "The file is\na playlist."},
             "steps": [{"step": "check", "state": "skipped", "attempts": 1}, {"step": "resize", "state": "cancelled"}]}
        ])));
        lines.push("--".into());
        lines.extend(plain.show(&seen(serde_json::json!([
            {"name": "a\u{1b}[2J.png", "status": "processing", "steps": [{"step": "check", "state": "succeeded", "attempts": 1},
              {"step": "resize", "state": "ready", "attempts": 1, "error": {"code": "disk_full", "message": "The disk is full."}}]}
        ]))));
        lines.push("--".into());
        lines.extend(plain.show(&seen(serde_json::json!([
            {"name": "a\u{1b}[2J.png", "status": "succeeded", "steps": [{"step": "check", "state": "succeeded", "attempts": 1},
              {"step": "resize", "state": "succeeded", "attempts": 2}]}
        ]))));
        assert!(lines.iter().all(|l| !l.chars().any(char::is_control)));
        insta::assert_snapshot!(lines.join("\n"), @r"
        a?[2J.png: check succeeded
        b.mp4: check skipped
        b.mp4: skipped (type_not_accepted): The file is?a playlist.
        --
        a?[2J.png: resize failed, runs again (disk_full): The disk is full.
        --
        a?[2J.png: resize succeeded (attempt 2)
        a?[2J.png: succeeded
        ");
    }
}
