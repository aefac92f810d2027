//! How right fields are: of those that would be taken without a person, how many are what truth says, and how many of truth's they are.

use std::collections::BTreeSet;

use gristmill_extract::{Field, Fields, Schema, THRESHOLD, extract};
use gristmill_layout::Document;
use serde_json::{Map, Value, json};

use super::sets::Truth;

/// Counts of fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// That truth has.
    wanted: usize,
    /// That were given, and were right.
    given: usize,
    right: usize,
    /// The same of those at or above the threshold.
    sure: usize,
    sure_right: usize,
}

impl Tally {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            wanted: self.wanted + other.wanted,
            given: self.given + other.given,
            right: self.right + other.right,
            sure: self.sure + other.sure,
            sure_right: self.sure_right + other.sure_right,
        }
    }

    /// Of the fields at or above the threshold, the share that is right; nothing where none is.
    pub fn precision(self) -> Option<f64> {
        (self.sure > 0).then(|| self.sure_right as f64 / self.sure as f64)
    }

    /// Of truth's fields, the share that is given rightly at or above the threshold.
    pub fn coverage(self) -> f64 {
        self.sure_right as f64 / self.wanted.max(1) as f64
    }

    /// Of truth's fields, the share that is given rightly, sure or not.
    pub fn found(self) -> f64 {
        self.right as f64 / self.wanted.max(1) as f64
    }

    fn count(&mut self, field: &Field, truth: &Value) {
        self.wanted += usize::from(!empty(truth));
        if field.value.is_null() {
            return;
        }
        let (right, sure) = (same(&field.value, truth), field.confidence >= THRESHOLD);
        self.given += 1;
        self.right += usize::from(right);
        self.sure += usize::from(sure);
        self.sure_right += usize::from(sure && right);
    }

    fn missed(&mut self, truth: &Value) {
        self.wanted += usize::from(!empty(truth));
    }
}

/// The properties that truth has on any page of a set: others are not on trial.
pub fn known(truths: &[Truth]) -> BTreeSet<String> {
    truths.iter().filter_map(|t| t.fields["record"].as_object()).flat_map(|record| record.keys().cloned()).collect()
}

/// Extracts by rules with the schema that truth names, and counts; nothing where truth has no fields. A value for what is known elsewhere
/// and does not stand on this page is wrong.
pub fn tally(document: &Document, truth: &Truth, known: &BTreeSet<String>) -> Option<Tally> {
    let (schema, record) = match truth.fields["schema"].as_str()? {
        "form" => form(&truth.fields["pairs"])?,
        shipped => (Schema::shipped(shipped)?, truth.fields["record"].clone()),
    };
    // The day of the figures does not depend on the day they are measured.
    let found = extract(document, &schema, chrono::NaiveDate::from_ymd_opt(2026, 11, 23)?);
    let mut tally = Tally::default();
    let printed = record.as_object()?;
    for field in found.fields.iter().filter(|f| f.path.matches('/').count() == 1) {
        let property = &field.path[1..];
        if printed.contains_key(property) || known.contains(property) {
            tally.count(field, &record[property]);
        }
    }
    for (list, rows) in printed.iter().filter_map(|(list, rows)| Some((list, rows.as_array()?))) {
        tally = tally.and(listed(&found, list, rows));
    }
    Some(tally)
}

/// A schema of the labels of a form, and the record it should give. Labels that stand there twice are left out.
fn form(pairs: &Value) -> Option<(Schema, Value)> {
    let pairs: Vec<(&str, &str)> = pairs.as_array()?.iter().filter_map(|p| Some((p[0].as_str()?, p[1].as_str()?))).collect();
    let (mut properties, mut record) = (Map::new(), Map::new());
    for (n, (label, value)) in pairs.iter().enumerate() {
        if pairs.iter().filter(|(l, _)| l == label).count() == 1 {
            properties.insert(format!("p{n:02}"), json!({"title": label, "x-labels": [label]}));
            record.insert(format!("p{n:02}"), json!(value));
        }
    }
    Some((Schema::parse(&json!({"title": "form", "properties": properties})).ok()?, Value::Object(record)))
}

/// Rows that were found are those of truth with the same amount or question, each once.
fn listed(found: &Fields, list: &str, truth: &[Value]) -> Tally {
    let key = if list == "answers" { "question" } else { "amount" };
    let (mut tally, mut open) = (Tally::default(), truth.iter().collect::<Vec<_>>());
    for row in 0..found.record[list].as_array().map_or(0, Vec::len) {
        let prefix = format!("/{list}/{row}/");
        let value = found.at(&format!("{prefix}{key}")).map_or(&Value::Null, |f| &f.value);
        let place = open.iter().position(|t| same(value, &t[key]));
        let row_truth = place.map_or(Value::Null, |p| open.remove(p).clone());
        for field in found.fields.iter().filter(|f| f.path.starts_with(&prefix)) {
            let column = &field.path[prefix.len()..];
            // A column that truth does not have for any row is not on trial.
            if row_truth.is_null() || !row_truth[column].is_null() || column == key {
                tally.count(field, &row_truth[column]);
            }
        }
    }
    for value in open.iter().filter_map(|row| row.as_object()).flat_map(Map::values) {
        tally.missed(value);
    }
    tally
}

fn empty(value: &Value) -> bool {
    value.is_null() || *value == json!("")
}

/// The same number, the same time of day to the minute, or the same letters and digits whatever their case.
fn same(found: &Value, truth: &Value) -> bool {
    let (a, b) = (text(found), text(truth));
    let numbers = a.parse::<f64>().ok().zip(b.parse::<f64>().ok());
    let time = |t: &str| t.len() >= 5 && t.as_bytes()[2] == b':';
    let times = time(&a) && time(&b) && a.get(..5) == b.get(..5);
    numbers.is_some_and(|(a, b)| (a - b).abs() < 1e-6) || times || (!folded(&b).is_empty() && folded(&a) == folded(&b))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use gristmill_layout::{Block, BlockKind, Line, Origin, Page, Rect, Unit, Word};

    use super::*;

    fn page(lines: &[&str]) -> Document {
        let line = |(text, n): (&&str, u32)| {
            let y = 40.0 * f64::from(n);
            let words = text.split(' ').scan(50.0, |x, word| {
                let wide = 12.0 * word.len() as f64;
                let bounds = Rect::new(*x, y, *x + wide, y + 20.0);
                *x += wide + 10.0;
                Some(Word { text: word.to_owned(), bounds, confidence: 1.0 })
            });
            Line::of(words.collect()).unwrap()
        };
        let lines: Vec<Line> = lines.iter().zip(1..).map(line).collect();
        let bounds = lines.iter().map(|l| l.bounds).reduce(Rect::union).unwrap();
        let blocks = vec![Block { kind: BlockKind::Paragraph, bounds, lines }];
        let page = Page {
            number: 1,
            width: 1000.0,
            height: 1400.0,
            unit: Unit::Px,
            source: Origin::Text,
            engine: None,
            straightened: None,
            blocks,
            form: Vec::new(),
            warnings: Vec::new(),
        };
        Document { pages: vec![page] }
    }

    #[test]
    fn what_truth_does_not_have_is_wrong_and_what_nobody_gave_is_not_covered() {
        let document = page(&["Name: Ada Miller", "Town: Riverton"]);
        let truth = |pairs| Truth { text: String::new(), fields: json!({"schema": "form", "pairs": pairs}) };
        let tally = |pairs| tally(&document, &truth(pairs), &BTreeSet::new()).unwrap();
        let right = tally(json!([["Name", "Ada Miller"], ["Town", "Riverton"]]));
        assert_eq!((right.wanted, right.right, right.given), (2, 2, 2), "{right:?}");
        let wrong = tally(json!([["Name", "Bob Stone"], ["Street", "Mill Lane"]]));
        assert_eq!((wrong.wanted, wrong.right), (2, 0), "{wrong:?}");
        assert!(wrong.given >= 1 && wrong.precision().is_none_or(|p| p == 0.0), "{wrong:?}");
    }

    #[test]
    fn values_are_the_same_as_numbers_times_or_letters() {
        assert!(same(&json!("12.50"), &json!(12.5)) && same(&json!("10:42"), &json!("10:42:07")));
        assert!(same(&json!("NL91 ABNA"), &json!("nl91abna")) && !same(&json!("a"), &json!("")));
    }
}
