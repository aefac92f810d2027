//! The projective map that takes four points to four others.

use gristmill_layout::Matrix;

type Point = (f64, f64);

/// The map from four corners to four others; none when three of either lie on one line.
pub fn homography(from: [Point; 4], to: [Point; 4]) -> Option<Matrix> {
    let map = of_square(from)?.inverse()?.then(of_square(to)?);
    let scale = map.0[8];
    let map = Matrix(map.0.map(|v| v / scale));
    (map.0.iter().all(|v| v.is_finite()) && map.inverse().is_some()).then_some(map)
}

/// The map that lays a sheet with these corners (from the upper left, clockwise) flat, and the size of the flat sheet: its sides are as
/// long as the longer of the two opposite ones, so that no detail is lost.
pub fn flattened(corners: [Point; 4]) -> Option<(Matrix, (u32, u32))> {
    let side = |a: usize, b: usize| (corners[a].0 - corners[b].0).hypot(corners[a].1 - corners[b].1);
    let (width, height) = (side(0, 1).max(side(3, 2)).round(), side(0, 3).max(side(1, 2)).round());
    let most = f64::from(crate::MOST_SIDE);
    if !(1.0..=most).contains(&width) || !(1.0..=most).contains(&height) {
        return None;
    }
    let flat = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    Some((homography(corners, flat)?, (width as u32, height as u32)))
}

/// From the unit square to a quadrilateral (Heckbert 1989).
fn of_square([a, b, c, d]: [Point; 4]) -> Option<Matrix> {
    let (ux, uy) = (b.0 - c.0, b.1 - c.1);
    let (vx, vy) = (d.0 - c.0, d.1 - c.1);
    let (sx, sy) = (a.0 - b.0 + c.0 - d.0, a.1 - b.1 + c.1 - d.1);
    let area = ux * vy - vx * uy;
    if area.abs() < 1e-9 {
        return None;
    }
    let (g, h) = ((sx * vy - vx * sy) / area, (ux * sy - sx * uy) / area);
    Some(Matrix([b.0 - a.0 + g * b.0, d.0 - a.0 + h * d.0, a.0, b.1 - a.1 + g * b.1, d.1 - a.1 + h * d.1, a.1, g, h, 1.0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: Point, b: Point) -> bool {
        (a.0 - b.0).hypot(a.1 - b.1) < 1e-6
    }

    #[test]
    fn a_photographed_sheet_becomes_a_rectangle() {
        let corners = [(120.0, 80.0), (900.0, 130.0), (1000.0, 1200.0), (60.0, 1150.0)];
        let (map, (width, height)) = flattened(corners).unwrap();
        assert_eq!((width, height), (941, 1075));
        assert!(near(map.apply(corners[2]), (941.0, 1075.0)) && near(map.apply(corners[3]), (0.0, 1075.0)));
    }

    #[test]
    fn corners_on_one_line_have_no_map() {
        let line = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)];
        assert!(homography(line, [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]).is_none());
        assert!(flattened(line).is_none());
    }

    proptest! {
        #[test]
        fn the_map_takes_each_corner_to_its_corner(shifts in proptest::collection::vec(-20.0f64..20.0, 16)) {
            let square = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)];
            let moved = |by: &[f64]| std::array::from_fn(|i| (square[i].0 + by[2 * i], square[i].1 + by[2 * i + 1]));
            let (from, to): ([Point; 4], [Point; 4]) = (moved(&shifts[..8]), moved(&shifts[8..]));
            let map = homography(from, to).unwrap();
            for (a, b) in from.into_iter().zip(to) {
                prop_assert!(near(map.apply(a), b), "{:?} {:?}", map.apply(a), b);
            }
        }
    }
}
