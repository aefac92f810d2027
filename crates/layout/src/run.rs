//! Runs of strips that have a gutter in common: where a page may stand in columns.

use crate::item::quantile;
use crate::strip::{Strip, White, shared};

/// Strips `from..to` of a page have these gutters in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub from: usize,
    pub to: usize,
    pub gutters: Vec<White>,
}

/// Finds runs from top to bottom; none begins before `floor`. What lies across a gutter ends a run.
pub(crate) fn runs(strips: &[Strip], least: f64) -> Vec<Run> {
    // Honest pages look at each strip once or twice; the allowance keeps staircases of a hostile one from costing their square.
    let mut allowance = 16 * strips.len() + 64;
    let mut runs = Vec::new();
    let (mut floor, mut at) = (0, 0);
    while at < strips.len() && allowance > 0 {
        match run_from(strips, at, floor, least, &mut allowance) {
            Some(run) => {
                (floor, at) = (run.to, run.to);
                runs.push(run);
            }
            None => at += 1,
        }
    }
    runs
}

fn run_from(strips: &[Strip], start: usize, floor: usize, least: f64, allowance: &mut usize) -> Option<Run> {
    let mut gutters = strips.get(start)?.inner();
    if gutters.is_empty() {
        return None;
    }
    let mut crossed = start + 1;
    while let Some(strip) = strips.get(crossed).filter(|_| *allowance > 0) {
        *allowance -= 1;
        let left = shared(&gutters, &strip.white, least);
        if left.is_empty() {
            break;
        }
        gutters = left;
        crossed += 1;
    }
    let both = |s: &Strip| gutters.iter().any(|g| s.has_both_sides(*g));
    let last = (start..crossed).rev().find(|i| both(&strips[*i]))?;
    let (from, to) = (head(strips, floor, start, &gutters, least, allowance), tail(strips, last, crossed, least));
    gutters.retain(|g| {
        let inside = || strips[from..to].iter().flat_map(|s| &s.items);
        inside().filter(|i| i.bounds.x1 <= g.0).nth(1).is_some() && inside().filter(|i| i.bounds.x0 >= g.1).nth(1).is_some()
    });
    (!gutters.is_empty()).then_some(Run { from, to, gutters })
}

/// Where a run begins whose first strip with two sides is `start`: the strips above that fit are lines of one of its columns, unless a
/// gap says that they belong to what stands above, as the last short line of a paragraph does.
fn head(strips: &[Strip], floor: usize, start: usize, gutters: &[White], least: f64, allowance: &mut usize) -> usize {
    let mut first = start;
    while first > floor && *allowance > 0 && shared(gutters, &strips[first - 1].white, least).len() == gutters.len() {
        *allowance -= 1;
        first -= 1;
    }
    marked_gap(strips, first.max(1)..=start, least).unwrap_or(first)
}

/// Where a run ends whose last strip with two sides is `last`: before what lies across, or at a gap above that.
fn tail(strips: &[Strip], last: usize, crossed: usize, least: f64) -> usize {
    if crossed == strips.len() {
        return crossed;
    }
    marked_gap(strips, last + 1..=crossed, least).unwrap_or(crossed)
}

/// The strip below the largest of some gaps, if that one is larger than gaps between lines are.
fn marked_gap(strips: &[Strip], among: std::ops::RangeInclusive<usize>, least: f64) -> Option<usize> {
    let usual = quantile(among.clone().map(|at| (gap_above(strips, at), 1)).collect(), 0.5)?.min(least);
    let at = among.max_by(|a, b| gap_above(strips, *a).total_cmp(&gap_above(strips, *b)))?;
    (gap_above(strips, at) > usual + 0.5 * least).then_some(at)
}

/// The blank above a strip; there is none above the first.
pub(crate) fn gap_above(strips: &[Strip], at: usize) -> f64 {
    match at.checked_sub(1).and_then(|above| Some((strips.get(above)?, strips.get(at)?))) {
        Some((above, below)) => below.bounds.y0 - above.bounds.y1,
        None => 0.0,
    }
}
