//! From the detector's map of where text is to rectangles around lines: what Liao et al. (2020) call differentiable binarization leaves
//! cores of lines, which are boxed and grown. The figures are those PP-OCR's detector was published with.

use crate::components::{Run, components};
use crate::slanted::{Slanted, hull, lying, smallest_around};

/// Above this a pixel belongs to the core of a line.
const CORE: f32 = 0.3;
/// A line whose core is less sure on average is none.
const SURE: f32 = 0.5;
/// A core is smaller than its line by its area times this over its circumference.
const GROWTH: f64 = 1.6;
/// Cores thinner than this, and lines thinner than the next, are specks.
const THIN_CORE: f64 = 3.0;
const THIN_LINE: f64 = 5.0;
/// A line so many times as long as it is thick tells its slope.
const LONG: f64 = 5.0;
/// Fewer pixels cannot be a core. Dismissed first, so that a page of noise costs little.
const FEW_PIXELS: usize = 6;
/// More lines than any page has; the largest are kept.
const MOST_LINES: usize = 2000;

/// How sure the detector is of each pixel of its picture, 0..=1.
pub(crate) struct TextMap {
    pub width: usize,
    pub height: usize,
    pub sure: Vec<f32>,
}

impl TextMap {
    /// Rectangles around the lines, in pixels of the map, where pixel `i` reaches from `i` to `i + 1`.
    pub fn regions(&self) -> Vec<Slanted> {
        let mut parts = components(self.width, self.height, |x, y| self.is_core(x, y));
        let pixels = |part: &Vec<Run>| part.iter().map(|r| r.last + 1 - r.first).sum::<usize>();
        parts.retain(|part| pixels(part) >= FEW_PIXELS);
        if parts.len() > MOST_LINES {
            parts.sort_by_cached_key(|part| std::cmp::Reverse(pixels(part)));
            parts.truncate(MOST_LINES);
        }
        parts.iter().filter_map(|part| self.region(part)).collect()
    }

    /// Cores are one pixel wider to the right and below, which joins what a single pixel parts.
    fn is_core(&self, x: usize, y: usize) -> bool {
        let at = |x: usize, y: usize| self.sure[y * self.width + x] > CORE;
        at(x, y) || (x > 0 && at(x - 1, y)) || (y > 0 && (at(x, y - 1) || (x > 0 && at(x - 1, y - 1))))
    }

    fn region(&self, part: &[Run]) -> Option<Slanted> {
        let ends = part.iter().flat_map(|r| [(r.first as i64, r.y as i64), (r.last as i64, r.y as i64)]);
        let outline = hull(ends.collect());
        let smallest = smallest_around(&outline)?;
        // The sides of a long line of few rows step by whole pixels; where its pixels lie tells its slope better.
        let core = if smallest.length > LONG * smallest.thickness { lying(&outline, axis(part)) } else { smallest };
        if core.thickness < THIN_CORE || self.mean_in(part, &core) < SURE {
            return None;
        }
        let line = core.grown(core.length * core.thickness * GROWTH / (2.0 * (core.length + core.thickness)));
        let middle = (line.centre.0 + 0.5, line.centre.1 + 0.5);
        (line.thickness >= THIN_LINE).then_some(Slanted { centre: middle, ..line })
    }

    /// The mean over the whole rectangle, so that a core with holes counts less.
    fn mean_in(&self, part: &[Run], core: &Slanted) -> f32 {
        let corners = core.part(0.0, core.length);
        let bound = |axis: fn(&(f64, f64)) -> f64, most: usize| {
            let (low, high) = corners.iter().map(axis).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
            (low.floor().max(0.0) as usize, (high.ceil().max(0.0) as usize).min(most - 1))
        };
        debug_assert!(!part.is_empty());
        let (x0, x1) = bound(|p| p.0, self.width);
        let (y0, y1) = bound(|p| p.1, self.height);
        let slack = core.grown(0.01);
        let (mut sum, mut count) = (0.0, 0u32);
        for y in y0..=y1 {
            for x in x0..=x1 {
                if slack.holds((x as f64, y as f64)) {
                    sum += self.sure[y * self.width + x];
                    count += 1;
                }
            }
        }
        sum / count.max(1) as f32
    }
}

/// The direction in which pixels are spread most: the principal axis of their second moments.
fn axis(part: &[Run]) -> (f64, f64) {
    let (mut n, mut x, mut y, mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (left, top) = part.first().map_or((0, 0), |run| (run.first, run.y));
    for run in part {
        let (count, row) = ((run.last + 1 - run.first) as f64, run.y as f64 - top as f64);
        let middle = (run.first as f64).midpoint(run.last as f64) - left as f64;
        n += count;
        x += count * middle;
        y += count * row;
        xx += count * (middle * middle + (count * count - 1.0) / 12.0);
        xy += count * middle * row;
        yy += count * row * row;
    }
    let (across, mixed, down) = (xx - x * x / n, xy - x * y / n, yy - y * y / n);
    let angle = (2.0 * mixed).atan2(across - down) / 2.0;
    (angle.cos(), angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(width: usize, height: usize, inside: impl Fn(f64, f64) -> bool) -> TextMap {
        let sure = (0..width * height).map(|i| if inside((i % width) as f64, (i / width) as f64) { 0.9 } else { 0.0 }).collect();
        TextMap { width, height, sure }
    }

    #[test]
    fn a_bar_becomes_a_rectangle_grown_by_its_area_over_its_circumference() {
        let map = drawn(200, 60, |x, y| (50.0..150.0).contains(&x) && (20.0..30.0).contains(&y));
        let [line] = map.regions()[..] else { panic!("one line") };
        // The core is 101 by 11 pixels after it was widened, 100 by 10 between the middles of its outermost pixels.
        let growth = 100.0 * 10.0 * 1.6 / 220.0;
        assert!((line.length - (100.0 + 2.0 * growth)).abs() < 1e-6, "{line:?}");
        assert!((line.thickness - (10.0 + 2.0 * growth)).abs() < 1e-6, "{line:?}");
        assert!((line.centre.0 - 100.5).abs() < 0.01 && (line.centre.1 - 25.5).abs() < 0.01, "{line:?}");
    }

    #[test]
    fn a_slanted_bar_keeps_its_slant() {
        let (sin, cos) = 10f64.to_radians().sin_cos();
        let map = drawn(300, 200, |x, y| {
            let (dx, dy) = (x - 150.0, y - 100.0);
            (dx * cos + dy * sin).abs() < 80.0 && (dy * cos - dx * sin).abs() < 8.0
        });
        let [line] = map.regions()[..] else { panic!("one line") };
        let line = line.read_towards((1.0, 0.0));
        assert!((line.along.1.atan2(line.along.0).to_degrees() - 10.0).abs() < 0.5, "{line:?}");
    }

    /// Where the sides of the smallest rectangle would say that it lies straight.
    #[test]
    fn a_long_line_that_rises_by_a_pixel_tells_its_slope_to_a_third_of_a_degree() {
        for tenths in (-20..=-6).chain(6..=20) {
            let degrees = f64::from(tenths) / 10.0;
            let (sin, cos) = degrees.to_radians().sin_cos();
            let map = drawn(240, 60, |x, y| {
                let (dx, dy) = (x - 120.0, y - 30.0);
                (dx * cos + dy * sin).abs() < 60.0 && (dy * cos - dx * sin).abs() < 5.0
            });
            let [line] = map.regions()[..] else { panic!("one line") };
            let line = line.read_towards((1.0, 0.0));
            let told = line.along.1.atan2(line.along.0).to_degrees();
            assert!((told - degrees).abs() < 0.33, "{told} of {degrees}");
        }
    }

    #[test]
    fn specks_and_unsure_places_are_no_lines() {
        assert!(drawn(50, 50, |x, y| x == 9.0 && y == 9.0).regions().is_empty());
        let mut faint = drawn(100, 40, |x, y| (10.0..90.0).contains(&x) && (10.0..20.0).contains(&y));
        faint.sure.iter_mut().for_each(|v| *v *= 0.45);
        assert!(faint.regions().is_empty());
    }

    proptest! {
        #[test]
        fn noise_gives_sound_rectangles(sure in proptest::collection::vec(0.0f32..1.0, 40 * 30)) {
            for line in (TextMap { width: 40, height: 30, sure }).regions() {
                prop_assert!(line.length.is_finite() && line.thickness >= THIN_LINE);
                prop_assert!((line.along.0.hypot(line.along.1) - 1.0).abs() < 1e-9);
            }
        }
    }
}
