//! Where a value stands in a document, for values that somebody says are there.

use gristmill_layout::{Document, Rect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strsim::normalized_levenshtein;

use crate::find::read;
use crate::fold::fold;
use crate::schema::{Kind, Leaf};
use crate::sheet::Sheet;
use crate::slot::normal;
use crate::values::convention::Convention;
use crate::values::decimal::Decimal;

/// The words of a document that a value is taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The number of the page.
    pub page: u32,
    /// Around the words.
    #[serde(rename = "box")]
    pub bounds: Rect,
    /// As they stand.
    pub text: String,
    /// How well they are the value, 0..=1: 1 when they mean exactly that.
    pub score: f64,
    /// How surely they were read, 0..=1: the least sure of them.
    pub legible: f64,
}

/// Words less alike than this are others.
const LEAST: f64 = 0.82;
/// Longer values are looked for as they are only: near misses would cost more than they tell.
const MOST_LETTERS: usize = 200;

/// Where a value stands: as words that mean it (`3 april 2025` for `2025-04-03`), as the words themselves, or as nearly the same words.
/// None when it stands nowhere.
pub fn ground(document: &Document, value: &Value, kind: Kind) -> Option<Citation> {
    Grounds::of(document).find(value, kind)
}

/// A document prepared for looking up many values.
pub(crate) struct Grounds<'a> {
    document: &'a Document,
    sheet: Sheet<'a>,
    known: Convention,
    /// In reading order, then in rows: a value may go on over lines or over cells.
    orders: [Vec<Piece>; 2],
}

struct Piece {
    folded: String,
    text: String,
    page: u32,
    bounds: Rect,
    legible: f64,
}

impl<'a> Grounds<'a> {
    pub(crate) fn of(document: &'a Document) -> Self {
        let sheet = Sheet::of(document);
        let lines = sheet.lines();
        let today = chrono::NaiveDate::from_ymd_opt(2100, 1, 1).unwrap_or_default();
        let known = Convention::of(lines.iter().map(String::as_str), today);
        let piece =
            |text: &str, page: u32, bounds: Rect, legible: f64| Piece { folded: fold(text), text: text.to_owned(), page, bounds, legible };
        let read = document.pages.iter().flat_map(|p| p.words().map(move |w| (p.number, w)));
        let read = read.map(|(page, w)| piece(&w.text, page, w.bounds, w.confidence)).collect();
        let page = |token: usize| sheet.row_of(token).and_then(|r| document.pages.get(r.page)).map_or(1, |p| p.number);
        let rows = sheet.tokens.iter().enumerate().map(|(i, t)| piece(&t.text, page(i), t.bounds, t.confidence)).collect();
        Self { document, sheet, known, orders: [read, rows] }
    }

    /// The place, from 0, of a page's number.
    pub(crate) fn place(&self, number: u32) -> usize {
        self.document.pages.iter().position(|p| p.number == number).unwrap_or(0)
    }

    pub(crate) fn find(&self, value: &Value, kind: Kind) -> Option<Citation> {
        let wanted = normal(value)?;
        if kind == Kind::Checkbox {
            return None;
        }
        let meant = if kind.is_wordy() { None } else { self.meant(&wanted, kind) };
        meant.or_else(|| self.orders.iter().find_map(|o| exact(o, &fold(&wanted)))).or_else(|| {
            // Numbers and codes that are nearly the same are others.
            if !kind.is_wordy() {
                return None;
            }
            self.orders.iter().filter_map(|o| near(o, &wanted)).max_by(|a, b| a.score.total_cmp(&b.score))
        })
    }

    /// Words that mean a value of a type.
    fn meant(&self, wanted: &str, kind: Kind) -> Option<Citation> {
        let leaf = Leaf { kind, as_number: false, places: Vec::new(), past: false, pattern: None, options: Vec::new() };
        let number = Decimal::parse(wanted).filter(|_| kind.is_numeric());
        let is = |value: &str| value == wanted || number.is_some() && Decimal::parse(value) == number;
        let all = self.sheet.rows.iter().flat_map(|row| read(&self.sheet, &leaf, self.sheet.row_tokens(row), &self.known));
        let fitting = all.filter_map(|f| {
            let score = if is(&f.value) { 1.0 } else { f.other.as_deref().is_some_and(is).then_some(0.8)? };
            Some((score * f.confidence, score, f))
        });
        let (_, score, found) = fitting.max_by(|a, b| a.0.total_cmp(&b.0))?;
        let page = self.document.pages.get(found.page)?.number;
        Some(Citation { page, bounds: found.bounds?, text: found.text, score, legible: found.legible })
    }
}

fn cite(pieces: &[Piece], score: f64) -> Option<Citation> {
    let page = pieces.first()?.page;
    let here = || pieces.iter().filter(|p| p.page == page);
    let bounds = here().map(|p| p.bounds).reduce(Rect::union)?;
    let text = here().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(Citation { page, bounds, text, score, legible: here().map(|p| p.legible).fold(1.0, f64::min) })
}

/// Words in a row whose letters are these.
fn exact(order: &[Piece], wanted: &str) -> Option<Citation> {
    if wanted.is_empty() {
        return None;
    }
    for start in 0..order.len() {
        let mut rest = wanted;
        for (length, piece) in order.get(start..)?.iter().enumerate() {
            let Some(after) = rest.strip_prefix(piece.folded.as_str()) else { break };
            if length == 0 && piece.folded.is_empty() {
                break;
            }
            rest = after;
            if rest.is_empty() {
                return cite(order.get(start..=start + length)?, 1.0);
            }
        }
    }
    None
}

/// The words in a row whose letters are nearest to these.
fn near(order: &[Piece], wanted: &str) -> Option<Citation> {
    let folded = fold(wanted);
    let count = wanted.split_whitespace().count();
    if folded.len() < 4 || folded.len() > MOST_LETTERS {
        return None;
    }
    let mut best: Option<(f64, usize, usize)> = None;
    for length in count.saturating_sub(1).max(1)..=count + 1 {
        for (start, window) in order.windows(length).enumerate() {
            let letters: usize = window.iter().map(|p| p.folded.len()).sum();
            if letters.abs_diff(folded.len()) * 4 > folded.len() {
                continue;
            }
            let joined: String = window.iter().map(|p| p.folded.as_str()).collect();
            let score = normalized_levenshtein(&joined, &folded);
            if score >= LEAST && best.is_none_or(|(b, ..)| score > b) {
                best = Some((score, start, length));
            }
        }
    }
    let (score, start, length) = best?;
    cite(order.get(start..start + length)?, score)
}
