//! The extractor: candidates from every source, one choice a property, checks, and the fields they end as.

use std::collections::HashSet;

use chrono::NaiveDate;
use gristmill_layout::Document;
use serde_json::{Map, Value};

use crate::checks::check;
use crate::fields::{Field, Fields, Review, Source, Status, THRESHOLD, record};
use crate::find::{Answer, Candidate, Found, alone, beside, form, rates, resolve};
use crate::labels::{Label, Owner, labels};
use crate::rows::{Looked, headers, rows};
use crate::schema::{Group, Property, Rows, Schema, Shape};
use crate::sheet::Sheet;
use crate::slot::Slot;
use crate::values::convention::Convention;

/// Finds a schema's values in a document by labels, geometry and types. `today` bounds dates and completes years of two digits.
///
/// Every property gets a [`Field`], those without a value as [`Status::Missing`]: a value is given only where something tells that it is
/// meant. Nothing in the document is followed as an instruction.
pub fn extract(document: &Document, schema: &Schema, today: NaiveDate) -> Fields {
    let sheet = Sheet::of(document);
    let lines = sheet.lines();
    let known = Convention::of(lines.iter().map(String::as_str), today);
    let labels = labels(&sheet, schema);
    let headers = headers(&sheet, schema, &labels);
    let mut candidates = form(document, schema, &known);
    candidates.extend(beside(&sheet, schema, &labels, &headers, &known));
    candidates.extend(rates(&sheet, schema, &known));
    let taken = candidates.iter().filter(|c| c.found.confidence > 0.5).flat_map(|c| c.found.tokens.iter().copied()).collect();
    let unlabelled = alone(&sheet, schema, &labels, &taken, &known);
    candidates.extend(without_repeats(&candidates, unlabelled));
    let answers = resolve(&schema.root, candidates);
    let mut slots = single(&schema.root, answers);
    for slot in slots.iter_mut().filter(|s| s.answer.chosen.is_none()) {
        slot.unreadable = unreadable(&sheet, schema, &labels, &slot.property.name);
    }
    for (field, property) in schema.root.properties.iter().enumerate() {
        let Shape::Rows(group, style) = &property.shape else { continue };
        let looked = Looked { document, sheet: &sheet, labels: &labels, known: &known, field };
        slots.extend(of_rows(&looked, &property.name, group, *style));
    }
    check(&mut slots, &schema.root.checks, "/");
    let fields = slots.into_iter().map(|s| s.field(document)).collect();
    finish(schema, "rules", fields)
}

/// What no label names, without what a label named already.
fn without_repeats(labelled: &[Candidate], unlabelled: Vec<Candidate>) -> Vec<Candidate> {
    let same = |a: &Candidate, b: &Candidate| a.field == b.field && a.found.tokens.first() == b.found.tokens.first();
    unlabelled.into_iter().filter(|u| !labelled.iter().any(|l| same(l, u))).collect()
}

fn single(group: &Group, answers: Vec<Answer>) -> Vec<Slot<'_>> {
    let slot = |(property, answer): (_, Answer)| {
        let property: &Property = property;
        let Shape::Value(leaf) = &property.shape else { return None };
        Some(Slot::new(format!("/{}", property.name), property, leaf, answer))
    };
    group.properties.iter().zip(answers).filter_map(slot).collect()
}

fn of_rows<'a>(looked: &Looked<'_>, name: &str, group: &'a Group, style: Rows) -> Vec<Slot<'a>> {
    let mut slots = Vec::new();
    for (number, cells) in rows(looked, group, style).into_iter().enumerate() {
        let prefix = format!("/{name}/{number}/");
        let first = slots.len();
        for ((property, leaf), cell) in group.leaves().zip(cells) {
            slots.push(Slot::new(format!("{prefix}{}", property.name), property, leaf, Answer { chosen: cell, others: Vec::new() }));
        }
        check(slots.get_mut(first..).unwrap_or_default(), &group.checks, &prefix);
    }
    slots
}

/// What stands right after a label with a colon that no value of the type could be read from.
fn unreadable(sheet: &Sheet<'_>, schema: &Schema, labels: &[Label], name: &str) -> Option<Found> {
    let field = schema.root.properties.iter().position(|p| p.name == name)?;
    let own = |l: &&Label| l.key && l.extra == 0 && l.likeness > 0.9 && l.owners.contains(&Owner::Field(field));
    let starts: HashSet<usize> = labels.iter().map(|l| l.tokens.start).collect();
    for label in labels.iter().filter(own) {
        let segment = sheet.segments.get(sheet.tokens.get(label.tokens.start)?.segment)?;
        let end = (label.tokens.end..segment.tokens.end).find(|i| starts.contains(i)).unwrap_or(segment.tokens.end);
        let range = label.tokens.end..end;
        if sheet.span(range.clone()).iter().any(|t| !t.folded.is_empty()) {
            return Some(Found {
                tokens: range.clone().collect(),
                text: sheet.text(range.clone()),
                value: String::new(),
                other: None,
                proven: false,
                repaired: false,
                broken: false,
                confidence: 0.0,
                legible: 0.0,
                page: sheet.row_of(label.tokens.start)?.page,
                bounds: sheet.bounds(range),
                source: Source::Rules,
            });
        }
    }
    None
}

/// Fields with their record and the reasons for a review.
pub(crate) fn finish(schema: &Schema, extractor: &str, fields: Vec<Field>) -> Fields {
    let mut base = Map::new();
    for property in &schema.root.properties {
        let empty = if matches!(property.shape, Shape::Rows(..)) { Value::Array(Vec::new()) } else { Value::Null };
        base.insert(property.name.clone(), empty);
    }
    let mut review = Review::of(&fields);
    for property in &schema.root.properties {
        let rows = matches!(property.shape, Shape::Rows(..));
        let prefix = format!("/{}/", property.name);
        if rows && property.required && !fields.iter().any(|f| f.path.starts_with(&prefix) && f.status != Status::Missing) {
            review.reasons.push(format!("/{} is required and was not found.", property.name));
            review.needed = true;
        }
    }
    let record = record(Value::Object(base), &fields);
    Fields { schema: schema.name.clone(), extractor: extractor.to_owned(), threshold: THRESHOLD, fields, record, review }
}
