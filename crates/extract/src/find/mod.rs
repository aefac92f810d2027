//! Candidates for single values: in forms, beside and below labels, and where no label tells.

mod alone;
mod beside;
mod choice;
mod form;
mod headline;
mod rates;
mod resolve;

use std::ops::Range;

use gristmill_layout::Rect;

use crate::fields::Source;
use crate::schema::{Kind, Leaf};
use crate::sheet::Sheet;
use crate::values::convention::Convention;
use crate::values::{Reading, readings};

pub(crate) use alone::alone;
pub(crate) use beside::beside;
pub(crate) use form::{form, written};
pub(crate) use rates::rates;
pub(crate) use resolve::{Answer, resolve};

/// A value that may be meant, with all that tells so.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Where its words stand in the sheet; none for a field of a form.
    pub(crate) tokens: Vec<usize>,
    /// As it stands.
    pub(crate) text: String,
    pub(crate) value: String,
    pub(crate) other: Option<String>,
    pub(crate) proven: bool,
    pub(crate) repaired: bool,
    pub(crate) broken: bool,
    /// That this is the value that is meant, 0..=1.
    pub(crate) confidence: f64,
    /// How surely its words were read, 0..=1: what no check can exceed.
    pub(crate) legible: f64,
    /// From 0, in order of the document.
    pub(crate) page: usize,
    pub(crate) bounds: Option<Rect>,
    pub(crate) source: Source,
}

/// A value that may be meant by a property.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The property's place in its group.
    pub(crate) field: usize,
    pub(crate) found: Found,
}

/// Every value of a type among these words, with the words it is made of. Its confidence is that of its type and its letters.
pub(crate) fn read(sheet: &Sheet<'_>, leaf: &Leaf, range: Range<usize>, known: &Convention) -> Vec<Found> {
    let text = sheet.text(range.clone());
    readings(leaf, &text, known).into_iter().filter_map(|r| found(sheet, leaf, range.start, &text, r)).collect()
}

fn found(sheet: &Sheet<'_>, leaf: &Leaf, first: usize, text: &str, reading: Reading) -> Option<Found> {
    let before = text.get(..reading.span.start)?;
    let inside = text.get(reading.span.clone())?;
    // Words are joined by one blank each and hold none, so blanks count words.
    let start = first + before.matches(' ').count();
    let end = start + inside.matches(' ').count() + 1;
    let legible = sheet.span(start..end).iter().map(|t| t.confidence).fold(1.0, f64::min);
    // Check digits that are right show that the letters were.
    let legible = if reading.proven && !reading.repaired { 0.7 + 0.3 * legible } else { legible };
    let page = sheet.row_of(start)?.page;
    let formed = !leaf.kind.is_wordy() && leaf.kind != Kind::Identifier;
    let clarity = if reading.proven { 1.0 } else { sheet.clarity(page, formed) };
    let confidence = reading.weight * if reading.repaired { 0.85 } else { 1.0 } * legible * clarity;
    Some(Found {
        tokens: (start..end).collect(),
        text: inside.to_owned(),
        value: reading.value,
        other: reading.other,
        proven: reading.proven,
        repaired: reading.repaired,
        broken: reading.broken,
        confidence,
        legible,
        page,
        bounds: sheet.bounds(start..end),
        source: Source::Rules,
    })
}
