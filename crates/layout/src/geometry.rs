//! Boxes and the one kind of transform that pages need.

use serde::{Deserialize, Serialize};

/// A box with its sides along those of the page; y grows downwards. In JSON `[x0, y0, x1, y1]`, to a hundredth.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub struct Rect {
    /// Left.
    pub x0: f64,
    /// Top.
    pub y0: f64,
    /// Right; not less than left.
    pub x1: f64,
    /// Bottom; not less than top.
    pub y1: f64,
}

impl Rect {
    /// The box between two corners, in whichever order they come.
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) }
    }

    /// The smallest box around points; none of no points.
    pub fn around(points: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        points.into_iter().map(|(x, y)| Self::new(x, y, x, y)).reduce(Self::union)
    }

    /// The smallest box around both.
    pub fn union(self, other: Self) -> Self {
        Self { x0: self.x0.min(other.x0), y0: self.y0.min(other.y0), x1: self.x1.max(other.x1), y1: self.y1.max(other.y1) }
    }

    /// From left to right.
    pub fn width(self) -> f64 {
        self.x1 - self.x0
    }

    /// From top to bottom.
    pub fn height(self) -> f64 {
        self.y1 - self.y0
    }

    /// The middle.
    pub fn centre(self) -> (f64, f64) {
        (self.x0.midpoint(self.x1), self.y0.midpoint(self.y1))
    }

    /// Corners from the upper left, clockwise.
    pub fn corners(self) -> [(f64, f64); 4] {
        [(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)]
    }

    /// How much of the lower of two boxes' heights they share, 0..=1: whether they stand in one row.
    pub fn shared_height(self, other: Self) -> f64 {
        let shared = self.y1.min(other.y1) - self.y0.max(other.y0);
        (shared / self.height().min(other.height()).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// How much of the narrower of two boxes' widths they share, 0..=1: whether they stand in one column.
    pub fn shared_width(self, other: Self) -> f64 {
        let shared = self.x1.min(other.x1) - self.x0.max(other.x0);
        (shared / self.width().min(other.width()).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

impl From<[f64; 4]> for Rect {
    fn from([x0, y0, x1, y1]: [f64; 4]) -> Self {
        Self::new(x0, y0, x1, y1)
    }
}

impl From<Rect> for [f64; 4] {
    fn from(rect: Rect) -> Self {
        [rect.x0, rect.y0, rect.x1, rect.y1].map(|v| (v * 100.0).round() / 100.0)
    }
}

/// A projective map of the plane, row by row: `x' = (m0 x + m1 y + m2) / (m6 x + m7 y + m8)`, `y'` likewise of the second row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Matrix(pub [f64; 9]);

impl Matrix {
    /// Leaves everything where it is.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// Stretches both axes.
    pub fn scale(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 1.0])
    }

    /// A turn about a point, clockwise as y grows downwards.
    pub fn turn(degrees: f64, (x, y): (f64, f64)) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self([cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, 0.0, 0.0, 1.0])
    }

    /// First `self`, then `next`.
    pub fn then(self, next: Self) -> Self {
        let (a, b) = (next.0, self.0);
        Self(std::array::from_fn(|i| (0..3).map(|k| a[i / 3 * 3 + k] * b[k * 3 + i % 3]).sum()))
    }

    /// Where a point goes.
    pub fn apply(self, (x, y): (f64, f64)) -> (f64, f64) {
        let m = self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The way back; none when there is none.
    pub fn inverse(self) -> Option<Self> {
        let m = self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjugate = [
            minor(4, 5, 7, 8),
            minor(2, 1, 8, 7),
            minor(1, 2, 4, 5),
            minor(5, 3, 8, 6),
            minor(0, 2, 6, 8),
            minor(2, 0, 5, 3),
            minor(3, 4, 6, 7),
            minor(1, 0, 7, 6),
            minor(0, 1, 3, 4),
        ];
        let determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
        let inverse = adjugate.map(|v| v / determinant);
        inverse.iter().all(|v| v.is_finite()).then_some(Self(inverse))
    }
}

#[cfg(test)]
mod tests {
    use super::{Matrix, Rect};

    #[test]
    fn a_map_and_its_inverse_lead_back() {
        let map = Matrix([0.9, 0.2, 30.0, -0.1, 1.1, 4.0, 0.0001, 0.0002, 1.0]);
        let there = map.then(map.inverse().unwrap());
        let (x, y) = there.apply((120.0, -7.5));
        assert!((x - 120.0).abs() < 1e-9 && (y + 7.5).abs() < 1e-9);
        assert!(Matrix([0.0; 9]).inverse().is_none());
    }

    #[test]
    fn maps_are_applied_in_the_order_they_are_named() {
        let moved = Matrix([1.0, 0.0, 5.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(moved.then(Matrix::scale(2.0, 2.0)).apply((1.0, 1.0)), (12.0, 2.0));
    }

    #[test]
    fn rows_and_columns_are_told_by_what_boxes_share() {
        let (a, b) = (Rect::new(0.0, 0.0, 10.0, 10.0), Rect::new(20.0, 5.0, 30.0, 25.0));
        assert!((a.shared_height(b) - 0.5).abs() < 1e-9);
        assert_eq!(a.shared_width(b), 0.0);
    }
}
