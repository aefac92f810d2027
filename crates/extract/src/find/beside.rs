//! Values to the right of labels and below them.

use std::collections::HashSet;
use std::ops::Range;

use super::choice::{Choice, choice};
use super::{Candidate, Found, read};
use crate::labels::{Label, Owner};
use crate::schema::{Kind, Leaf, Schema, Shape};
use crate::sheet::{Segment, Sheet};
use crate::values::convention::Convention;
use crate::values::mark;

/// Where a value stands to its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// In the same segment.
    Inline,
    /// In a segment further right.
    Right,
    /// In a row below.
    Below,
}

/// Farther right, in heights of the row, nothing belongs to a label.
const REACH_RIGHT: f64 = 40.0;
/// Farther below, likewise.
const REACH_BELOW: f64 = 2.5;
/// Words for "number" that may follow a label.
const NUMBER_OF: [&str; 8] = ["no", "nr", "num", "number", "nummer", "numero", "nro", "nbr"];
/// What an address goes on for.
const ADDRESS_LINES: usize = 5;

/// Every value that stands to a label of the schema as values do. `headers` are rows of column headings, whose labels are not looked at.
pub(crate) fn beside(sheet: &Sheet<'_>, schema: &Schema, labels: &[Label], headers: &HashSet<usize>, known: &Convention) -> Vec<Candidate> {
    let first = |l: &Label| {
        sheet.tokens.get(l.tokens.start).and_then(|t| sheet.segments.get(t.segment)).is_some_and(|s| s.tokens.start == l.tokens.start)
    };
    let starts = labels.iter().map(|l| l.tokens.start).collect();
    // Words of a value may be labels elsewhere ("Lakeside College"): only a colon or a place of its own makes them one here.
    let firm = labels.iter().filter(|l| l.key || first(l)).map(|l| l.tokens.start).collect();
    let answers = labels.iter().filter(|l| l.key).map(|l| l.tokens.end).collect();
    let page = Around { sheet, starts, firm, answers, known };
    let mut all = Vec::new();
    for label in labels {
        let row = page.segment(label).map_or(0, |s| s.row);
        for owner in &label.owners {
            let Owner::Field(field) = *owner else { continue };
            let heading = headers.contains(&row) && label.owners.iter().any(|o| matches!(o, Owner::Column(..)));
            let Some(Shape::Value(leaf)) = schema.root.properties.get(field).map(|p| &p.shape) else { continue };
            if !heading {
                all.extend(page.of(label, leaf).into_iter().map(|found| Candidate { field, found }));
            }
        }
    }
    all
}

struct Around<'a> {
    sheet: &'a Sheet<'a>,
    starts: HashSet<usize>,
    firm: HashSet<usize>,
    /// Where the words after a label with a colon begin.
    answers: HashSet<usize>,
    known: &'a Convention,
}

impl Around<'_> {
    fn segment(&self, label: &Label) -> Option<&Segment> {
        self.sheet.segments.get(self.sheet.tokens.get(label.tokens.start)?.segment)
    }

    /// Values of a label, each with how surely it belongs to it.
    fn of(&self, label: &Label, leaf: &Leaf) -> Vec<Found> {
        if leaf.kind == Kind::Checkbox {
            return self.box_of(label, leaf);
        }
        if leaf.kind.is_wordy() && self.is_small_word(label) {
            return Vec::new();
        }
        let factor =
            label.likeness * 0.75f64.powi(i32::try_from(label.extra).unwrap_or(9)) * if label.leads || label.key { 1.0 } else { 0.85 };
        let mut all = Vec::new();
        let inline = self.inline(label, leaf);
        if leaf.kind == Kind::Text
            && leaf.options.is_empty()
            && let Some(choice) = choice(self.sheet, self.to_next(label))
        {
            return match choice {
                Choice::One(found) => vec![Found { confidence: found.confidence * factor, ..*found }],
                Choice::Unclear => Vec::new(),
            };
        }
        let said = self.sheet.span(inline.clone()).iter().any(|t| !t.folded.is_empty());
        if said {
            all.extend(self.within(label, leaf, inline.clone(), Side::Inline));
        }
        let mut loose = 0;
        if all.is_empty() && (!said || !leaf.kind.is_wordy()) {
            loose = self.filler(inline);
            all.extend(self.right(label, leaf));
        }
        if all.is_empty() && (!said || !leaf.kind.is_wordy()) {
            all.extend(self.below(label, leaf));
        }
        let factor = factor * 0.8f64.powi(i32::try_from(loose).unwrap_or(9));
        all.iter_mut().for_each(|f| f.confidence *= factor);
        all
    }

    /// "An", "De", "To": a label only with a colon, or with nothing beside it.
    fn is_small_word(&self, label: &Label) -> bool {
        let letters: usize = self.sheet.span(label.tokens.clone()).iter().map(|t| t.folded.chars().count()).sum();
        letters <= 3 && !label.key && self.segment(label).is_some_and(|s| s.tokens != label.tokens)
    }

    /// Where labels begin that end a value.
    fn stops(&self, leaf: &Leaf) -> &HashSet<usize> {
        if leaf.kind.is_wordy() { &self.firm } else { &self.starts }
    }

    /// After the label, up to the next one or the end of the segment.
    fn inline(&self, label: &Label, leaf: &Leaf) -> Range<usize> {
        let end = self.segment(label).map_or(label.tokens.end, |s| s.tokens.end);
        label.tokens.end..(label.tokens.end..end).find(|i| self.stops(leaf).contains(i)).unwrap_or(end)
    }

    /// After the label, over gaps, up to the next label with a colon or at the beginning of a segment.
    fn to_next(&self, label: &Label) -> Range<usize> {
        let end = self.sheet.row_of(label.tokens.start).map_or(label.tokens.end, |r| self.sheet.row_tokens(r).end);
        label.tokens.end..(label.tokens.end..end).find(|i| self.firm.contains(i)).unwrap_or(end)
    }

    /// How many words of a range are neither money, numbers nor in brackets: they make the label another one.
    fn filler(&self, range: Range<usize>) -> usize {
        let counts = |t: &&crate::sheet::Token| {
            let letters = t.folded.chars().filter(|c| c.is_alphabetic()).count();
            // "Invoice no. 17": what the label counts, not another label.
            let counts = NUMBER_OF.contains(&t.folded.as_str());
            letters > 1 && !counts && !t.text.starts_with('(') && !t.text.ends_with(')') && crate::values::currency_of(&t.text).is_none()
        };
        self.sheet.span(range).iter().filter(counts).count()
    }

    /// Values of a range beside a label. Of several amounts the last is the likeliest, of other values the first.
    fn within(&self, label: &Label, leaf: &Leaf, range: Range<usize>, side: Side) -> Vec<Found> {
        let mut all = read(self.sheet, leaf, range.clone(), self.known);
        let place = match (side, leaf.kind.is_wordy(), label.key) {
            (Side::Inline, _, true) => 1.0,
            (Side::Right, false, _) | (Side::Inline, false, false) => 0.985,
            (Side::Right, true, true) => 0.95,
            (Side::Right | Side::Inline, true, false) => 0.8,
            // Sums stand below their labels in summaries of taxes only, and there for one rate of several.
            (Side::Below, false, _) if leaf.kind == Kind::Amount => 0.85,
            (Side::Below, false, _) => 0.94,
            // "Bill to:" with nothing beside it asks for a name below it.
            (Side::Below, true, true) if leaf.kind == Kind::Name => 0.93,
            (Side::Below, true, true) => 0.8,
            (Side::Below, true, false) => 0.72,
        };
        let count = all.len();
        let best = if leaf.kind == Kind::Amount { count.saturating_sub(1) } else { 0 };
        for (i, found) in all.iter_mut().enumerate() {
            let before = range.start..found.tokens.first().copied().unwrap_or(range.start);
            let words = if leaf.kind.is_wordy() || side == Side::Below { 0 } else { self.filler(before) };
            let order = match (i == best, count) {
                (true, 1) => 1.0,
                (true, _) => 0.95,
                _ => 0.8,
            };
            found.confidence *= place * order * 0.8f64.powi(i32::try_from(words).unwrap_or(9));
        }
        if leaf.kind == Kind::Address {
            all.iter_mut().for_each(|f| self.go_on(f));
        }
        all
    }

    /// The segments right of a label up to the next label; words take the first of them only.
    fn right(&self, label: &Label, leaf: &Leaf) -> Vec<Found> {
        let (Some(own), Some(row)) = (self.segment(label), self.sheet.row_of(label.tokens.start)) else { return Vec::new() };
        let mut all = Vec::new();
        let index = self.sheet.tokens.get(label.tokens.start).map_or(0, |t| t.segment);
        let most = if leaf.kind.is_wordy() { 1 } else { 4 };
        let mut edge = own.bounds.x1;
        for segment in self.sheet.segments.get(index + 1..row.segments.end).unwrap_or(&[]).iter().take(most) {
            let gap = (segment.bounds.x0 - edge) / row.height.max(f64::MIN_POSITIVE);
            if gap > REACH_RIGHT || (self.stops(leaf).contains(&segment.tokens.start) && !self.repeats(label, segment)) {
                break;
            }
            edge = segment.bounds.x1;
            let end = segment.tokens.clone().skip(1).find(|i| self.stops(leaf).contains(i));
            all.extend(self.within(label, leaf, segment.tokens.start..end.unwrap_or(segment.tokens.end), Side::Right));
            if end.is_some() {
                break;
            }
        }
        // More words further right that no label names: options of which one is ticked, or a table.
        let next = self.sheet.segments.get(index + 2).filter(|s| index + 2 < row.segments.end && !self.starts.contains(&s.tokens.start));
        if leaf.kind.is_wordy() && next.is_some() {
            all.iter_mut().for_each(|f| f.confidence *= 0.85);
        }
        let last = all.len().saturating_sub(1);
        if leaf.kind == Kind::Amount && last > 0 {
            all.iter_mut().enumerate().for_each(|(i, f)| f.confidence *= if i == last { 0.95 } else { 0.8 });
        }
        all
    }

    /// Whether a segment begins with the label's own words and goes on: "Form: Form 3".
    fn repeats(&self, label: &Label, segment: &Segment) -> bool {
        let words = |range: Range<usize>| self.sheet.span(range).iter().map(|t| t.folded.as_str()).collect::<String>();
        let length = label.tokens.len();
        label.key
            && segment.tokens.len() > length
            && words(segment.tokens.start..segment.tokens.start + length) == words(label.tokens.clone())
    }

    /// The nearest segment below that shares a side or some width with a label and is neither a label nor the value of one left of it.
    fn below(&self, label: &Label, leaf: &Leaf) -> Vec<Found> {
        let (Some(own), Some(row)) = (self.sheet.bounds(label.tokens.clone()), self.sheet.row_of(label.tokens.start)) else {
            return Vec::new();
        };
        let next = self.segment(label).map_or(0, |s| s.row) + 1;
        for below in self.sheet.rows.iter().skip(next).take(3).filter(|r| r.page == row.page) {
            let near = |s: &&Segment| {
                let aligned = (s.bounds.x0 - own.x0).abs() < 1.5 * row.height || (s.bounds.x1 - own.x1).abs() < 1.5 * row.height;
                let distance = (s.bounds.y0 - own.y1) / row.height.max(f64::MIN_POSITIVE);
                (aligned || s.bounds.shared_width(own) >= 0.5) && (-0.7..REACH_BELOW).contains(&distance)
            };
            let segments = self.sheet.segments.get(below.segments.clone()).unwrap_or(&[]);
            let Some(segment) = segments.iter().find(near) else { continue };
            if segment.tokens.clone().any(|i| self.stops(leaf).contains(&i)) || self.is_answer(segment, below.segments.start) {
                return Vec::new();
            }
            return self.within(label, leaf, segment.tokens.clone(), Side::Below);
        }
        Vec::new()
    }

    /// Whether a label with a colon and nothing after it stands left of a segment: then the segment is its value.
    fn is_answer(&self, segment: &Segment, first: usize) -> bool {
        let before = self.sheet.segments.get(first).map_or(segment.tokens.start, |s| s.tokens.start);
        segment.tokens.start > before && self.answers.contains(&segment.tokens.start)
    }

    /// An address goes on in the rows below its first, as long as they begin where it began and are no labels.
    fn go_on(&self, found: &mut Found) {
        let (Some(first), Some(bounds)) = (found.tokens.first().copied(), found.bounds) else { return };
        let Some(start) = self.sheet.tokens.get(first).and_then(|t| self.sheet.segments.get(t.segment)).map(|s| s.row) else { return };
        let mut bottom = bounds.y1;
        for row in self.sheet.rows.iter().skip(start + 1).take(ADDRESS_LINES - 1) {
            let segments = self.sheet.segments.get(row.segments.clone()).unwrap_or(&[]);
            let fits = |s: &&Segment| (s.bounds.x0 - bounds.x0).abs() < row.height && !s.tokens.clone().any(|i| self.starts.contains(&i));
            let Some(segment) = segments.iter().find(fits) else { return };
            if row.page != found.page || segment.bounds.y0 - bottom > row.height {
                return;
            }
            bottom = segment.bounds.y1;
            let text = self.sheet.text(segment.tokens.clone());
            found.value = format!("{}, {}", found.value.trim_end_matches(','), text.trim_end_matches(','));
            found.text = format!("{}\n{text}", found.text);
            found.tokens.extend(segment.tokens.clone());
            found.bounds = found.bounds.map(|b| b.union(segment.bounds));
            found.legible = self.sheet.span(segment.tokens.clone()).iter().map(|t| t.confidence).fold(found.legible, f64::min);
        }
    }

    /// A box to tick stands before its words more often than after them.
    fn box_of(&self, label: &Label, leaf: &Leaf) -> Vec<Found> {
        let is_box = |i: &usize| self.sheet.tokens.get(*i).is_some_and(|t| mark(&t.text).is_some());
        let same_row = |i: &usize| {
            let row = |i: usize| self.sheet.tokens.get(i).and_then(|t| self.sheet.segments.get(t.segment)).map(|s| s.row);
            row(*i) == row(label.tokens.start)
        };
        let before = label.tokens.start.checked_sub(1).filter(is_box).filter(same_row);
        let after = Some(label.tokens.end).filter(same_row);
        let Some(at) = before.or(after) else { return Vec::new() };
        let mut all = read(self.sheet, leaf, at..at + 1, self.known);
        all.iter_mut().for_each(|f| f.confidence *= label.likeness * 0.75f64.powi(i32::try_from(label.extra).unwrap_or(9)));
        all
    }
}
