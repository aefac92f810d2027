//! Keys and values of a document nobody described: what a form states, and what stands after a colon.

use super::{Cells, Looked};
use crate::find::{Found, read, written};
use crate::schema::{Group, Leaf, MOST_ROWS};

/// A key with a colon and words right after it.
const SAID: f64 = 0.92;
/// A key with a colon and words in the next segment of the row.
const APART: f64 = 0.85;

/// Every key with its value; keys without one are left out.
pub(crate) fn pairs(looked: &Looked<'_>, group: &Group) -> Vec<Cells> {
    let mut leaves = group.leaves().map(|(_, leaf)| leaf);
    let (Some(key), Some(value)) = (leaves.next(), leaves.next()) else { return Vec::new() };
    let mut found = stated(looked, key, value);
    for label in looked.labels.iter().filter(|l| l.key).take(MOST_ROWS) {
        let Some(segment) = looked.sheet.tokens.get(label.tokens.start).map(|t| t.segment) else { continue };
        let Some(own) = looked.sheet.segments.get(segment) else { continue };
        let stop = |from: usize, end: usize| {
            let next = looked.labels.iter().find(|l| l.key && l.tokens.start >= from && l.tokens.start < end);
            from..next.map_or(end, |l| l.tokens.start)
        };
        let inline = stop(label.tokens.end, own.tokens.end);
        let right = looked.sheet.segments.get(segment + 1).filter(|s| s.row == own.row).map(|s| stop(s.tokens.start, s.tokens.end));
        let (range, sure) = if inline.is_empty() { (right.unwrap_or(inline), APART) } else { (inline, SAID) };
        let Some(name) = read(looked.sheet, key, label.tokens.clone(), looked.known).into_iter().next() else { continue };
        let Some(said) = read(looked.sheet, value, range, looked.known).into_iter().next() else { continue };
        let by = |f: Found| Some(Found { confidence: f.confidence * sure, ..f });
        found.push(vec![by(name), by(said)]);
    }
    found.iter_mut().for_each(|c| c.resize(group.leaves().count(), None));
    found
}

/// What the fields of forms state.
fn stated(looked: &Looked<'_>, key: &Leaf, value: &Leaf) -> Vec<Cells> {
    let mut found = Vec::new();
    for (number, page) in looked.document.pages.iter().enumerate() {
        for field in page.form.iter().filter(|f| !f.value.trim().is_empty()) {
            let name = field.label.clone().unwrap_or_else(|| field.name.clone());
            let named = gristmill_layout::FormField { value: name, ..field.clone() };
            found.push(vec![written(key, &named, number, looked.known, 0.99), written(value, field, number, looked.known, 0.99)]);
        }
    }
    found
}
