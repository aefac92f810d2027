//! Tables: a row of headings, and below it rows whose words belong to the heading they stand under.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_layout::Rect;

use super::{Cells, Looked, ends_rows, row_of};
use crate::find::{Found, read};
use crate::labels::{Label, Owner};
use crate::schema::{Group, Kind, Leaf};
use crate::sheet::{Row, Segment, Sheet};
use crate::values::currency_of;

/// A table ends where this many heights of a row are empty.
const BREAK: f64 = 8.0;
/// What is under a heading, of the right type, in a row with an amount: sure until a check says more.
const IN_COLUMN: f64 = 0.93;

/// Words may lack some that stand apart, or have some of a neighbour.
const WORDS_IN_COLUMN: f64 = 0.89;

/// A heading and the column it heads.
pub(crate) type Heading = (usize, Rect);

/// Rows that hold two or more headings of a property's columns, with these.
pub(crate) fn headings(sheet: &Sheet<'_>, labels: &[Label], field: usize) -> BTreeMap<usize, Vec<Heading>> {
    let mut rows: BTreeMap<usize, Vec<(Vec<usize>, Rect)>> = BTreeMap::new();
    for label in labels {
        let columns: Vec<usize> =
            label.owners.iter().filter_map(|o| if let Owner::Column(f, c) = o { (*f == field).then_some(*c) } else { None }).collect();
        let Some((row, bounds)) = row_of(sheet, label.tokens.start).zip(sheet.bounds(label.tokens.clone())) else { continue };
        if !columns.is_empty() && !label.key && label.extra <= 1 {
            rows.entry(row).or_default().push((columns, bounds));
        }
    }
    let chosen = |found: Vec<(Vec<usize>, Rect)>| {
        let mut taken = BTreeSet::new();
        let mut kept = Vec::new();
        for (columns, bounds) in found {
            if let Some(column) = columns.into_iter().find(|c| !taken.contains(c)) {
                taken.insert(column);
                kept.push((column, bounds));
            }
        }
        kept
    };
    let numbers = |row: usize| {
        let tokens = sheet.rows.get(row).map_or(0..0, |r| sheet.row_tokens(r));
        sheet.span(tokens).iter().filter(|t| t.text.chars().any(|c| c.is_ascii_digit())).count()
    };
    let named = rows.into_iter().map(|(row, found)| (row, chosen(found)));
    named.filter(|(row, kept)| kept.len() >= 2 && numbers(*row) == 0).collect()
}

/// A heading of a column the schema does not want: what stands under it is nobody's.
const UNWANTED: usize = usize::MAX;

/// The headings of a row with those that are no labels. The one of these with most room to its right heads the words, when no label does.
fn with_unknown(looked: &Looked<'_>, group: &Group, row: usize, named: &[Heading]) -> Vec<Heading> {
    let Some(segments) = looked.sheet.rows.get(row).and_then(|r| looked.sheet.segments.get(r.segments.clone())) else {
        return named.to_vec();
    };
    let known = |s: &&Segment| !named.iter().any(|(_, at)| at.shared_width(s.bounds) > 0.0);
    let mut unknown: Vec<Heading> = segments.iter().filter(known).map(|s| (UNWANTED, s.bounds)).collect();
    let words = group.leaves().position(|(_, leaf)| leaf.kind.is_wordy());
    if let Some(words) = words.filter(|w| !named.iter().any(|(c, _)| c == w)) {
        let room = |at: Rect| segments.iter().map(|s| s.bounds.x0 - at.x0).filter(|d| *d > 0.0).fold(f64::INFINITY, f64::min);
        let widest = unknown.iter_mut().filter(|(_, at)| room(*at).is_finite()).max_by(|a, b| room(a.1).total_cmp(&room(b.1)));
        if let Some(heading) = widest {
            heading.0 = words;
        }
    }
    named.iter().copied().chain(unknown).collect()
}

/// How many columns have a heading, in the row that has most.
pub(crate) fn columns(looked: &Looked<'_>) -> usize {
    headings(looked.sheet, looked.labels, looked.field).values().map(Vec::len).max().unwrap_or(0)
}

/// The rows below the headings that name most columns.
pub(crate) fn table(looked: &Looked<'_>, group: &Group) -> Vec<Cells> {
    let all = headings(looked.sheet, looked.labels, looked.field);
    let Some((&head, columns)) = all.iter().max_by_key(|(row, kept)| (kept.len(), std::cmp::Reverse(**row))) else { return Vec::new() };
    let columns = &with_unknown(looked, group, head, columns);
    let mut found: Vec<Cells> = Vec::new();
    let Some(mut last) = looked.sheet.rows.get(head) else { return found };
    for (index, row) in looked.sheet.rows.iter().enumerate().skip(head + 1) {
        // The same headings again: the table goes on on another page.
        if all.contains_key(&index) {
            last = row;
            continue;
        }
        let next_page = row.page != last.page;
        let gap = row.bounds.y0 - last.bounds.y1;
        let goes_on = all.iter().any(|(again, _)| *again > index && looked.sheet.rows.get(*again).is_some_and(|r| r.page == row.page));
        if next_page && goes_on {
            continue;
        }
        if next_page || gap > BREAK * row.height.max(1.0) || ends_rows(looked, index) {
            break;
        }
        let mut cells = cells(looked, group, row, columns);
        without_number(looked, group, &mut cells, found.len() + 1);
        if is_item(group, &cells) {
            found.push(cells);
        } else if gap < 1.2 * row.height {
            go_on(group, &mut found, cells);
        }
        last = row;
    }
    found
}

/// Rows that are numbered begin with their number; it is not a part of their words.
fn without_number(looked: &Looked<'_>, group: &Group, cells: &mut Cells, number: usize) {
    for ((_, leaf), cell) in group.leaves().zip(cells) {
        let Some((&first, rest)) = cell.as_ref().filter(|_| leaf.kind.is_wordy()).and_then(|f| f.tokens.split_first()) else { continue };
        let counts = looked.sheet.tokens.get(first).is_some_and(|t| t.text.trim_end_matches('.') == number.to_string());
        if let (true, Some(last)) = (counts, rest.last()) {
            *cell = one(looked, leaf, first + 1..last + 1);
        }
    }
}

/// A row of its own has a number in it, and words if the table has a column for them.
fn is_item(group: &Group, cells: &Cells) -> bool {
    let number = group.leaves().zip(cells).any(|((_, leaf), cell)| leaf.kind.is_numeric() && cell.is_some());
    let numeric = group.leaves().any(|(_, leaf)| leaf.kind.is_numeric());
    (number || !numeric) && cells.iter().flatten().count() >= 2
}

/// Words without a number go on with the words of the row above.
fn go_on(group: &Group, found: &mut [Cells], cells: Cells) {
    let Some(above) = found.last_mut() else { return };
    for (((_, leaf), cell), above) in group.leaves().zip(cells).zip(above) {
        if let (true, Some(more), Some(first)) = (leaf.kind.is_wordy(), cell, above) {
            first.value = format!("{} {}", first.value, more.value);
            first.text = format!("{}\n{}", first.text, more.text);
            first.bounds = first.bounds.zip(more.bounds).map(|(a, b)| a.union(b));
            first.tokens.extend(more.tokens);
            first.legible = first.legible.min(more.legible);
            first.confidence = first.confidence.min(more.confidence);
        }
    }
}

/// What stands in each column of a row.
fn cells(looked: &Looked<'_>, group: &Group, row: &Row, columns: &[Heading]) -> Cells {
    let sheet = looked.sheet;
    let leaf = |column: usize| group.leaves().nth(column).map(|(_, leaf)| leaf);
    let mut tokens: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut previous: Option<(usize, f64)> = None;
    for token in sheet.row_tokens(row) {
        let Some(t) = sheet.tokens.get(token) else { continue };
        let wordy = t.folded.chars().filter(|c| c.is_alphabetic()).count() > 1 && currency_of(&t.text).is_none();
        let fits = |c: &&Heading| !wordy || leaf(c.0).is_none_or(|l| !l.kind.is_numeric());
        let near = columns.iter().filter(fits).min_by(|a, b| distance(a.1, t.bounds).total_cmp(&distance(b.1, t.bounds)));
        let Some(&(mut column, at)) = near else { continue };
        // Words close together are one cell, even where they reach under the next heading's edge.
        if let Some((before, edge)) = previous
            && t.bounds.x0 - edge < 0.6 * row.height
            && leaf(before).is_some_and(|l| l.kind.is_wordy())
            && (wordy || at.shared_width(t.bounds) == 0.0)
        {
            column = before;
        }
        previous = Some((column, t.bounds.x1));
        let entry = tokens.entry(column).or_insert((token, token));
        entry.1 = token;
    }
    let mut cells: Cells = vec![None; group.leaves().count()];
    for (column, (first, last)) in tokens {
        let Some((cell, leaf)) = cells.get_mut(column).zip(leaf(column)) else { continue };
        *cell = one(looked, leaf, first..last + 1);
    }
    cells
}

/// How far a word is from being under a heading: between their nearest sides or middles.
fn distance(heading: Rect, word: Rect) -> f64 {
    if heading.shared_width(word) > 0.0 {
        return 0.0;
    }
    (word.x0 - heading.x1).max(heading.x0 - word.x1)
}

fn one(looked: &Looked<'_>, leaf: &Leaf, range: std::ops::Range<usize>) -> Option<Found> {
    let mut all = read(looked.sheet, leaf, range, looked.known);
    let several = all.len() > 1;
    let mut found = if leaf.kind == Kind::Amount { all.pop() } else { all.into_iter().next() }?;
    found.confidence *= match (several, leaf.kind.is_wordy()) {
        (true, _) => 0.8,
        (_, true) => WORDS_IN_COLUMN,
        (_, false) => IN_COLUMN,
    };
    Some(found)
}
