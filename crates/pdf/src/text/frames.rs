//! Axes along which lines of text run: one for each direction on a page, so that turned and skewed text is read like any other.

use std::collections::BTreeMap;

use gristmill_layout::Rect;
use hayro::kurbo::Vec2;

use super::scan::{Glyph, Run, Scan};

/// How far text may stand off a right angle and still belong to the text at that angle: a page that went askew through a scanner.
const SKEW_MOST: f64 = 10.0;
/// Text at other angles is taken together in steps of these degrees.
const STEP: f64 = 5.0;
/// A glyph's box above and below its baseline, in ems. Fonts tell their own, but not through the reader; these hold for most.
const ASCENT: f64 = 0.8;
const DESCENT: f64 = 0.2;

/// The axes of a direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    along: Vec2,
    across: Vec2,
}

/// A glyph's box on the axes of its frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// Where it begins and ends along the line.
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Above and below, seen along the line.
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) em: f64,
}

impl Frame {
    /// The frames of a page's runs, and which of them each run has.
    pub(crate) fn of(scan: &Scan) -> (Vec<Self>, Vec<usize>) {
        let mut angles: BTreeMap<(bool, i32), Vec<f64>> = BTreeMap::new();
        let keys: Vec<(bool, i32)> = scan.runs.iter().map(|run| key(run, &mut angles)).collect();
        let frames = angles.values_mut().map(|of_one| Self::at(median(of_one))).collect();
        let numbers: BTreeMap<(bool, i32), usize> = angles.keys().enumerate().map(|(n, key)| (*key, n)).collect();
        (frames, keys.iter().map(|key| numbers[key]).collect())
    }

    fn at(degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self { along: Vec2::new(cos, sin), across: Vec2::new(-sin, cos) }
    }

    pub(crate) fn span(&self, glyph: &Glyph, run: &Run) -> Span {
        let at = glyph.at.to_vec2();
        let (along, across, em) = (at.dot(self.along), at.dot(self.across), run.em);
        if run.vertical {
            // The line goes down: what is up for the glyph is back for the line, and its right is the line's top.
            return Span { from: along - ASCENT * em, to: along + DESCENT * em, top: across - em, bottom: across, em };
        }
        let end = along + glyph.advance;
        Span { from: along.min(end), to: along.max(end), top: across - ASCENT * em, bottom: across + DESCENT * em, em }
    }

    /// The box on the page around a box on the axes.
    pub(crate) fn on_page(&self, span: &Span) -> Rect {
        let corner = |a: f64, b: f64| self.along * a + self.across * b;
        let corners = [(span.from, span.top), (span.to, span.top), (span.to, span.bottom), (span.from, span.bottom)];
        Rect::around(corners.map(|(a, b)| corner(a, b)).map(|p| (p.x, p.y))).unwrap_or_default()
    }
}

impl Span {
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
            top: self.top.min(other.top),
            bottom: self.bottom.max(other.bottom),
            em: self.em.max(other.em),
        }
    }

    /// How much of the lower one's height two share, 0..=1.
    pub(crate) fn shared_height(&self, other: &Self) -> f64 {
        let shared = self.bottom.min(other.bottom) - self.top.max(other.top);
        let least = (self.bottom - self.top).min(other.bottom - other.top);
        (shared / least.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

fn key(run: &Run, angles: &mut BTreeMap<(bool, i32), Vec<f64>>) -> (bool, i32) {
    let degrees = run.along.y.atan2(run.along.x).to_degrees();
    let quarter = (degrees / 90.0).round();
    let off = degrees - quarter * 90.0;
    let (key, degrees) = if off.abs() <= SKEW_MOST {
        // -180 and 180 are the same; the angle is told near the quarter, so that a median of both sides of the jump is right.
        let quarter = (quarter as i32).rem_euclid(4);
        (quarter, f64::from(quarter) * 90.0 + off)
    } else {
        (100 + (degrees / STEP).round() as i32, degrees)
    };
    angles.entry((run.vertical, key)).or_default().push(degrees);
    (run.vertical, key)
}

fn median(angles: &mut [f64]) -> f64 {
    let middle = angles.len() / 2;
    if angles.is_empty() { 0.0 } else { *angles.select_nth_unstable_by(middle, f64::total_cmp).1 }
}
