//! Slow noise: random values at the points of a grid, and smooth between them.

use crate::random::Random;

/// Values of 0 to 1 over a picture.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    cell: (f64, f64),
    columns: usize,
    values: Vec<f64>,
}

impl Field {
    /// One over `width` times `height`, with grid points so far apart.
    pub(crate) fn new(random: &mut Random, width: usize, height: usize, cell: (f64, f64)) -> Self {
        let columns = (width as f64 / cell.0) as usize + 2;
        let rows = (height as f64 / cell.1) as usize + 2;
        Self { cell, columns, values: (0..columns * rows).map(|_| random.between(0.0, 1.0)).collect() }
    }

    /// One whose grid is square, with so many cells along the longer side.
    pub(crate) fn square(random: &mut Random, width: usize, height: usize, cells: f64) -> Self {
        let cell = (width.max(height) as f64 / cells).max(2.0);
        Self::new(random, width, height, (cell, cell))
    }

    /// The values along a row of the picture.
    pub(crate) fn row(&self, y: usize, width: usize) -> Vec<f64> {
        let (row, down) = split(y as f64 / self.cell.1);
        let of = |n: usize| {
            let (above, below) = (self.value(row * self.columns + n), self.value((row + 1) * self.columns + n));
            above + (below - above) * down
        };
        let points: Vec<f64> = (0..self.columns).map(of).collect();
        let between = |x: usize| {
            let (left, along) = split(x as f64 / self.cell.0);
            let (a, b) = (points[left.min(points.len() - 1)], points[(left + 1).min(points.len() - 1)]);
            a + (b - a) * along
        };
        (0..width).map(between).collect()
    }

    /// The value at a place; the nearest one outside of the picture.
    pub(crate) fn at(&self, x: f64, y: f64) -> f64 {
        let (left, along) = split((x / self.cell.0).max(0.0));
        let (row, down) = split((y / self.cell.1).max(0.0));
        let of = |column: usize, row: usize| self.value(row * self.columns + column.min(self.columns - 1));
        let above = of(left, row) + (of(left + 1, row) - of(left, row)) * along;
        let below = of(left, row + 1) + (of(left + 1, row + 1) - of(left, row + 1)) * along;
        above + (below - above) * down
    }

    fn value(&self, n: usize) -> f64 {
        self.values[n.min(self.values.len() - 1)]
    }
}

/// The grid point before a place and how far it is from there, eased so that slopes have no edges.
fn split(place: f64) -> (usize, f64) {
    let whole = place.floor();
    let part = place - whole;
    (whole as usize, part * part * (3.0 - 2.0 * part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_stands_at_its_places() {
        let field = Field::square(&mut Random::new("field", 3), 90, 60, 4.0);
        let row = field.row(17, 90);
        assert!((0..90).all(|x| (row[x] - field.at(x as f64, 17.0)).abs() < 1e-12));
        assert!(row.windows(2).all(|w| (w[0] - w[1]).abs() < 0.1), "{row:?}");
    }
}
