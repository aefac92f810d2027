//! Horizontal strips of a page, and the white that runs down through them.

use crate::geometry::Rect;
use crate::item::Item;

/// So many stretches of white are looked at in one strip; a page of text has a handful, and a hostile one must not cost more.
const WIDEST: usize = 32;

/// A stretch of white from left to right.
pub(crate) type White = (f64, f64);

/// Items that no horizontal line can part.
#[derive(Debug)]
pub(crate) struct Strip {
    pub items: Vec<Item>,
    pub bounds: Rect,
    /// From the left margin to the right one, both without an end.
    pub white: Vec<White>,
}

impl Strip {
    fn of(items: Vec<Item>, least: f64) -> Option<Self> {
        let bounds = items.iter().map(|i| i.bounds).reduce(Rect::union)?;
        let white = white_beside(&items, least);
        Some(Self { items, bounds, white })
    }

    /// The white between its items.
    pub(crate) fn inner(&self) -> Vec<White> {
        self.white.iter().copied().filter(|w| w.0.is_finite() && w.1.is_finite()).collect()
    }

    /// Whether something stands on both sides of a gutter.
    pub(crate) fn has_both_sides(&self, gutter: White) -> bool {
        self.bounds.x0 <= gutter.0 && self.bounds.x1 >= gutter.1
    }
}

/// Parts items by all horizontal lines that touch none. Only the middle halves of boxes count, because boxes of neighbouring lines
/// often overlap at their ascenders and descenders. White narrower than `least` is none.
pub(crate) fn strips(mut items: Vec<Item>, least: f64) -> Vec<Strip> {
    let reach = |i: &Item| (i.bounds.y0 + i.bounds.height() / 4.0, i.bounds.y1 - i.bounds.height() / 4.0);
    items.sort_by(|a, b| reach(a).0.total_cmp(&reach(b).0));
    let mut strips = Vec::new();
    let (mut open, mut bottom) = (Vec::new(), f64::NEG_INFINITY);
    for item in items {
        let (from, to) = reach(&item);
        if from > bottom {
            strips.extend(Strip::of(std::mem::take(&mut open), least));
        }
        bottom = bottom.max(to);
        open.push(item);
    }
    strips.extend(Strip::of(open, least));
    strips
}

fn white_beside(items: &[Item], least: f64) -> Vec<White> {
    let mut taken: Vec<White> = items.iter().filter(|i| !i.is_speck).map(|i| (i.bounds.x0, i.bounds.x1)).collect();
    taken.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut white = Vec::new();
    let mut right = f64::NEG_INFINITY;
    for (x0, x1) in taken {
        if x0 - right >= least {
            white.push((right, x0));
        }
        right = right.max(x1);
    }
    white.push((right, f64::INFINITY));
    widest(white)
}

/// White that is white in both; narrower than `least` is none.
pub(crate) fn shared(a: &[White], b: &[White], least: f64) -> Vec<White> {
    let (mut i, mut j, mut both) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (from, to) = (x.0.max(y.0), x.1.min(y.1));
        if to - from >= least {
            both.push((from, to));
        }
        if x.1 < y.1 { i += 1 } else { j += 1 }
    }
    widest(both)
}

fn widest(mut white: Vec<White>) -> Vec<White> {
    if white.len() > WIDEST {
        white.sort_by(|a, b| (b.1 - b.0).total_cmp(&(a.1 - a.0)));
        white.truncate(WIDEST);
        white.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    white
}
