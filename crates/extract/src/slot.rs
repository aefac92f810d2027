//! A place of the record while it is filled: what was chosen for it, and what the checks said.

use serde_json::{Value, json};

use gristmill_layout::Document;

use crate::fields::{Alternative, Checked, Field, Source, Status, THRESHOLD};
use crate::find::{Answer, Found};
use crate::schema::{Kind, Leaf, Property};
use crate::values::decimal::Decimal;
use crate::values::masked;

/// A value that fails a check is not taken without a person.
const FAILED: f64 = 0.6;
/// Nor is one that may mean two things, or that was put right without a proof.
const OPEN: f64 = 0.5;
/// What passes a check with other values is right, if the letters were legible.
const PASSED: f64 = 0.97;
const MOST_ALTERNATIVES: usize = 3;

/// A place of the record.
#[derive(Debug, Clone)]
pub(crate) struct Slot<'a> {
    pub(crate) path: String,
    pub(crate) property: &'a Property,
    pub(crate) leaf: &'a Leaf,
    pub(crate) answer: Answer,
    pub(crate) checks: Vec<Checked>,
    /// A check that proves this value came out.
    pub(crate) passed: bool,
    /// A check that speaks against it did not.
    pub(crate) failed: bool,
    /// Something stands at its label that is no value of its type.
    pub(crate) unreadable: Option<Found>,
}

impl<'a> Slot<'a> {
    pub(crate) fn new(path: String, property: &'a Property, leaf: &'a Leaf, answer: Answer) -> Self {
        Self { path, property, leaf, answer, checks: Vec::new(), passed: false, failed: false, unreadable: None }
    }

    /// What is chosen as a number.
    pub(crate) fn number(&self) -> Option<Decimal> {
        Decimal::parse(&self.answer.chosen.as_ref()?.value)
    }

    /// As it goes into `fields.json`.
    pub(crate) fn field(self, document: &Document) -> Field {
        let page = |f: &Found| document.pages.get(f.page).map(|p| p.number);
        let mut field = Field {
            path: self.path,
            label: self.property.title.clone(),
            kind: self.leaf.kind,
            value: Value::Null,
            text: None,
            page: None,
            bounds: None,
            confidence: 0.0,
            status: Status::Missing,
            required: self.property.required,
            checks: self.checks,
            found_in_text: false,
            source: None,
            alternatives: Vec::new(),
        };
        let Some(chosen) = self.answer.chosen else {
            if let Some(seen) = self.unreadable {
                field.page = page(&seen);
                (field.text, field.bounds, field.status, field.found_in_text) =
                    (Some(masked(&seen.text)), seen.bounds, Status::InvalidFormat, true);
            }
            return field;
        };
        if chosen.broken {
            let detail = format!("The check digits of {} are wrong.", chosen.value);
            field.checks.push(Checked { name: "check digits".into(), passed: false, detail });
        }
        (field.status, field.confidence) = judged(&chosen, self.passed, self.failed);
        let other = chosen.other.clone().map(|value| Found { value, confidence: field.confidence, other: None, ..chosen.clone() });
        let others = other.into_iter().chain(self.answer.others).take(MOST_ALTERNATIVES);
        field.alternatives = others.map(|o| alternative(self.leaf, &o, page(&o))).collect();
        field.page = page(&chosen).filter(|_| field.status != Status::Ungrounded);
        field.bounds = chosen.bounds;
        field.value = written(self.leaf, &chosen.value);
        field.found_in_text = field.status != Status::Ungrounded;
        field.source = Some(chosen.source);
        field.text = Some(masked(&chosen.text));
        if field.kind == Kind::Card {
            field.text = Some(chosen.value);
        }
        field
    }
}

/// The status of a value and its confidence after all checks.
fn judged(chosen: &Found, passed: bool, failed: bool) -> (Status, f64) {
    // Three amounts that agree to the cent were read right, however unsure of them the reader was.
    let proven = PASSED * (0.85 + 0.15 * chosen.legible);
    match (passed, failed) {
        _ if chosen.source == Source::Model && chosen.bounds.is_none() => (Status::Ungrounded, chosen.confidence),
        _ if chosen.other.is_some() && !passed => (Status::Ambiguous, chosen.confidence.min(OPEN)),
        _ if chosen.broken => (Status::FailedCheck, chosen.confidence.min(OPEN)),
        (true, _) => (Status::Grounded, chosen.confidence.max(proven).clamp(0.0, 1.0)),
        (false, true) => (Status::FailedCheck, chosen.confidence.min(FAILED)),
        _ if chosen.repaired => (Status::Grounded, chosen.confidence.min(THRESHOLD - 0.1)),
        _ => (Status::Grounded, chosen.confidence.clamp(0.0, 1.0)),
    }
}

fn alternative(leaf: &Leaf, other: &Found, page: Option<u32>) -> Alternative {
    let text = if leaf.kind == Kind::Card { other.value.clone() } else { masked(&other.text) };
    Alternative { text, value: written(leaf, &other.value), page, bounds: other.bounds, confidence: other.confidence }
}

/// A normal form as JSON has it: text, a number where the schema says so, true or false.
pub(crate) fn written(leaf: &Leaf, value: &str) -> Value {
    match leaf.kind {
        Kind::Checkbox => json!(value == "true"),
        _ if leaf.as_number => {
            value.parse::<i64>().map(Value::from).or_else(|_| value.parse::<f64>().map(Value::from)).unwrap_or(Value::Null)
        }
        Kind::Iban | Kind::VatId | Kind::Reference | Kind::Bic | Kind::Amount | Kind::Date => json!(value),
        _ => json!(masked(value)),
    }
}

/// A value of a record as its normal form; none for null.
pub(crate) fn normal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
