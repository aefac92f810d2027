//! A line as the arranging of a page sees it, and rows of them.

use crate::document::Line;
use crate::geometry::Rect;
use crate::mark::{Mark, mark};

/// Boxes beyond this are taken for nonsense; no page is as large.
const FAR: f64 = 1e7;

/// Where a line stands, made finite and, when the page runs from right to left, mirrored; and what matters of its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// Which of the lines it is.
    pub index: usize,
    pub bounds: Rect,
    pub chars: usize,
    /// How many of its characters are letters.
    pub letters: usize,
    /// The mark of a list it begins with.
    pub mark: Option<Mark>,
    /// There is nothing but the mark.
    pub bare_mark: bool,
    /// A sign or two that say nothing: dirt, or a rule between columns that was taken for a letter.
    pub is_speck: bool,
    /// It ends with a colon: the label of something.
    pub label: bool,
    /// It has a colon inside: a label and its value in one.
    pub pair: bool,
    /// It begins with a capital, a figure, or a letter that knows no capitals.
    pub opens: bool,
    /// It ends as a sentence or a part of one does.
    pub stops: bool,
}

impl Item {
    pub(crate) fn new(index: usize, line: &Line, mirror: Option<f64>) -> Self {
        let words = || line.words.iter().map(|w| w.text.as_str());
        let (mut chars, mut letters) = (0, 0);
        for c in words().flat_map(str::chars) {
            chars += 1;
            letters += usize::from(c.is_alphabetic());
        }
        let first = words().next().and_then(|w| w.chars().find(|c| c.is_alphanumeric()));
        let last = words().next_back().and_then(|w| w.chars().last());
        let colons = words().filter(|w| w.ends_with(':')).count();
        let label = last == Some(':');
        let mark = line.words.first().and_then(mark);
        Self {
            index,
            bounds: placed(line.bounds, mirror),
            chars,
            letters,
            mark,
            bare_mark: mark.is_some() && line.words.len() == 1 && chars <= 4,
            is_speck: mark.is_none() && first.is_none() && chars <= 2,
            label,
            pair: colons > usize::from(label),
            opens: first.is_some_and(|c| !c.is_lowercase()),
            stops: matches!(last, Some('.' | '!' | '?' | ':' | ';' | ',' | '。' | '؟' | '…')),
        }
    }

    /// Whether figures are the most of it: an amount, a date, a count.
    pub(crate) fn is_figures(&self) -> bool {
        self.chars > 0 && self.letters * 2 <= self.chars
    }
}

/// A box without what cannot be computed with: not-a-number becomes 0, the far away comes to the edge.
pub(crate) fn placed(bounds: Rect, mirror: Option<f64>) -> Rect {
    let tame = |v: f64| if v.is_nan() { 0.0 } else { v.clamp(-FAR, FAR) };
    let Rect { x0, y0, x1, y1 } = bounds;
    let sane = Rect::new(tame(x0), tame(y0), tame(x1), tame(y1));
    mirror.map_or(sane, |width| Rect { x0: width - sane.x1, x1: width - sane.x0, ..sane })
}

/// Items that stand beside each other, from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub items: Vec<Item>,
    pub bounds: Rect,
}

impl Row {
    pub(crate) fn chars(&self) -> usize {
        self.items.iter().map(|i| i.chars).sum()
    }

    /// The mark it begins with, if there is something after the mark.
    pub(crate) fn mark(&self) -> Option<Mark> {
        let first = self.items.first()?;
        first.mark.filter(|_| !first.bare_mark || self.items.len() > 1)
    }

    pub(crate) fn first(&self) -> Option<&Item> {
        self.items.first()
    }

    pub(crate) fn last(&self) -> Option<&Item> {
        self.items.last()
    }

    /// The blank above it, less than nothing when it reaches into the row above.
    pub(crate) fn gap_after(&self, above: &Self) -> f64 {
        self.bounds.y0 - above.bounds.y1
    }
}

/// Items as rows from top to bottom. A row is held together by its tallest item, so that rows cannot creep down a slope.
pub(crate) fn rows(mut items: Vec<Item>) -> Vec<Row> {
    items.sort_by(|a, b| a.bounds.centre().1.total_cmp(&b.bounds.centre().1));
    let mut rows: Vec<Row> = Vec::new();
    let mut tallest = Rect::default();
    for item in items {
        match rows.last_mut() {
            Some(row) if in_one_row(tallest, item.bounds) => {
                row.items.push(item);
                row.bounds = row.bounds.union(item.bounds);
                if item.bounds.height() > tallest.height() {
                    tallest = item.bounds;
                }
            }
            _ => {
                tallest = item.bounds;
                rows.push(Row { items: vec![item], bounds: item.bounds });
            }
        }
    }
    for row in &mut rows {
        row.items.sort_by(|a, b| a.bounds.x0.total_cmp(&b.bounds.x0));
    }
    rows
}

/// Whether two boxes stand in one row: they share half of the lower one, and neither hangs at the edge of the other.
pub(crate) fn in_one_row(a: Rect, b: Rect) -> bool {
    let apart = (a.centre().1 - b.centre().1).abs();
    a.shared_height(b) >= 0.5 && apart <= 0.5 * a.height().max(b.height()) && a.shared_width(b) < 0.5
}

/// The value that a share of the weight lies below: 0.5 is the median.
pub(crate) fn quantile(mut weighted: Vec<(f64, usize)>, share: f64) -> Option<f64> {
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: usize = weighted.iter().map(|(_, w)| w).sum();
    let mut below = 0;
    for (value, weight) in &weighted {
        below += weight;
        if below as f64 >= total as f64 * share {
            return Some(*value);
        }
    }
    None
}
