//! Accepts or refuses a pipeline: names, cycles, operations, options. Every refusal says where and why.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::{Pipeline, Step};

/// What the caller knows of an operation: nothing, or whether these options suit it.
pub enum Verdict {
    /// The operation exists and the options suit it.
    Fine,
    /// No operation has that name; these do.
    Unknown(Vec<&'static str>),
    /// The options do not suit it, and why.
    BadOptions(String),
}

/// Why a pipeline is not accepted, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Line of the declaration, from 1, where it is known.
    pub line: Option<usize>,
    /// The reason, with the next step.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Checks a parsed pipeline. `text` is the declaration it came from, for places; `operation` answers for options.
/// Returns every refusal, in the order of the steps; empty means accepted.
pub fn check(pipeline: &Pipeline, text: &str, operation: &dyn Fn(&str, &Map<String, Value>) -> Verdict) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut refuse = |needle: &str, reason: String| found.push(Refusal { line: place(text, needle), reason });
    if !is_name(&pipeline.name) {
        refuse(&pipeline.name, format!("`{}` is not a pipeline name: use lower-case letters, digits and dashes", pipeline.name));
    }
    if pipeline.accepts.is_empty() {
        refuse("accepts", "`accepts` is empty, so no file could ever enter; name at least one of image, video, audio, document".into());
    }
    if pipeline.steps.is_empty() {
        refuse("step", "the pipeline has no step".into());
    }
    let mut seen = BTreeSet::new();
    for step in &pipeline.steps {
        if !is_name(&step.id) {
            refuse(&step.id, format!("`{}` is not a step id: use lower-case letters, digits and dashes", step.id));
        }
        if !seen.insert(step.id.as_str()) {
            refuse(&step.id, format!("two steps are called `{}`", step.id));
        }
        for before in step.after.iter().filter(|b| pipeline.step(b).is_none()) {
            refuse(before, format!("step `{}` comes after `{before}`, which is not a step of this pipeline", step.id));
        }
        match operation(&step.op, &step.options) {
            Verdict::Fine => {}
            Verdict::Unknown(known) => {
                refuse(&step.op, format!("step `{}` names `{}`, which is no operation; there are {}", step.id, step.op, known.join(", ")));
            }
            Verdict::BadOptions(why) => refuse(&blamed(&why, step), format!("step `{}` ({}): {why}", step.id, step.op)),
        }
    }
    if let Some(cycle) = cycle(pipeline) {
        refuse(&cycle[0], format!("these steps wait for each other: {}", cycle.join(" → ")));
    }
    found
}

/// The option a message blames (its first back-quoted word), if the step sets it; else the step itself.
fn blamed(why: &str, step: &Step) -> String {
    why.split('`').nth(1).filter(|w| step.options.contains_key(*w)).unwrap_or(&step.id).to_owned()
}

fn is_name(text: &str) -> bool {
    let ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !text.is_empty() && text.len() <= 64 && text.chars().all(ok)
}

/// A cycle as step ids, first and last the same; `None` when the graph is sound.
fn cycle(pipeline: &Pipeline) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    pipeline.steps.iter().find_map(|s| walk(pipeline, &s.id, &mut Vec::new(), &mut done))
}

fn walk<'a>(pipeline: &'a Pipeline, id: &'a str, path: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) -> Option<Vec<String>> {
    if done.contains(id) {
        return None;
    }
    if let Some(start) = path.iter().position(|p| *p == id) {
        return Some(path[start..].iter().chain([&id]).map(|s| (*s).to_owned()).collect());
    }
    path.push(id);
    let found = pipeline.step(id)?.after.iter().find_map(|b| walk(pipeline, b, path, done));
    path.pop();
    done.insert(id);
    found
}

/// The line (from 1) of byte `at`.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// The line of the first place where `needle` stands as a whole word; the same for TOML and JSON.
fn place(text: &str, needle: &str) -> Option<usize> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(needle)
        .find(|(at, _)| !text[..*at].chars().next_back().is_some_and(word) && !text[at + needle.len()..].chars().next().is_some_and(word))
        .map(|(at, _)| line_of(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Format;

    fn refusals(text: &str) -> String {
        let known = |op: &str, options: &Map<String, Value>| match op {
            "file.check" if options.contains_key("widht") => Verdict::BadOptions("unknown field `widht`, expected `width`".into()),
            "file.check" => Verdict::Fine,
            _ => Verdict::Unknown(vec!["file.check"]),
        };
        let found = match Pipeline::parse(text, Format::Toml) {
            Ok(pipeline) => check(&pipeline, text, &known),
            Err(refusal) => vec![refusal],
        };
        found.iter().map(|r| format!("{r}\n")).collect()
    }

    #[test]
    fn a_refusal_names_the_line_and_the_reason() {
        insta::assert_snapshot!(refusals(
            "name = \"Mine\"\naccepts = [\"image\"]\n[[step]]\nid = \"a\"\nop = \"file.check\"\nafter = [\"b\"]\n\
             [[step]]\nid = \"b\"\nop = \"file.chek\"\nafter = [\"a\", \"c\"]\n[[step]]\nid = \"b\"\nop = \"file.check\"\noptions = { widht = 3 }\n"
        ));
    }

    #[test]
    fn an_unknown_key_is_refused_where_it_stands() {
        insta::assert_snapshot!(refusals("name = \"m\"\naccepts = [\"image\"]\n[[step]]\nid = \"a\"\nopp = \"file.check\"\n"));
    }

    #[test]
    fn a_sound_pipeline_is_accepted() {
        let text = "name = \"m\"\naccepts = [\"image\"]\n[[step]]\nid = \"a\"\nop = \"file.check\"\ntimeout = \"5m\"\n";
        assert_eq!(refusals(text), "");
    }
}
