//! Lines of receipts: words at the left, an amount at the right end; how many and at what price stands beside, above or below.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::table::headings;
use super::{Cells, Looked, ends_rows};
use crate::find::{Found, read};
use crate::fold::pattern;
use crate::schema::{Group, Kind, Leaf};
use crate::sheet::Row;
use crate::values::currency_of;
use crate::values::decimal::Decimal;

static TIMES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|\s)([0-9]+(?:[.,][0-9]+)?)\s?(?:[xX×*@]|st\.?|pcs)\s?(?:[€$£]|RM|Rp)?\s?([0-9]+(?:[.,][0-9]{2,3})+)"));
static COUNT: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([0-9]{1,3})\s?[xX×*]?\s+[^0-9\s]"));

/// Nothing but its place says that a line is one of what was bought.
const BY_PLACE: f64 = 0.8;
/// Letters after an amount that name a class of tax.
const CLASS: usize = 3;

/// Which columns of the schema take what a line of a receipt has.
struct Columns<'a> {
    words: (usize, &'a Leaf),
    amount: (usize, &'a Leaf),
    price: Option<(usize, &'a Leaf)>,
    count: Option<(usize, &'a Leaf)>,
    width: usize,
}

impl<'a> Columns<'a> {
    /// The first column of words, the last of amounts, another one before it for the price of one, and a number.
    fn of(group: &'a Group) -> Option<Self> {
        let leaves: Vec<(usize, &Leaf)> = group.leaves().map(|(_, leaf)| leaf).enumerate().collect();
        let of = |kind: Kind| leaves.iter().copied().filter(move |(_, l)| l.kind == kind);
        let amount = of(Kind::Amount).next_back()?;
        let words = leaves.iter().copied().find(|(_, l)| l.kind.is_wordy())?;
        let price = of(Kind::Amount).find(|p| p.0 != amount.0);
        Some(Self { words, amount, price, count: of(Kind::Number).next(), width: leaves.len() })
    }
}

/// What stands in one line.
#[derive(Default)]
struct Parts {
    words: Option<Found>,
    amount: Option<Found>,
    price: Option<Found>,
    count: Option<Found>,
}

/// Every line with an amount between the headings, if there are any, and the first label of a sum.
pub(crate) fn lines(looked: &Looked<'_>, group: &Group) -> Vec<Cells> {
    let Some(columns) = Columns::of(group) else { return Vec::new() };
    let head = headings(looked.sheet, looked.labels, looked.field).keys().next().map_or(0, |row| row + 1);
    let mut found: Vec<Parts> = Vec::new();
    // A line of words may be the name of the amount below it, a line of figures those of the name below it.
    let (mut name, mut figures): (Option<Found>, Option<Parts>) = (None, None);
    for (index, row) in looked.sheet.rows.iter().enumerate().skip(head) {
        if ends_rows(looked, index) {
            if found.is_empty() {
                (name, figures) = (None, None);
                continue;
            }
            break;
        }
        let mut parts = parts(looked, &columns, row);
        match (parts.words.is_some(), parts.amount.is_some()) {
            (true, true) => {
                if let Some(above) = figures.take().filter(|_| parts.count.is_none()) {
                    (parts.count, parts.price) = (above.count, above.price);
                }
                found.push(parts);
                name = None;
            }
            (false, true) if name.is_some() => {
                if let Some(above) = figures.take().filter(|_| parts.count.is_none()) {
                    (parts.count, parts.price) = (above.count, above.price);
                }
                found.push(Parts { words: name.take(), ..parts });
            }
            (false, false) if parts.count.is_some() => match found.last_mut().filter(|last| name.is_none() && last.takes(&parts)) {
                Some(last) => (last.count, last.price) = (parts.count, parts.price),
                None => figures = Some(parts),
            },
            (true, false) => name = parts.words,
            _ => {}
        }
    }
    found.into_iter().map(|p| p.cells(&columns)).collect()
}

impl Parts {
    /// Whether figures below belong to this line: they are how its amount came about.
    fn takes(&self, figures: &Self) -> bool {
        let number = |f: &Option<Found>| f.as_ref().and_then(|f| Decimal::parse(&f.value)).map(Decimal::to_f64);
        let (Some(count), Some(price), Some(amount)) = (number(&figures.count), number(&figures.price), number(&self.amount)) else {
            return false;
        };
        self.count.is_none() && (count * price - amount).abs() < 0.011
    }

    fn cells(self, columns: &Columns<'_>) -> Cells {
        let mut cells: Cells = vec![None; columns.width];
        let places = [Some(columns.words.0), Some(columns.amount.0), columns.price.map(|c| c.0), columns.count.map(|c| c.0)];
        for (found, place) in [self.words, self.amount, self.price, self.count].into_iter().zip(places) {
            if let (Some(found), Some(cell)) = (found, place.and_then(|p| cells.get_mut(p))) {
                *cell = Some(Found { confidence: found.confidence * BY_PLACE, ..found });
            }
        }
        cells
    }
}

fn parts(looked: &Looked<'_>, columns: &Columns<'_>, row: &Row) -> Parts {
    let tokens = looked.sheet.row_tokens(row);
    let text = looked.sheet.text(tokens.clone());
    let mut parts = Parts::default();
    let amounts = read(looked.sheet, columns.amount.1, tokens.clone(), looked.known);
    let money: Vec<&Found> = amounts.iter().filter(|a| a.confidence > 0.6 * a.legible).collect();
    // "3 x 4.23": its price is not the line's amount unless another one follows.
    let times = TIMES.captures(&text).and_then(|c| Some((c.get(1)?.range(), c.get(2)?.range())));
    let token = |at: usize| tokens.start + text.get(..at).unwrap_or("").matches(' ').count();
    if let Some((count, price)) = &times {
        let one = |leaf: Option<(usize, &Leaf)>, at: &Range<usize>| {
            let all = read(looked.sheet, leaf?.1, token(at.start)..token(at.end.saturating_sub(1)) + 1, looked.known);
            if at == price { all.into_iter().last() } else { all.into_iter().next() }
        };
        (parts.count, parts.price) = (one(columns.count, count), one(columns.price.or(Some(columns.amount)), price));
    }
    let price_at = times.as_ref().map(|(_, price)| token(price.end.saturating_sub(1)));
    let last = money.last().filter(|a| {
        let end = a.tokens.last().copied().unwrap_or(tokens.end);
        let class: String = looked.sheet.span(end + 1..tokens.end).iter().map(|t| t.text.as_str()).collect();
        class.chars().count() <= CLASS && Some(end) != price_at
    });
    parts.amount = last.map(|f| (*f).clone());
    let first = times.as_ref().map(|(count, _)| token(count.start)).filter(|t| *t > tokens.start);
    let end = first.or_else(|| money.first().and_then(|m| m.tokens.first().copied())).unwrap_or(tokens.end);
    words(looked, columns, tokens.start..end, &mut parts);
    parts
}

/// The words before the figures, and how many if that stands before the words.
fn words(looked: &Looked<'_>, columns: &Columns<'_>, range: Range<usize>, parts: &mut Parts) {
    let text = looked.sheet.text(range.clone());
    let mut start = range.start;
    if let (Some((_, leaf)), true, None) = (columns.count, COUNT.is_match(&text), &parts.count) {
        let count = read(looked.sheet, leaf, start..start + 1, looked.known).into_iter().next();
        let sign = |t: usize| looked.sheet.tokens.get(t).is_some_and(|t| matches!(t.text.as_str(), "x" | "X" | "×" | "*"));
        if count.is_some() {
            start += if sign(start + 1) { 2 } else { 1 };
            parts.count = count;
        }
    }
    // A currency before an amount belongs to that.
    let money = |t: &usize| looked.sheet.tokens.get(*t).is_some_and(|t| currency_of(&t.text).is_some() && t.text.chars().count() <= 3);
    let end = (start..range.end).rev().find(|t| !money(t)).map_or(start, |t| t + 1);
    let found = read(looked.sheet, columns.words.1, start..end, looked.known).into_iter().next();
    parts.words = found.filter(|w| w.text.chars().filter(|c| c.is_alphabetic()).count() >= 2);
}
