//! Values that no label names: the only date of a receipt, an account number whose check is right.

use std::collections::HashSet;

use super::headline::{address, headline};
use super::{Candidate, Found, read};
use crate::labels::Label;
use crate::schema::{Kind, Leaf, Place, Schema, Shape};
use crate::sheet::Sheet;
use crate::values::convention::Convention;
use crate::values::date;
use crate::values::decimal::Decimal;

/// Candidates for properties that may stand without a label, as their `x-place` says. `taken` are words that labels claim: they head nothing.
pub(crate) fn alone(sheet: &Sheet<'_>, schema: &Schema, labels: &[Label], taken: &HashSet<usize>, known: &Convention) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (field, property) in schema.root.properties.iter().enumerate() {
        let Shape::Value(leaf) = &property.shape else { continue };
        let found = match leaf.kind {
            Kind::Name | Kind::Text if leaf.places.contains(&Place::Top) => headline(sheet, leaf, labels, taken, known),
            Kind::Address if leaf.places.contains(&Place::Top) => address(sheet, labels),
            Kind::Currency if leaf.places.contains(&Place::Anywhere) => currency(sheet, leaf, known),
            Kind::Amount if leaf.places.contains(&Place::Largest) => largest(sheet, leaf, known),
            kind if !kind.is_wordy() && leaf.places.contains(&Place::Anywhere) => anywhere(sheet, leaf, labels, known),
            _ => Vec::new(),
        };
        all.extend(found.into_iter().map(|found| Candidate { field, found }));
    }
    all
}

/// All values of a type; sure if it is one and the same, and surer if it proves itself.
fn anywhere(sheet: &Sheet<'_>, leaf: &Leaf, labels: &[Label], known: &Convention) -> Vec<Found> {
    let mut all: Vec<Found> = sheet.rows.iter().flat_map(|row| read(sheet, leaf, sheet.row_tokens(row), known)).collect();
    // What follows a label of something else is that.
    all.retain(|f| !belongs(sheet, labels, f));
    let distinct = all.iter().map(|f| &f.value).collect::<HashSet<_>>().len();
    for (i, found) in all.iter_mut().enumerate() {
        let only = distinct == 1;
        let factor = match (leaf.kind, only) {
            (_, true) if found.proven => 0.97,
            (Kind::Date, true) if timed(sheet, found) => 0.97,
            (Kind::Date, true) => 0.93,
            (Kind::Time, true) => 0.92,
            (Kind::Card | Kind::Email | Kind::Url, true) => 0.9,
            (_, true) => 0.75,
            (Kind::Date, false) if timed(sheet, found) => 0.75,
            (_, false) if i == 0 => 0.6,
            (_, false) => 0.5,
        };
        found.confidence *= factor;
    }
    all
}

/// Whether the label right before a value, in its row, is not one of the schema's.
fn belongs(sheet: &Sheet<'_>, labels: &[Label], found: &Found) -> bool {
    let Some(first) = found.tokens.first().copied() else { return false };
    let row = |i: usize| sheet.tokens.get(i).and_then(|t| sheet.segments.get(t.segment)).map(|s| s.row);
    let before = labels.get(..labels.partition_point(|l| l.tokens.end <= first)).and_then(<[Label]>::last);
    before.is_some_and(|l| row(l.tokens.start) == row(first) && l.owners.is_empty())
}

/// Whether a time stands beside it: receipts tell the one where they tell the other.
fn timed(sheet: &Sheet<'_>, found: &Found) -> bool {
    let Some(row) = found.tokens.first().and_then(|t| sheet.row_of(*t)) else { return false };
    !date::times(&sheet.text(sheet.row_tokens(row))).is_empty()
}

/// The currency of most amounts, where it stands first.
fn currency(sheet: &Sheet<'_>, leaf: &Leaf, known: &Convention) -> Vec<Found> {
    let Some(most) = known.currency.as_deref() else { return Vec::new() };
    let mut marks = sheet.rows.iter().flat_map(|row| read(sheet, leaf, sheet.row_tokens(row), known));
    marks.find(|f| f.value == most).map(|f| Found { confidence: f.confidence * 0.97, ..f }).into_iter().collect()
}

/// The largest amount: often the total, often not.
fn largest(sheet: &Sheet<'_>, leaf: &Leaf, known: &Convention) -> Vec<Found> {
    let amounts = sheet.rows.iter().flat_map(|row| read(sheet, leaf, sheet.row_tokens(row), known));
    let size = |f: &Found| Decimal::parse(&f.value);
    amounts.filter(|f| f.confidence > 0.7).max_by_key(size).map(|f| Found { confidence: f.confidence * 0.5, ..f }).into_iter().collect()
}
