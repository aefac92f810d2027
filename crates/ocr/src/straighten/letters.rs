//! How tall the letters of a page are, from the pixels alone.

use crate::components::{Run, components};
use crate::pixels::Pixels;

/// Fewer marks tell nothing.
const FEWEST: usize = 30;
/// Taller than this share of the page's longest side is a frame or a picture.
const TALLEST: f64 = 0.04;
/// Wider than so many heights is a rule.
const WIDEST: usize = 10;

/// The height of a page's small letters (an x, not an h) in pixels, as its dark marks have it: half of their ink is in marks at most so
/// tall, to which dust adds little. To about two pixels. `None` for a page with too few marks to tell, or light ones on dark.
pub fn letter_height(page: &Pixels) -> Option<f64> {
    // At half the size letters are still whole, and there is a quarter to look at.
    let (grey, scale) = page.grey(page.width.max(page.height).div_ceil(2));
    let level = grey.threshold();
    let tallest = (grey.width.max(grey.height) as f64 * TALLEST) as usize;
    let marks = components(grey.width, grey.height, |x, y| grey.luma[y * grey.width + x] <= level);
    let mut letters: Vec<Mark> = marks.iter().filter_map(|runs| mark(runs)).filter(|m| m.may_be_a_letter(tallest)).collect();
    if letters.len() < FEWEST {
        return None;
    }
    letters.sort_unstable_by_key(|m| m.height);
    let half = letters.iter().map(|m| m.ink).sum::<usize>() / 2;
    let mut seen = 0;
    let middle = letters.iter().find(|m| {
        seen += m.ink;
        seen >= half
    })?;
    Some(middle.height as f64 * scale)
}

struct Mark {
    width: usize,
    height: usize,
    ink: usize,
}

impl Mark {
    fn may_be_a_letter(&self, tallest: usize) -> bool {
        (3..=tallest).contains(&self.height) && self.width <= WIDEST * self.height
    }
}

fn mark(runs: &[Run]) -> Option<Mark> {
    let (left, right) = (runs.iter().map(|r| r.first).min()?, runs.iter().map(|r| r.last).max()?);
    let height = runs.last()?.y - runs.first()?.y + 1;
    Some(Mark { width: right - left + 1, height, ink: runs.iter().map(|r| r.last - r.first + 1).sum() })
}

#[cfg(test)]
mod tests {
    use super::super::skew::tests::drawn_page;
    use super::*;

    #[test]
    fn letters_are_as_tall_as_they_were_drawn() {
        let found = letter_height(&drawn_page(700, 900)).unwrap();
        assert!((found - 12.0).abs() <= 2.0, "{found}");
    }

    #[test]
    fn dust_frames_and_rules_are_no_letters() {
        let mut page = drawn_page(700, 900);
        let mut fill = |x0: u32, y0: u32, x1: u32, y1: u32| {
            for y in y0..y1 {
                page.rgb[((y * 700 + x0) * 3) as usize..((y * 700 + x1) * 3) as usize].fill(0);
            }
        };
        fill(10, 10, 690, 14);
        fill(10, 850, 690, 854);
        fill(20, 100, 40, 800);
        (0..200).for_each(|i| fill(100 + 3 * i, 20 + i % 20, 101 + 3 * i, 21 + i % 20));
        let found = letter_height(&page).unwrap();
        assert!((found - 12.0).abs() <= 2.0, "{found}");
    }

    #[test]
    fn a_blank_page_has_none() {
        assert_eq!(letter_height(&Pixels::white(300, 300)), None);
    }
}
