//! How right the extractor is on labelled pages: `extract_score [-v | -a] LAYOUT.json…`, each with its truth beside it.
//!
//! Truth is `NAME.json` beside `NAME.layout.json` (or `NAME.tess.layout.json`): `{"schema", "record"}` with a shipped schema's name, or
//! `{"schema": "form", "pairs": [[label, value]…]}`, of which a schema with these labels is made. A field that truth never has is left
//! out; `-v` shows what is wrong, `-a` all; one that it has for other pages and not for this is wrong when a value is given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use chrono::NaiveDate;
use gristmill_extract::{Field, Fields, Schema, THRESHOLD, extract};
use gristmill_layout::Document;
use serde_json::{Map, Value, json};
use strsim::normalized_levenshtein;

#[derive(Default)]
struct Tally {
    wanted: usize,
    given: usize,
    right: usize,
    sure: usize,
    sure_right: usize,
    sure_near: usize,
}

struct Score {
    tallies: BTreeMap<String, Tally>,
    bins: [(usize, usize); 10],
    told: bool,
    all: bool,
}

fn main() -> ExitCode {
    let (flags, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with('-'));
    let Some(today) = NaiveDate::from_ymd_opt(2026, 11, 23) else { return ExitCode::FAILURE };
    let mut score = Score { tallies: BTreeMap::new(), bins: [(0, 0); 10], told: !flags.is_empty(), all: flags.contains(&"-a".to_owned()) };
    let pages: Vec<(String, Document, Value)> = files.iter().filter_map(|f| load(f)).collect();
    let known = names(&pages);
    for (name, document, truth) in &pages {
        let Some(kind) = truth["schema"].as_str() else { continue };
        let (schema, record) = if kind == "form" { form(&truth["pairs"]) } else { (Schema::shipped(kind), truth["record"].clone()) };
        let Some(schema) = schema else { continue };
        let found = extract(document, &schema, today);
        score.page(name, kind, &found, &record, &known);
    }
    score.print(pages.len());
    ExitCode::SUCCESS
}

fn load(file: &str) -> Option<(String, Document, Value)> {
    let path = Path::new(file);
    let name = path.file_name()?.to_str()?.split('.').next()?.to_owned();
    let read = |p: &Path| std::fs::read_to_string(p).unwrap_or_else(|e| panic!("{}: {e}", p.display()));
    let truth = serde_json::from_str(&read(&path.with_file_name(format!("{name}.json")))).ok()?;
    Some((name, serde_json::from_str(&read(path)).ok()?, truth))
}

/// The properties that truth has for any page.
fn names(pages: &[(String, Document, Value)]) -> BTreeSet<String> {
    pages.iter().filter_map(|(_, _, t)| t["record"].as_object()).flat_map(|r| r.keys().cloned()).collect()
}

/// A schema of the labels of a form, and the record it should give. Labels that stand there twice are left out.
fn form(pairs: &Value) -> (Option<Schema>, Value) {
    let pairs: Vec<(&str, &str)> = pairs.as_array().into_iter().flatten().filter_map(|p| Some((p[0].as_str()?, p[1].as_str()?))).collect();
    let (mut properties, mut record) = (Map::new(), Map::new());
    for (i, (label, value)) in pairs.iter().enumerate() {
        if pairs.iter().filter(|(l, _)| l == label).count() == 1 {
            properties.insert(format!("p{i:02}"), json!({"title": label, "x-labels": [label]}));
            let value = if value.is_empty() { Value::Null } else { json!(value) };
            record.insert(format!("p{i:02}"), value);
        }
    }
    (Schema::parse(&json!({"title": "form", "properties": properties})).ok(), Value::Object(record))
}

impl Score {
    fn page(&mut self, name: &str, kind: &str, found: &Fields, record: &Value, known: &BTreeSet<String>) {
        for field in found.fields.iter().filter(|f| f.path.matches('/').count() == 1) {
            let property = &field.path[1..];
            if kind != "form" && !known.contains(property) {
                continue;
            }
            let label = if kind == "form" { "form/*".to_owned() } else { format!("{kind}{}", field.path) };
            self.field(name, label, field, &record[property]);
        }
        for (list, rows) in record.as_object().into_iter().flatten().filter_map(|(k, v)| Some((k, v.as_array()?))) {
            self.rows(name, kind, list, found, rows);
        }
    }

    /// Rows that are found are those of truth with the same last column, each once.
    fn rows(&mut self, name: &str, kind: &str, list: &str, found: &Fields, truth: &[Value]) {
        let key = if list == "answers" { "question" } else { "amount" };
        let count = found.record[list].as_array().map_or(0, Vec::len);
        let mut open: Vec<&Value> = truth.iter().collect();
        for row in 0..count {
            let at = |column: &str| found.at(&format!("/{list}/{row}/{column}"));
            let place = at(key).and_then(|f| open.iter().position(|t| same(&f.value, &t[key])));
            let row_truth = place.map_or(Value::Null, |p| open.remove(p).clone());
            for column in ["description", "quantity", "amount", "question", "answer"] {
                let Some(field) = at(column) else { continue };
                if row_truth.is_null() || !row_truth[column].is_null() || column == key {
                    self.field(name, format!("{kind}/{list}/{column}"), field, &row_truth[column]);
                }
            }
        }
        for missed in open {
            for column in missed.as_object().into_iter().flatten().filter(|(_, v)| **v != json!("")) {
                self.tallies.entry(format!("{kind}/{list}/{}", column.0)).or_default().wanted += 1;
            }
        }
    }

    fn field(&mut self, name: &str, label: String, field: &Field, truth: &Value) {
        let tally = self.tallies.entry(label).or_default();
        let wanted = !truth.is_null() && *truth != json!("");
        tally.wanted += usize::from(wanted);
        if field.value.is_null() {
            if self.told && wanted {
                println!("MISS {name} {} {:?} wanted {truth}", field.path, field.status);
            }
            return;
        }
        let right = same(&field.value, truth);
        let sure = field.confidence >= THRESHOLD;
        tally.given += 1;
        tally.right += usize::from(right);
        tally.sure += usize::from(sure);
        tally.sure_right += usize::from(sure && right);
        tally.sure_near += usize::from(sure && (right || near(&field.value, truth)));
        let bin = &mut self.bins[((field.confidence * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1, bin.1 + usize::from(right));
        if self.told && (self.all || !right && (sure || wanted)) {
            let mark = if sure { "SURE" } else { "    " };
            println!(
                "{mark} {name} {} {:.2} {:?} got {} ({}) wanted {truth}",
                field.path,
                field.confidence,
                field.status,
                field.value,
                field.text.as_deref().unwrap_or("")
            );
        }
    }

    fn print(&self, pages: usize) {
        println!("{pages} pages; at {THRESHOLD}: right = folded text or number equal, near = at most every fifth letter differs");
        println!(
            "{:32} {:>6} {:>6} {:>6} | {:>6} {:>6} {:>6} {:>8} {:>8}",
            "field", "wanted", "given", "right", "sure", "right", "near", "precis.", "coverage"
        );
        let mut all = Tally::default();
        for (label, t) in &self.tallies {
            line(label, t);
            all.wanted += t.wanted;
            all.given += t.given;
            all.right += t.right;
            all.sure += t.sure;
            all.sure_right += t.sure_right;
            all.sure_near += t.sure_near;
        }
        line("all", &all);
        for (i, (given, right)) in self.bins.iter().enumerate().filter(|(_, b)| b.0 > 0) {
            println!("confidence 0.{i}: {given} given, {:.3} right", *right as f64 / *given as f64);
        }
    }
}

fn line(label: &str, t: &Tally) {
    let share = |a: usize, b: usize| if b == 0 { f64::NAN } else { a as f64 / b as f64 };
    println!(
        "{label:32} {:>6} {:>6} {:>6} | {:>6} {:>6} {:>6} {:>8.3} {:>8.3}",
        t.wanted,
        t.given,
        t.right,
        t.sure,
        t.sure_right,
        t.sure_near,
        share(t.sure_right, t.sure),
        share(t.sure_right, t.wanted)
    );
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

fn folded(value: &Value) -> String {
    text(value).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn same(found: &Value, truth: &Value) -> bool {
    let (a, b) = (text(found), text(truth));
    let numbers = a.parse::<f64>().ok().zip(b.parse::<f64>().ok());
    // Truth may tell seconds or not.
    let times = a.len() >= 5 && b.len() >= 5 && a.as_bytes()[2] == b':' && a.get(..5) == b.get(..5);
    numbers.is_some_and(|(a, b)| (a - b).abs() < 1e-6) || times || (!b.is_empty() && folded(found) == folded(truth))
}

fn near(found: &Value, truth: &Value) -> bool {
    normalized_levenshtein(&folded(found), &folded(truth)) >= 0.8
}
