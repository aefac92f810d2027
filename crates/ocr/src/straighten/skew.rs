//! How far the lines of a page slope, from the pixels alone.

use crate::pixels::{Grey, Pixels};

/// The longest side a page is looked at with.
const LONGEST: u32 = 1000;
/// As many pixels of ink are enough to tell.
const MOST_INK: usize = 60_000;
/// Steeper is not looked for.
const STEEPEST: f64 = 15.0;

/// How far the lines of an upright page fall to the right, in degrees, -15..=15; to about a tenth. 0 for a page without ink.
///
/// The slope is the one at which rows of ink and rows of paper are furthest apart: sums of ink along lines of that slope change most from
/// one to the next (Postl 1986).
pub fn skew(page: &Pixels) -> f64 {
    let ink = ink(&page.grey(LONGEST).0);
    if ink.len() < 100 {
        return 0.0;
    }
    let best = |from: f64, to: f64, step: f64| {
        let count = ((to - from) / step).round() as i32;
        let angles = (0..=count).map(|i| from + f64::from(i) * step);
        let rated = angles.map(|angle| (angle, sharpness(&ink, angle)));
        rated.reduce(|a, b| if b.1 > a.1 { b } else { a }).map_or(0.0, |r| r.0)
    };
    let coarse = best(-STEEPEST, STEEPEST, 0.5);
    best((coarse - 0.5).max(-STEEPEST), (coarse + 0.5).min(STEEPEST), 0.05)
}

/// Places of dark pixels with a light one below them: the lower edges of letters, which stand on lines more evenly than whole letters do
/// and leave out dark borders and pictures.
fn ink(grey: &Grey) -> Vec<(f64, f64)> {
    let level = grey.threshold();
    let dark = |x: usize, y: usize| grey.luma[y * grey.width + x] <= level;
    let rows = 0..grey.height.saturating_sub(1);
    let edges = rows.flat_map(|y| (0..grey.width).filter(move |&x| dark(x, y) && !dark(x, y + 1)).map(move |x| (x as f64, y as f64)));
    let edges: Vec<(f64, f64)> = edges.collect();
    let every = edges.len().div_ceil(MOST_INK).max(1);
    edges.into_iter().step_by(every).collect()
}

fn sharpness(ink: &[(f64, f64)], degrees: f64) -> f64 {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let reach = 2 * LONGEST as usize;
    let mut sums = vec![0.0f64; 2 * reach];
    for (x, y) in ink {
        let row = y * cos - x * sin + reach as f64;
        sums[row as usize] += 1.0;
    }
    sums.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::straighten::warp;
    use crate::upright::rotation;

    /// A page of lines of black boxes, like words.
    pub fn drawn_page(width: u32, height: u32) -> Pixels {
        let mut page = Pixels::white(width, height);
        for y in (60..height - 60).filter(|y| y % 30 < 12) {
            for x in (50..width - 50).filter(|x| (x / 9 + y / 30 * 5) % 7 != 0) {
                let start = ((y * width + x) * 3) as usize;
                page.rgb[start..start + 3].fill(20);
            }
        }
        page
    }

    #[test]
    fn the_slope_of_a_drawn_page_is_found() {
        let page = drawn_page(700, 900);
        for slope in [-11.0, -2.3, 0.0, 0.7, 4.0] {
            let askew = warp(&page, rotation(slope, (350.0, 450.0)), (700, 900));
            let found = skew(&askew);
            assert!((found - slope).abs() <= 0.15, "{slope}: {found}");
        }
    }

    #[test]
    fn a_blank_page_is_straight() {
        assert_eq!(skew(&Pixels::white(300, 300)), 0.0);
    }
}
