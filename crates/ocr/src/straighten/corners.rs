//! The corners of a sheet of paper in a photograph.

use crate::components::{Run, components};
use crate::pixels::{Grey, Pixels};
use crate::slanted::hull;

/// The longest side a photograph is looked at with.
const LONGEST: u32 = 400;
/// How much of the picture a sheet covers: less is a label or a window, more needs nothing done.
const COVERS: std::ops::RangeInclusive<f64> = 0.25..=0.98;
/// How much of the four-cornered outline must be paper, and how much of it be within the outline of the paper.
const PAPER: f64 = 0.75;
const STRAIGHT: f64 = 0.94;
/// The edge of the picture that must show nothing but ground, and that a sheet stays away from: this part of the longest side.
const EDGE: usize = LONGEST as usize / 100;
/// How much of the ground may be as light as paper.
const LIGHT_GROUND: f64 = 0.05;
/// By how many levels of 255 paper is lighter than the lightest of the edge.
const APART: u8 = 25;
/// Corners of a sheet seen at an angle are still roughly square: the cosine of no less than 50 degrees.
const SHARPEST_COSINE: f64 = 0.643;

type Point = (f64, f64);

/// The corners of a sheet of paper on a darker ground, from the upper left, clockwise; none unless it is clearly one: the only large light
/// part of the picture, with ground on all sides, four corners and straight sides, over a quarter of the picture and not all of it.
pub fn page_corners(picture: &Pixels) -> Option<[Point; 4]> {
    let (grey, scale) = picture.grey(LONGEST);
    let ground = ground_level(&grey)?;
    let light = |x: usize, y: usize| grey.luma[y * grey.width + x] > ground;
    let parts = components(grey.width, grey.height, light);
    let sheet = parts.iter().max_by_key(|part| area_of(part))?;
    let outline: Vec<Point> = hull(ends(sheet)).into_iter().map(|(x, y)| (x as f64, y as f64)).collect();
    let corners = four_of(outline.clone())?;
    let (inside, whole) = (area(&corners), (grey.width * grey.height) as f64);
    let edge = EDGE as f64;
    let within = (edge..=grey.width as f64 - edge, edge..=grey.height as f64 - edge);
    let stands_out = COVERS.contains(&(inside / whole))
        && corners.iter().all(|(x, y)| within.0.contains(x) && within.1.contains(y))
        && area_of(sheet) as f64 >= PAPER * inside
        && area(&outline) >= STRAIGHT * inside
        && (0..4).all(|i| cosine(corners[(i + 3) % 4], corners[i], corners[(i + 1) % 4]).abs() < SHARPEST_COSINE)
        && is_paper(&grey, &corners, ground);
    stands_out.then(|| from_upper_left(corners).map(|(x, y)| (x * scale, y * scale)))
}

/// How light the ground gets: the edge of the picture shows it. A few of its pixels may be lighter.
fn ground_level(grey: &Grey) -> Option<u8> {
    let on_edge = |i: usize| {
        let (x, y) = (i % grey.width, i / grey.width);
        x < EDGE || y < EDGE || x + EDGE >= grey.width || y + EDGE >= grey.height
    };
    let mut edge: Vec<u8> = grey.luma.iter().enumerate().filter(|(i, _)| on_edge(*i)).map(|(_, &luma)| luma).collect();
    edge.sort_unstable();
    edge.get(edge.len() * 98 / 100).copied()
}

fn area_of(part: &[Run]) -> usize {
    part.iter().map(|run| run.last + 1 - run.first).sum()
}

/// The corners of the pixels at both ends of each run.
fn ends(part: &[Run]) -> Vec<(i64, i64)> {
    let of = |run: &Run| {
        let (left, right, y) = (run.first as i64, run.last as i64 + 1, run.y as i64);
        [(left, y), (left, y + 1), (right, y), (right, y + 1)]
    };
    part.iter().flat_map(of).collect()
}

/// Lengthens the neighbours of a side until they meet, for the side where that adds least area, over and over, until four are left.
fn four_of(mut outline: Vec<Point>) -> Option<[Point; 4]> {
    while outline.len() > 4 {
        let count = outline.len();
        let corner = |i: usize| outline[i % count];
        let without = |i: usize| {
            let tip = meeting(corner(i + count - 1), corner(i), corner(i + 1), corner(i + 2))?;
            Some((i, tip, area(&[corner(i), tip, corner(i + 1)])))
        };
        let (side, tip, _) = (0..count).filter_map(without).min_by(|a, b| a.2.total_cmp(&b.2))?;
        outline[side] = tip;
        outline.remove((side + 1) % count);
    }
    outline.try_into().ok()
}

/// Where the line from `a` over `b` meets the one from `d` over `c`; none when they part.
fn meeting(a: Point, b: Point, c: Point, d: Point) -> Option<Point> {
    let ((ux, uy), (vx, vy)) = ((b.0 - a.0, b.1 - a.1), (c.0 - d.0, c.1 - d.1));
    let across = ux * vy - uy * vx;
    let (t, s) = (((c.0 - b.0) * vy - (c.1 - b.1) * vx) / across, ((c.0 - b.0) * uy - (c.1 - b.1) * ux) / across);
    (t.is_finite() && t >= 0.0 && s >= 0.0).then_some((b.0 + ux * t, b.1 + uy * t))
}

/// By the shoelace formula.
fn area(corners: &[Point]) -> f64 {
    let pairs = corners.iter().zip(corners.iter().cycle().skip(1));
    pairs.map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>().abs() / 2.0
}

fn cosine(before: Point, corner: Point, after: Point) -> f64 {
    let (a, b) = ((before.0 - corner.0, before.1 - corner.1), (after.0 - corner.0, after.1 - corner.1));
    (a.0 * b.0 + a.1 * b.1) / (a.0.hypot(a.1) * b.0.hypot(b.1)).max(f64::MIN_POSITIVE)
}

/// Whether most of what is inside is lighter than the ground, and what is outside is not.
fn is_paper(grey: &Grey, corners: &[Point; 4], ground: u8) -> bool {
    let (mut inside, mut outside, mut light) = (Vec::new(), 0usize, 0usize);
    for (i, &luma) in grey.luma.iter().enumerate() {
        let place = ((i % grey.width) as f64 + 0.5, (i / grey.width) as f64 + 0.5);
        if is_in(corners, place) {
            inside.push(luma);
        } else {
            outside += 1;
            light += usize::from(luma > ground.saturating_add(APART));
        }
    }
    inside.sort_unstable();
    let middle = inside.get(inside.len() / 2).copied().unwrap_or(0);
    light as f64 <= LIGHT_GROUND * outside as f64 && middle >= ground.saturating_add(APART)
}

/// Whether a place is on the same side of all sides.
fn is_in(corners: &[Point; 4], place: Point) -> bool {
    let side = |i: usize| {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        (b.0 - a.0) * (place.1 - a.1) - (b.1 - a.1) * (place.0 - a.0) >= 0.0
    };
    let first = side(0);
    (1..4).all(|i| side(i) == first)
}

/// Clockwise, the one nearest to the upper left corner of the picture first.
fn from_upper_left(mut corners: [Point; 4]) -> [Point; 4] {
    let turns =
        (corners[1].0 - corners[0].0) * (corners[2].1 - corners[0].1) - (corners[1].1 - corners[0].1) * (corners[2].0 - corners[0].0);
    if turns < 0.0 {
        corners.reverse();
    }
    let first = (0..4).min_by(|&a, &b| (corners[a].0 + corners[a].1).total_cmp(&(corners[b].0 + corners[b].1))).unwrap_or(0);
    corners.rotate_left(first);
    corners
}

#[cfg(test)]
mod tests {
    use super::super::skew::tests::drawn_page;
    use super::*;
    use crate::straighten::{homography, warp};

    const CORNERS: [Point; 4] = [(120.0, 90.0), (860.0, 150.0), (940.0, 1150.0), (60.0, 1100.0)];

    fn photographed(ground: u8) -> Pixels {
        let sheet = drawn_page(700, 900);
        let map = homography([(0.0, 0.0), (700.0, 0.0), (700.0, 900.0), (0.0, 900.0)], CORNERS).unwrap();
        let mut photo = warp(&sheet, map, (1000, 1250));
        for (i, pixel) in photo.rgb.chunks_exact_mut(3).enumerate() {
            if !is_in(&CORNERS, ((i % 1000) as f64 + 0.5, (i / 1000) as f64 + 0.5)) {
                pixel.fill(ground);
            }
        }
        photo
    }

    #[test]
    fn the_corners_of_a_sheet_on_a_dark_table_are_found() {
        let found = page_corners(&photographed(70)).unwrap();
        for (a, b) in found.into_iter().zip(CORNERS) {
            assert!((a.0 - b.0).hypot(a.1 - b.1) < 10.0, "{found:?}");
        }
    }

    #[test]
    fn a_shade_over_the_lower_part_of_a_sheet_does_not_cut_it_off() {
        let mut photo = photographed(60);
        for pixel in photo.rgb[1000 * 800 * 3..].chunks_exact_mut(3).filter(|p| p[0] > 61) {
            pixel.iter_mut().for_each(|v| *v = *v / 2 + 10);
        }
        let found = page_corners(&photo).unwrap();
        assert!(found[2].1 > 1140.0 && found[3].1 > 1090.0, "{found:?}");
    }

    #[test]
    fn a_scan_and_a_sheet_on_a_light_table_are_left_alone() {
        assert_eq!(page_corners(&drawn_page(700, 900)), None);
        assert_eq!(page_corners(&photographed(245)), None);
        let mut banner = drawn_page(700, 900);
        banner.rgb[..700 * 120 * 3].fill(90);
        assert_eq!(page_corners(&banner), None);
        assert_eq!(page_corners(&Pixels::white(50, 50)), None);
    }
}
