//! Rectangles that need not lie along the page, and the smallest of them around points.

/// A rectangle with a reading direction; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slanted {
    /// Its middle.
    pub centre: (f64, f64),
    /// The direction its text runs in, of length 1.
    pub along: (f64, f64),
    /// Along the text.
    pub length: f64,
    /// Across it.
    pub thickness: f64,
}

impl Slanted {
    /// From a line to the next one below: a quarter turn clockwise from [`Self::along`].
    pub fn down(&self) -> (f64, f64) {
        (-self.along.1, self.along.0)
    }

    /// The place `x` along it and `y` across it, from its upper left corner.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = (x - self.length / 2.0, y - self.thickness / 2.0);
        let down = self.down();
        (self.centre.0 + self.along.0 * u + down.0 * v, self.centre.1 + self.along.1 * u + down.1 * v)
    }

    /// Corners of the part from `x0` to `x1` along it, from the upper left, clockwise.
    pub fn part(&self, x0: f64, x1: f64) -> [(f64, f64); 4] {
        [self.place(x0, 0.0), self.place(x1, 0.0), self.place(x1, self.thickness), self.place(x0, self.thickness)]
    }

    /// Whether a place is in it.
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        let down = self.down();
        (dx * self.along.0 + dy * self.along.1).abs() <= self.length / 2.0 && (dx * down.0 + dy * down.1).abs() <= self.thickness / 2.0
    }

    /// Larger by `by` on each side.
    pub fn grown(self, by: f64) -> Self {
        Self { length: self.length + 2.0 * by, thickness: self.thickness + 2.0 * by, ..self }
    }

    /// The same rectangle where everything is `x` times as wide and `y` times as high. The factors must be nearly the same: it stays a
    /// rectangle.
    pub fn scaled(self, x: f64, y: f64) -> Self {
        let stretch = |v: (f64, f64)| (v.0 * x).hypot(v.1 * y);
        let (longer, thicker) = (stretch(self.along), stretch(self.down()));
        Self {
            centre: (self.centre.0 * x, self.centre.1 * y),
            along: (self.along.0 * x / longer, self.along.1 * y / longer),
            length: self.length * longer,
            thickness: self.thickness * thicker,
        }
    }

    /// The same rectangle read in the one of its four directions that is nearest to `direction`; a quarter turn further when it stands
    /// upright then (letters below one another are rare, lines that run downwards are not).
    pub fn read_towards(self, direction: (f64, f64)) -> Self {
        let turned = |s: Self| Self { along: s.down(), length: s.thickness, thickness: s.length, ..s };
        let likeness = |s: &Self| s.along.0 * direction.0 + s.along.1 * direction.1;
        let ways = std::iter::successors(Some(self), |s| Some(turned(*s))).take(4);
        let nearest = ways.reduce(|a, b| if likeness(&b) > likeness(&a) { b } else { a }).unwrap_or(self);
        if nearest.thickness >= UPRIGHT * nearest.length { turned(nearest) } else { nearest }
    }
}

/// So much higher than wide is a box whose text runs up or down (PaddleOCR's figure).
const UPRIGHT: f64 = 1.5;

type Point = (i64, i64);

/// The corners of the smallest convex outline of points, in order (Andrew's monotone chain).
pub(crate) fn hull(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut outline = half(points.iter().copied());
    outline.pop();
    let mut back = half(points.iter().rev().copied());
    back.pop();
    outline.append(&mut back);
    outline
}

fn half(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..] {
            if (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0 {
                break;
            }
            chain.pop();
        }
        chain.push(point);
    }
    chain
}

/// The rectangle of least area around a hull, its longer side along; none of fewer than three corners. One of its sides lies on one of the
/// hull's (Freeman and Shapira 1975).
pub(crate) fn smallest_around(hull: &[Point]) -> Option<Slanted> {
    if hull.len() < 3 {
        return None;
    }
    let sides = hull.iter().zip(hull.iter().cycle().skip(1));
    let around = sides.map(|(a, b)| {
        let (dx, dy) = ((b.0 - a.0) as f64, (b.1 - a.1) as f64);
        let along = (dx / dx.hypot(dy), dy / dx.hypot(dy));
        lying(hull, along)
    });
    let least = around.reduce(|a, b| if b.length * b.thickness < a.length * a.thickness { b } else { a })?;
    Some(if least.thickness > least.length {
        Slanted { along: least.down(), length: least.thickness, thickness: least.length, ..least }
    } else {
        least
    })
}

/// The least rectangle around a hull that lies so.
pub(crate) fn lying(hull: &[Point], along: (f64, f64)) -> Slanted {
    let extent = |axis: (f64, f64)| {
        let places = hull.iter().map(|p| p.0 as f64 * axis.0 + p.1 as f64 * axis.1);
        places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let down = (-along.1, along.0);
    let (u, v) = (extent(along), extent(down));
    let (mu, mv) = (u.0.midpoint(u.1), v.0.midpoint(v.1));
    let centre = (along.0 * mu + down.0 * mv, along.1 * mu + down.1 * mv);
    Slanted { centre, along, length: u.1 - u.0, thickness: v.1 - v.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).hypot(a.1 - b.1) < 1e-6
    }

    #[test]
    fn the_smallest_rectangle_of_a_diamond_is_the_diamond() {
        let found = smallest_around(&hull(vec![(10, 0), (30, 20), (20, 30), (0, 10), (15, 15)])).unwrap();
        assert!(near(found.centre, (15.0, 15.0)));
        assert!((found.length - 800f64.sqrt()).abs() < 1e-6 && (found.thickness - 200f64.sqrt()).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn corners_go_clockwise_from_the_upper_left() {
        let flat = Slanted { centre: (5.0, 2.0), along: (1.0, 0.0), length: 10.0, thickness: 4.0 };
        let expected = [(0.0, 0.0), (10.0, 0.0), (10.0, 4.0), (0.0, 4.0)];
        assert!(flat.part(0.0, 10.0).into_iter().zip(expected).all(|(a, b)| near(a, b)));
    }

    #[test]
    fn a_line_is_read_in_the_direction_of_the_page_unless_it_stands() {
        let flat = Slanted { centre: (0.0, 0.0), along: (-1.0, 0.0), length: 10.0, thickness: 4.0 };
        assert!(near(flat.read_towards((1.0, 0.1)).along, (1.0, 0.0)));
        let standing = flat.read_towards((0.0, 1.0));
        assert_eq!((standing.length, standing.thickness), (10.0, 4.0));
        assert!(near(standing.along, (-1.0, 0.0)), "{standing:?}");
    }

    #[test]
    fn scaling_keeps_a_rectangle_over_the_same_things() {
        let flat = Slanted { centre: (5.0, 2.0), along: (1.0, 0.0), length: 10.0, thickness: 4.0 };
        let scaled = flat.scaled(2.0, 2.1);
        assert!(near(scaled.place(0.0, 0.0), (0.0, 0.0)) && near(scaled.place(20.0, 8.4), (20.0, 8.4)));
    }

    proptest! {
        #[test]
        fn a_hull_and_its_rectangle_hold_every_point(points in proptest::collection::vec((-500i64..500, -500i64..500), 3..60)) {
            let outline = hull(points.clone());
            if let Some(rectangle) = smallest_around(&outline) {
                for (x, y) in points {
                    prop_assert!(rectangle.grown(1e-6).holds((x as f64, y as f64)));
                }
                prop_assert!(rectangle.length >= rectangle.thickness);
            }
        }
    }
}
