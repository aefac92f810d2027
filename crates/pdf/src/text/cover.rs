//! How much of a page is covered by pictures, counted on a coarse grid.

use hayro::kurbo::{Affine, Point};

/// Cells a side: three hundredths of a page are as fine as any decision here needs.
const SIDE: usize = 32;

/// A grid over the page; a cell counts when its middle is covered.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    cells: [[bool; SIDE]; SIDE],
    covered: usize,
    size: (f64, f64),
}

impl Cover {
    pub(crate) fn new(size: (f64, f64)) -> Self {
        Self { cells: [[false; SIDE]; SIDE], covered: 0, size }
    }

    /// Adds the unit square, laid onto the page by `place`.
    pub(crate) fn add(&mut self, place: Affine) {
        if self.covered == SIDE * SIDE || !place.determinant().is_normal() {
            return;
        }
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|p| place * Point::from(p));
        let back = place.inverse();
        let columns = Self::span(corners.map(|p| p.x), self.size.0);
        for row in Self::span(corners.map(|p| p.y), self.size.1) {
            for column in columns.clone() {
                let middle = Point::new(Self::middle(column, self.size.0), Self::middle(row, self.size.1));
                let p = back * middle;
                let within = (0.0..=1.0).contains(&p.x) && (0.0..=1.0).contains(&p.y);
                if within && !std::mem::replace(&mut self.cells[row][column], true) {
                    self.covered += 1;
                }
            }
        }
    }

    /// 0..=1.
    pub(crate) fn share(&self) -> f64 {
        self.covered as f64 / (SIDE * SIDE) as f64
    }

    fn middle(cell: usize, length: f64) -> f64 {
        (cell as f64 + 0.5) * length / SIDE as f64
    }

    fn span(at: [f64; 4], length: f64) -> std::ops::Range<usize> {
        // A cast saturates: what is off the page, or no number, ends at a border.
        let cell = |v: f64| (v / length * SIDE as f64).clamp(0.0, SIDE as f64);
        let low = at.into_iter().fold(f64::INFINITY, f64::min);
        let high = at.into_iter().fold(f64::NEG_INFINITY, f64::max);
        cell(low).floor() as usize..cell(high).ceil() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_counts_once_wherever_it_lies() {
        let mut cover = Cover::new((400.0, 200.0));
        let left_half = Affine::scale_non_uniform(200.0, 200.0);
        cover.add(left_half);
        cover.add(left_half);
        assert_eq!(cover.share(), 0.5);
        cover.add(Affine::translate((1000.0, 0.0)) * left_half);
        assert_eq!(cover.share(), 0.5);
        cover.add(Affine::scale_non_uniform(1e9, 1e9));
        assert_eq!(cover.share(), 1.0);
    }

    #[test]
    fn a_turned_picture_covers_what_it_covers() {
        let mut cover = Cover::new((100.0, 100.0));
        // A square on its corner, half as large as the page.
        let diamond = Affine::translate((50.0, 0.0)) * Affine::rotate(std::f64::consts::FRAC_PI_4) * Affine::scale(50.0 * 2f64.sqrt());
        cover.add(diamond);
        assert!((cover.share() - 0.5).abs() < 0.05, "{}", cover.share());
    }

    #[test]
    fn nonsense_covers_nothing() {
        let mut cover = Cover::new((100.0, 100.0));
        cover.add(Affine::scale(f64::NAN));
        cover.add(Affine::scale(0.0));
        assert_eq!(cover.share(), 0.0);
    }
}
