//! Rows of one column as paragraphs and lists.

use std::ops::Range;

use crate::item::{Item, Row, quantile, rows};
use crate::mark::Mark;

/// Rows that belong together.
#[derive(Debug)]
pub(crate) struct Group {
    pub rows: Vec<Row>,
    pub is_list: bool,
    /// It looks like the title of what comes after it.
    pub is_title: bool,
}

impl Group {
    /// Items that are one paragraph whatever they look like.
    pub(crate) fn plain(items: Vec<Item>) -> Self {
        Self { rows: rows(items), is_list: false, is_title: false }
    }
}

/// Parts the text of one column.
pub(crate) fn paragraphs(items: Vec<Item>) -> Vec<Group> {
    let column = Column::new(rows(items));
    let mut groups: Vec<(Range<usize>, bool)> = Vec::new();
    let (mut from, mut at) = (0, 0);
    while at < column.rows.len() {
        if let Some(end) = column.list_from(at) {
            groups.extend((from < at).then_some((from..at, false)));
            groups.push((at..end, true));
            (from, at) = (end, end);
        } else {
            if at > from && column.breaks(from, at) {
                groups.push((from..at, false));
                from = at;
            }
            at += 1;
        }
    }
    groups.extend((from < at).then_some((from..at, false)));
    column.into_groups(groups)
}

struct Column {
    rows: Vec<Row>,
    left: f64,
    right: f64,
    /// The blank that usually is between two lines of a paragraph.
    usual: f64,
}

impl Column {
    fn new(rows: Vec<Row>) -> Self {
        let left = rows.iter().map(|r| r.bounds.x0).fold(f64::INFINITY, f64::min);
        let right = rows.iter().map(|r| r.bounds.x1).fold(f64::NEG_INFINITY, f64::max);
        let gaps: Vec<(f64, usize)> = rows.windows(2).map(|pair| (pair[1].gap_after(&pair[0]), 1)).collect();
        let few = gaps.len() < 4;
        // Most gaps are those within paragraphs, unless most paragraphs have one line; then the smaller ones still are.
        let low = quantile(gaps, 0.3).unwrap_or_default();
        let most = rows.iter().map(|r| r.bounds.height()).fold(f64::INFINITY, f64::min);
        Self { rows, left, right, usual: if few { low.min(0.8 * most) } else { low } }
    }

    /// Whether a row reaches so far right that its break needs no meaning.
    fn is_full(&self, at: usize) -> bool {
        self.right - self.rows[at].bounds.x1 <= 0.15 * (self.right - self.left)
    }

    /// The blank above a row beyond the usual, in heights of the lower of the two.
    fn extra(&self, at: usize) -> f64 {
        let (above, below) = (&self.rows[at - 1], &self.rows[at]);
        (below.gap_after(above) - self.usual) / above.bounds.height().min(below.bounds.height()).max(f64::MIN_POSITIVE)
    }

    fn differs_in_height(&self, at: usize) -> bool {
        let (a, b) = (&self.rows[at - 1], &self.rows[at]);
        let (low, high) = (a.bounds.height().min(b.bounds.height()), a.bounds.height().max(b.bounds.height()));
        // A few letters without a tail or a stem are low in any type.
        high > 1.35 * low && a.chars().min(b.chars()) >= 4
    }

    /// How much further right than another a row begins, in its heights.
    fn indent(&self, at: usize, than: usize) -> f64 {
        (self.rows[at].bounds.x0 - self.rows[than].bounds.x0) / self.rows[at].bounds.height().max(f64::MIN_POSITIVE)
    }

    /// Whether a paragraph that begins at `from` ends above the row `at`.
    fn breaks(&self, from: usize, at: usize) -> bool {
        self.extra(at) > 0.45
            || self.differs_in_height(at)
            || self.is_title(from..at, false)
            || self.is_indented(at)
            || self.is_outdented(from, at)
            || self.follows_an_end(from, at)
    }

    /// The first line of a paragraph stands in, and the next line goes back.
    fn is_indented(&self, at: usize) -> bool {
        let back = self.rows.get(at + 1).is_some_and(|_| self.indent(at + 1, at) < -0.5 && self.indent(at + 1, at - 1) < 0.5);
        (0.6..6.0).contains(&self.indent(at, at - 1)) && (back || at + 1 == self.rows.len())
    }

    /// The first line of an entry stands out, as it did in the entry above.
    fn is_outdented(&self, from: usize, at: usize) -> bool {
        at > from + 1 && self.indent(at, at - 1) < -0.6 && self.indent(at, from).abs() < 0.3 && self.indent(at - 1, from + 1).abs() < 0.3
    }

    /// The row above is the short last line of a paragraph that otherwise fills its lines.
    fn follows_an_end(&self, from: usize, at: usize) -> bool {
        let above = &self.rows[at - 1];
        let short = above.bounds.x1 - self.left < 0.6 * (self.right - self.left);
        let ends = above.last().is_some_and(|i| i.stops) && self.rows[at].first().is_some_and(|i| i.opens);
        at > from + 1 && short && ends && self.is_full(at - 2)
    }

    /// Whether one row alone looks like the title of what comes after it: short, without a stop, and above a full line or a list.
    fn is_title(&self, range: Range<usize>, of_list: bool) -> bool {
        let (row, next) = match (self.rows.get(range.start), self.rows.get(range.end)) {
            (Some(row), Some(next)) if range.len() == 1 => (row, next),
            _ => return false,
        };
        let Some(only) = row.first().filter(|_| row.items.len() == 1) else { return false };
        let short = row.bounds.width() <= 0.8 * (self.right - self.left) && next.bounds.width() >= 1.2 * row.bounds.width();
        let words = only.opens && !only.stops && !only.is_figures() && (3..=80).contains(&only.chars);
        let apart = range.start == 0 || (self.extra(range.start) > 0.25 && self.extra(range.start) > self.extra(range.end));
        let taller = row.bounds.height() >= 1.08 * next.bounds.height();
        let below = self.extra(range.end) > 0.45 || taller || self.is_indented(range.end) || of_list;
        short && words && apart && below && (self.is_full(range.end) || of_list)
    }

    /// Where the list ends that begins at a row; none when no list does.
    fn list_from(&self, from: usize) -> Option<usize> {
        let first = self.rows[from].mark()?;
        let (mut at, mut marked) = (from + 1, from);
        let mut is_list = first == Mark::Bullet;
        while at < self.rows.len() && !self.differs_in_height(at) {
            match self.rows[at].mark() {
                Some(mark) if self.extra(at) <= 1.2 => {
                    is_list |= first.leads_to(mark) || (self.indent(at, from) > 0.6 && marked == from);
                    if !is_list {
                        return None;
                    }
                    marked = at;
                }
                None if self.goes_on(marked, at) => {}
                _ => break,
            }
            at += 1;
        }
        is_list.then_some(at)
    }

    /// Whether a row without a mark belongs to the item that begins at `marked`.
    fn goes_on(&self, marked: usize, at: usize) -> bool {
        let hangs = self.indent(at, marked) > 0.3 && self.extra(at) <= 0.45;
        let flush = self.indent(at, marked).abs() <= 0.3 && self.extra(at) <= 0.2 && self.is_full(at - 1);
        hangs || flush
    }

    fn into_groups(self, ranges: Vec<(Range<usize>, bool)>) -> Vec<Group> {
        let before_list = |at: usize| ranges.get(at + 1).is_some_and(|(_, is_list)| *is_list);
        let is_title = |(at, (range, is_list)): (usize, &(Range<usize>, bool))| !is_list && self.is_title(range.clone(), before_list(at));
        let titles: Vec<bool> = ranges.iter().enumerate().map(is_title).collect();
        let mut rows = self.rows.into_iter();
        let group = |((range, is_list), is_title): ((Range<usize>, bool), bool)| Group {
            rows: rows.by_ref().take(range.len()).collect(),
            is_list,
            is_title,
        };
        ranges.into_iter().zip(titles).map(group).collect()
    }
}
