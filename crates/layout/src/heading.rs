//! Which parts of a page are headings, and of which level.

use crate::arrange::Part;
use crate::item::Row;
use crate::paragraphs::Group;

/// A heading is at least so much taller than the usual line.
const TALLER: f64 = 1.2;

/// Heights that differ by less than this factor are one level.
const ALIKE: f64 = 1.1;

/// The level of each part, where it is a heading: the tallest lines are level 1; titles as tall as the text come below all of them.
pub(crate) fn headings(parts: &[Part], line: f64) -> Vec<Option<u8>> {
    let tall: Vec<Option<f64>> = parts.iter().map(|p| tall(p, line)).collect();
    let mut levels: Vec<f64> = tall.iter().flatten().copied().collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels.dedup_by(|lower, upper| *upper <= ALIKE * *lower);
    levels.truncate(3);
    let lowest = u8::try_from(levels.len() + 1).unwrap_or(3).clamp(2, 3);
    let level = |height: f64| (1..3).zip(&levels).find(|(_, l)| height * ALIKE >= **l).map_or(3, |(level, _)| level);
    let title = |p: &Part| matches!(p, Part::Group(g) if g.is_title).then_some(lowest);
    parts.iter().zip(tall).map(|(part, tall)| tall.map(level).or_else(|| title(part))).collect()
}

/// How tall a part is that stands out by its height.
fn tall(part: &Part, line: f64) -> Option<f64> {
    let (group, least): (&Group, f64) = match part {
        Part::Group(group) => (group, TALLER),
        Part::Edge(group) => (group, 1.5),
        Part::Table(_) | Part::Aside(_) => return None,
    };
    let items = || group.rows.iter().flat_map(|r| &r.items);
    let (chars, letters) = items().fold((0, 0), |(c, l), i| (c + i.chars, l + i.letters));
    let height = group.rows.iter().map(|r: &Row| r.bounds.height()).fold(f64::INFINITY, f64::min);
    // A number may stand apart from its title; what else stands in a row is not one heading.
    let alone = group.rows.iter().all(|r| r.items.len() == 1 || (r.items.len() == 2 && r.first().is_some_and(|i| i.is_figures())));
    let words = alone && letters >= 2 && 3 * letters >= chars && chars <= 160;
    (!group.is_list && group.rows.len() <= 3 && words && height >= least * line).then_some(height)
}
