//! Where labels stand: the schema's own, and what else looks like one and so ends a value.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::fold::{fold, likeness, twins};
use crate::schema::{Group, SHIPPED, Schema, Shape};
use crate::sheet::{Segment, Sheet};

/// Whose label it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A property of the document, by its place in the schema.
    Field(usize),
    /// A column of rows: the property that holds them, and the place of the column.
    Column(usize, usize),
}

/// A label that stands in the document.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) tokens: Range<usize>,
    /// Nobody's when it is known from other schemas, looks like a label, or is a decoy.
    pub(crate) owners: Vec<Owner>,
    /// How alike it is to what the schema writes, 0..=1.
    pub(crate) likeness: f64,
    /// Words that belong to it and that the schema does not name ("Bank name" for `name`).
    pub(crate) extra: usize,
    /// A colon follows.
    pub(crate) key: bool,
    /// Nothing stands before it in its segment.
    pub(crate) leads: bool,
}

/// The longest label in words.
const MOST_WORDS: usize = 6;

struct Entry {
    folded: String,
    letters: u32,
    owners: Vec<Owner>,
}

/// Every label that is known.
struct Vocabulary {
    entries: Vec<Entry>,
    exact: HashMap<String, usize>,
    /// Those whose length allows a wrong letter, by length.
    loose: HashMap<usize, Vec<usize>>,
}

/// Labels of the shipped schemas: whoever they belong to, they end the value before them.
static COMMON: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = SHIPPED.iter().filter_map(|(name, _)| Schema::shipped(name));
    let words = |group: &Group| group.properties.iter().flat_map(|p| p.labels.iter().chain(&p.decoys).map(|l| fold(l))).collect::<Vec<_>>();
    all.flat_map(|s| words(&s.root)).filter(|l| l.len() > 3).collect()
});

impl Vocabulary {
    fn of(schema: &Schema) -> Self {
        let mut all = Self { entries: Vec::new(), exact: HashMap::new(), loose: HashMap::new() };
        for (i, p) in schema.root.properties.iter().enumerate() {
            for label in &p.labels {
                all.add(fold(label), matches!(p.shape, Shape::Value(_)).then_some(Owner::Field(i)));
            }
            p.decoys.iter().for_each(|d| all.add(fold(d), None));
            let Shape::Rows(rows, _) = &p.shape else { continue };
            for (j, column) in rows.properties.iter().enumerate() {
                for label in &column.labels {
                    all.add(fold(label), Some(Owner::Column(i, j)));
                }
            }
        }
        for common in COMMON.iter() {
            all.add(common.clone(), None);
        }
        all
    }

    fn add(&mut self, folded: String, owner: Option<Owner>) {
        if folded.is_empty() {
            return;
        }
        let at = *self.exact.entry(folded.clone()).or_insert_with(|| {
            let length = folded.chars().count();
            self.loose.entry(length).or_default().push(self.entries.len());
            self.entries.push(Entry { letters: letters(&folded), folded, owners: Vec::new() });
            self.entries.len() - 1
        });
        if let (Some(entry), Some(owner)) = (self.entries.get_mut(at), owner)
            && !entry.owners.contains(&owner)
        {
            entry.owners.push(owner);
        }
    }

    fn find(&self, seen: &str) -> Option<(&Entry, f64)> {
        if let Some(entry) = self.exact.get(seen).and_then(|i| self.entries.get(*i)) {
            return Some((entry, 1.0));
        }
        let (length, mask) = (seen.chars().count(), letters(seen));
        let near = (length.saturating_sub(2)..=length + 2).filter_map(|l| self.loose.get(&l)).flatten();
        let candidates = near.filter_map(|i| self.entries.get(*i)).filter(|e| (e.letters ^ mask).count_ones() <= 4);
        candidates.filter_map(|e| Some((e, likeness(seen, &e.folded)?))).max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Which letters occur, twins as one: two words with many different ones cannot be alike.
fn letters(folded: &str) -> u32 {
    twins(folded).bytes().filter(u8::is_ascii_lowercase).fold(0, |m, b| m | 1 << (b - b'a'))
}

/// Every label of a document, in order of its words, none overlapping another; where several fit the longest wins.
pub(crate) fn labels(sheet: &Sheet<'_>, schema: &Schema) -> Vec<Label> {
    let known = Vocabulary::of(schema);
    let mut found = Vec::new();
    for segment in &sheet.segments {
        in_segment(sheet, segment, &known, &mut found);
    }
    found
}

fn in_segment(sheet: &Sheet<'_>, segment: &Segment, known: &Vocabulary, found: &mut Vec<Label>) {
    let (mut at, end) = (segment.tokens.start, segment.tokens.end);
    // Where the words begin that would belong to a label with a colon further on.
    let mut free = at;
    while at < end {
        let key = (at..end.min(at + 2 * MOST_WORDS)).find(|i| sheet.tokens.get(*i).is_some_and(|t| t.key));
        if let Some((length, entry, likeness)) = longest(sheet, at, end, known) {
            let mut label = Label {
                tokens: at..at + length,
                owners: entry.owners.clone(),
                likeness,
                extra: words(sheet, free..at),
                key: key.is_some_and(|k| k + 1 == at + length),
                leads: free == at && at == segment.tokens.start,
            };
            // Words between it and a colon belong to it, unless a value is among them.
            if let Some(k) = key.filter(|k| !label.key && k + 1 - at <= MOST_WORDS && plain(sheet, at + length..k + 1)) {
                label.extra += words(sheet, at + length..k + 1);
                label.tokens.end = k + 1;
                label.key = true;
            }
            if label.key && label.tokens.start - free <= 4 && plain(sheet, free..at) {
                label.tokens.start = free;
            } else if !label.key && free < at {
                label.extra += 1;
            }
            at = label.tokens.end;
            free = at;
            found.push(label);
        } else if sheet.tokens.get(at).is_some_and(|t| t.key) {
            if at + 1 - free <= MOST_WORDS && words(sheet, free..at + 1) > 0 {
                let leads = free == segment.tokens.start;
                found.push(Label { tokens: free..at + 1, owners: Vec::new(), likeness: 0.0, extra: 0, key: true, leads });
            }
            at += 1;
            free = at;
        } else {
            at += 1;
        }
    }
}

/// The longest label that begins at a token. It does not reach over a colon.
fn longest<'v>(sheet: &Sheet<'_>, at: usize, end: usize, known: &'v Vocabulary) -> Option<(usize, &'v Entry, f64)> {
    let (mut joined, mut best) = (String::new(), None);
    if sheet.tokens.get(at)?.folded.is_empty() {
        return None;
    }
    for (i, token) in sheet.span(at..end.min(at + MOST_WORDS)).iter().enumerate() {
        joined.push_str(&token.folded);
        if !token.folded.is_empty()
            && let Some((entry, likeness)) = known.find(&joined)
        {
            // A longer label may not be had at the price of wrong letters where a shorter one is right.
            let worse = best.as_ref().is_some_and(|(_, _, l): &(usize, &Entry, f64)| *l > likeness && likeness < 0.95);
            if !worse {
                best = Some((i + 1, entry, likeness));
            }
        }
        if token.key {
            break;
        }
    }
    best.or_else(|| Some((1, either(&sheet.tokens.get(at)?.text, known)?, 0.97)))
}

/// "Grade/Class", "BIC/SWIFT": two labels of the same property.
fn either<'v>(text: &str, known: &'v Vocabulary) -> Option<&'v Entry> {
    let mut parts = text.split('/').map(|part| known.exact.get(&fold(part)).and_then(|i| known.entries.get(*i)));
    let first = parts.next()??;
    let mut count = 0;
    for part in parts {
        count += usize::from(part?.owners == first.owners);
    }
    (count > 0 && count == text.matches('/').count() && !first.owners.is_empty()).then_some(first)
}

/// How many of these are words.
fn words(sheet: &Sheet<'_>, range: Range<usize>) -> usize {
    sheet.span(range).iter().filter(|t| t.folded.chars().any(char::is_alphabetic)).count()
}

/// Whether there are no numbers among these.
fn plain(sheet: &Sheet<'_>, range: Range<usize>) -> bool {
    sheet.span(range).iter().all(|t| !t.text.chars().any(|c| c.is_ascii_digit()) || t.text.starts_with('('))
}

#[cfg(test)]
mod tests {
    use gristmill_layout::{Block, BlockKind, Document, Line, Origin, Page, Rect, Unit, Word};
    use serde_json::json;

    use super::*;

    /// The labels of one line of words, with their owners, words that are too many, and colons.
    fn of(text: &str) -> Vec<(String, Vec<Owner>, usize, bool)> {
        let schema = Schema::parse(&json!({"x-order": ["total", "name"], "properties": {
            "total": {"x-type": "amount", "x-labels": ["Total", "Grand total"], "x-not": ["Total items"]},
            "name": {"x-labels": ["Name"]},
        }}))
        .unwrap();
        let word = |(i, w): (usize, &str)| Word {
            text: w.into(),
            bounds: Rect::new(50.0 * i as f64, 0.0, 50.0 * i as f64 + 45.0, 10.0),
            confidence: 1.0,
        };
        let line = Line::of(text.split(' ').enumerate().map(word).collect()).unwrap();
        let blocks = vec![Block { kind: BlockKind::Paragraph, bounds: line.bounds, lines: vec![line] }];
        let page = Page {
            number: 1,
            width: 500.0,
            height: 100.0,
            unit: Unit::Pt,
            source: Origin::Text,
            engine: None,
            straightened: None,
            blocks,
            form: Vec::new(),
            warnings: Vec::new(),
        };
        let document = Document { pages: vec![page] };
        let sheet = Sheet::of(&document);
        labels(&sheet, &schema).into_iter().map(|l| (sheet.text(l.tokens.clone()), l.owners, l.extra, l.key)).collect()
    }

    #[test]
    fn the_longest_label_wins_and_decoys_are_nobodys() {
        assert_eq!(of("Grand total 5.00"), [("Grand total".into(), vec![Owner::Field(0)], 0, false)]);
        assert_eq!(of("Total items 3"), [("Total items".into(), Vec::new(), 0, false)]);
    }

    #[test]
    fn words_before_a_colon_belong_to_the_label() {
        assert_eq!(of("Bank name: Mill"), [("Bank name:".into(), vec![Owner::Field(1)], 1, true)]);
        assert_eq!(of("Colour: green"), [("Colour:".into(), Vec::new(), 0, true)]);
    }

    #[test]
    fn two_labels_of_one_property_are_one() {
        assert_eq!(of("Total/Grandtotal 5.00")[0].1, [Owner::Field(0)]);
        assert!(of("Total/Name 5.00").is_empty());
    }

    #[test]
    fn twins_and_a_wrong_letter_are_overlooked_in_long_labels_only() {
        assert_eq!(of("T0tal: 5.00").len(), 1);
        assert_eq!(of("Nane: x")[0].1, Vec::new());
    }
}
