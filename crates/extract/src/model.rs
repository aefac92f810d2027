//! Answers of a language model: held to the schema, and each value to the document.

use chrono::NaiveDate;
use gristmill_layout::Document;
use serde_json::{Map, Value};

use crate::checks::check;
use crate::extract::finish;
use crate::fields::{Fields, Source};
use crate::find::{Answer, Found};
use crate::fold::nearest;
use crate::ground::Grounds;
use crate::schema::{Group, Leaf, MOST_ROWS, Property, Schema, Shape};
use crate::slot::{Slot, normal};
use crate::validate::normalise;

/// What a model says and the document shows: good, but nobody knows how often it is the right one of several. Below
/// [`crate::THRESHOLD`], so that a check or the rules must agree before it is taken.
const SHOWN: f64 = 0.85;
/// What a model says and the document does not show.
const SAID: f64 = 0.3;
const MOST_VIOLATIONS: usize = 50;

/// Reads the answer of a model that was asked for [`crate::response_schema`]. Values that stand nowhere in the document are kept as
/// [`crate::Status::Ungrounded`].
///
/// # Errors
///
/// Every way in which the answer breaks the schema, each as a sentence with its path: to be given back to the model, once.
pub fn from_model(document: &Document, schema: &Schema, answer: &Value, today: NaiveDate) -> Result<Fields, Vec<String>> {
    let mut reader = Reader {
        grounds: Grounds::of(document),
        today: today.succ_opt().unwrap_or(today).to_string(),
        violations: Vec::new(),
        slots: Vec::new(),
    };
    let Some(object) = answer.as_object() else { return Err(vec!["The answer must be one JSON object.".into()]) };
    reader.unknown(object, &schema.root, "");
    for property in &schema.root.properties {
        let value = object.get(&property.name).unwrap_or(&Value::Null);
        match &property.shape {
            Shape::Value(leaf) => reader.value(format!("/{}", property.name), property, leaf, value),
            Shape::Rows(group, _) => reader.rows(&property.name, group, value),
        }
    }
    if !reader.violations.is_empty() {
        reader.violations.truncate(MOST_VIOLATIONS);
        return Err(reader.violations);
    }
    let mut slots = reader.slots;
    check(&mut slots, &schema.root.checks, "/");
    Ok(finish(schema, "model", slots.into_iter().map(|s| s.field(document)).collect()))
}

struct Reader<'d, 's> {
    grounds: Grounds<'d>,
    today: String,
    violations: Vec<String>,
    slots: Vec<Slot<'s>>,
}

impl<'s> Reader<'_, 's> {
    fn unknown(&mut self, object: &Map<String, Value>, group: &Group, path: &str) {
        for key in object.keys().filter(|k| group.property(k).is_none()) {
            let near = nearest(key, group.properties.iter().map(|p| p.name.as_str())).unwrap_or_default();
            self.violations.push(format!("{path}/{key} is not in the schema. Did you mean `{near}`?"));
        }
    }

    fn rows(&mut self, name: &str, group: &'s Group, value: &Value) {
        let rows = match value {
            Value::Null => return,
            Value::Array(rows) if rows.len() <= MOST_ROWS => rows,
            _ => return self.violations.push(format!("/{name} must be an array of at most {MOST_ROWS} objects.")),
        };
        for (number, row) in rows.iter().enumerate() {
            let path = format!("/{name}/{number}");
            let Some(object) = row.as_object() else {
                self.violations.push(format!("{path} must be an object."));
                continue;
            };
            self.unknown(object, group, &path);
            let first = self.slots.len();
            for (property, leaf) in group.leaves() {
                self.value(format!("{path}/{}", property.name), property, leaf, object.get(&property.name).unwrap_or(&Value::Null));
            }
            check(self.slots.get_mut(first..).unwrap_or_default(), &group.checks, &format!("{path}/"));
        }
    }

    fn value(&mut self, path: String, property: &'s Property, leaf: &'s Leaf, value: &Value) {
        let mut answer = Answer::default();
        match (value, normal(value)) {
            (Value::Null, _) => {}
            (Value::String(text), _) if text.trim().is_empty() => {}
            (_, None) => self.violations.push(format!("{path} must be a single value or null.")),
            (_, Some(text)) => match normalise(leaf, &text) {
                Ok(value) if leaf.past && value > self.today => self.violations.push(format!("{path}: {value} lies in the future.")),
                Ok(value) => answer.chosen = Some(self.found(leaf, value)),
                Err(why) => self.violations.push(format!("{path}: {why}")),
            },
        }
        self.slots.push(Slot::new(path, property, leaf, answer));
    }

    fn found(&self, leaf: &Leaf, value: String) -> Found {
        let cited = self.grounds.find(&Value::String(value.clone()), leaf.kind);
        let (score, legible) = cited.as_ref().map_or((0.0, 0.0), |c| (c.score, c.legible));
        Found {
            tokens: Vec::new(),
            text: cited.as_ref().map_or_else(|| value.clone(), |c| c.text.clone()),
            value,
            other: None,
            proven: false,
            repaired: false,
            broken: false,
            confidence: if cited.is_some() { SHOWN * score * legible } else { SAID },
            legible,
            page: cited.as_ref().map_or(0, |c| self.grounds.place(c.page)),
            bounds: cited.map(|c| c.bounds),
            source: Source::Model,
        }
    }
}
