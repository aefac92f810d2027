//! A photo of a sheet on a table, taken by hand.

use super::crumple::Crumple;
use super::field::Field;
use super::scan::fade;
use super::strokes::soften;
use crate::picture::{Colour, Grey};
use crate::random::Random;

type Point = (f64, f64);

/// What the sheet lies on, its colour where it is darkest; all are darker than paper.
const TABLES: [[f64; 3]; 7] = [
    [92.0, 58.0, 34.0],
    [120.0, 84.0, 52.0],
    [48.0, 44.0, 42.0],
    [70.0, 76.0, 84.0],
    [30.0, 34.0, 44.0],
    [98.0, 92.0, 84.0],
    [54.0, 66.0, 50.0],
];

/// A photo of a sheet, worn by `hard`, 0 to 1.
pub(crate) fn photo(mut sheet: Grey, random: &mut Random, hard: f64) -> Colour {
    if random.chance(0.5) {
        let least = 1.0 - random.between(0.2, 0.65) * hard;
        fade(&mut sheet, random, least);
    }
    for _ in 0..1 + random.below(1 + (3.0 * hard) as usize) {
        soften(&mut sheet, random.between(0.15, 0.6));
    }
    let (across, down) = (sheet.width as f64, sheet.height as f64);
    let margin = (across * random.between(0.04, 0.14), across * random.between(0.03, 0.12));
    let (width, height) = ((across + 2.0 * margin.0) as usize, (down + 2.0 * margin.1) as usize);
    let mut corner = |x: f64, y: f64| {
        let off = |random: &mut Random, by: f64| random.between(-0.85, 0.85) * by * (0.3 + 0.7 * hard);
        (margin.0 + x + off(random, margin.0), margin.1 + y + off(random, margin.1))
    };
    let corners = [corner(0.0, 0.0), corner(across, 0.0), corner(across, down), corner(0.0, down)];
    let scene = Scene {
        view: View::new(corners, across, down),
        crumple: Crumple::new(random, sheet.width, sheet.height, hard),
        light: Light::new(random, width, height, hard),
        table: Table::new(random, width, height),
        paper: [random.between(205.0, 248.0), random.between(-6.0, 4.0), random.between(-22.0, 4.0)],
        ink: random.between(22.0, 95.0),
        sheet,
    };
    let mut picture = scene.taken(width, height);
    let noise = random.between(1.0, 2.0 + 5.0 * hard);
    picture.grain(random, noise);
    picture
}

struct Scene {
    sheet: Grey,
    view: View,
    crumple: Crumple,
    light: Light,
    table: Table,
    /// How bright it is, and how much less of green and blue it has.
    paper: [f64; 3],
    ink: f64,
}

impl Scene {
    fn taken(&self, width: usize, height: usize) -> Colour {
        let mut data = Vec::with_capacity(width * height * 3);
        let (across, down) = (self.sheet.width as f64, self.sheet.height as f64);
        for y in 0..height {
            let wood = self.table.row(y, width);
            for (x, grain) in wood.into_iter().enumerate() {
                let (u, v) = self.view.source(x as f64, y as f64);
                let outside = beyond(u, across).max(beyond(v, down));
                let light = self.light.at(x as f64, y as f64);
                // The edge is mixed over a pixel, and the sheet's shadow falls on the table around it.
                let paper = (0.5 - outside).clamp(0.0, 1.0);
                let shadow = 1.0 - 0.45 / (1.0 + (outside.max(0.0) / 9.0) * (outside.max(0.0) / 9.0));
                let shade = if paper > 0.0 { self.paper_at(u, v) } else { 0.0 };
                for (n, table) in self.table.colour.iter().enumerate() {
                    let tint = if n > 0 { self.paper[n] } else { 0.0 };
                    let sheet = (shade + tint * shade / 255.0) * paper;
                    data.push(((sheet + (table + grain) * shadow * (1.0 - paper)) * light).clamp(0.0, 255.0) as u8);
                }
            }
        }
        Colour { width, height, data }
    }

    fn paper_at(&self, u: f64, v: f64) -> f64 {
        let (from_x, from_y) = self.crumple.source(u, v);
        let shade = self.sheet.at(from_x, from_y, 255) / 255.0;
        (self.ink + (self.paper[0] - self.ink) * shade) * self.crumple.shade(u, v)
    }
}

/// How far a place is outside of `0..length`; negative inside.
fn beyond(place: f64, length: f64) -> f64 {
    (-place).max(place - length)
}

/// What leads from the photo to the sheet.
struct View([f64; 9]);

impl View {
    /// For a sheet whose corners (from the top left, clockwise) are seen at these places (Heckbert, "Fundamentals of texture mapping and
    /// image warping", 1989: a square is taken to a quadrilateral, and the matrix turned round).
    fn new([a, b, c, d]: [Point; 4], width: f64, height: f64) -> Self {
        let (dx1, dx2, dx3) = (b.0 - c.0, d.0 - c.0, a.0 - b.0 + c.0 - d.0);
        let (dy1, dy2, dy3) = (b.1 - c.1, d.1 - c.1, a.1 - b.1 + c.1 - d.1);
        let whole = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((dx3 * dy2 - dx2 * dy3) / whole, (dx1 * dy3 - dx3 * dy1) / whole);
        let m = [b.0 - a.0 + g * b.0, d.0 - a.0 + h * d.0, a.0, b.1 - a.1 + g * b.1, d.1 - a.1 + h * d.1, a.1, g, h, 1.0];
        let minor = |p: usize, q: usize, r: usize, s: usize| m[p] * m[q] - m[r] * m[s];
        // The adjugate: the inverse but for a factor, which the division by the last coordinate takes out.
        let inverse = [
            minor(4, 8, 5, 7) * width,
            minor(2, 7, 1, 8) * width,
            minor(1, 5, 2, 4) * width,
            minor(5, 6, 3, 8) * height,
            minor(0, 8, 2, 6) * height,
            minor(2, 3, 0, 5) * height,
            minor(3, 7, 4, 6),
            minor(1, 6, 0, 7),
            minor(0, 4, 1, 3),
        ];
        Self(inverse)
    }

    fn source(&self, x: f64, y: f64) -> Point {
        let m = &self.0;
        let depth = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / depth, (m[3] * x + m[4] * y + m[5]) / depth)
    }
}

/// A lamp to one side, and perhaps the shadow of whoever takes the photo.
struct Light {
    slope: Point,
    middle: Point,
    shadow: Option<(Point, Point, f64, f64)>,
}

impl Light {
    fn new(random: &mut Random, width: usize, height: usize, hard: f64) -> Self {
        let (w, h) = (width as f64, height as f64);
        let slope = (random.between(-0.3, 0.3) * hard / w, random.between(-0.3, 0.3) * hard / h);
        let shadow = random.chance(0.4 * hard).then(|| {
            let point = (random.between(0.0, w), random.between(0.0, h));
            let normal = (random.between(-1.0, 1.0), random.between(-1.0, 1.0));
            (point, normal, random.between(8.0, 70.0), random.between(0.1, 0.24))
        });
        Self { slope, middle: (w / 2.0, h / 2.0), shadow }
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        let mut light = 1.0 + (x - self.middle.0) * self.slope.0 + (y - self.middle.1) * self.slope.1;
        if let Some((point, normal, soft, depth)) = self.shadow {
            let d = ((x - point.0) * normal.0 + (y - point.1) * normal.1) / soft;
            light *= 1.0 - depth * (1.0 + d / (1.0 + d * d).sqrt());
        }
        light
    }
}

/// A table: a colour, and streaks or spots on it.
struct Table {
    colour: [f64; 3],
    streaks: Field,
    spots: Field,
    rough: f64,
}

impl Table {
    fn new(random: &mut Random, width: usize, height: usize) -> Self {
        let cell = if random.chance(0.5) { (width as f64 / 2.5, random.between(3.0, 12.0)) } else { (5.0, 5.0) };
        Self {
            colour: random.pick(&TABLES),
            streaks: Field::new(random, width, height, cell),
            spots: Field::square(random, width, height, 9.0),
            rough: random.between(4.0, 26.0),
        }
    }

    fn row(&self, y: usize, width: usize) -> Vec<f64> {
        let spots = self.spots.row(y, width);
        self.streaks.row(y, width).into_iter().zip(spots).map(|(a, b)| self.rough * a + 18.0 * b).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_of_the_view_lead_to_corners_of_the_sheet() {
        let corners = [(12.0, 20.0), (210.0, 8.0), (190.0, 330.0), (30.0, 300.0)];
        let view = View::new(corners, 200.0, 300.0);
        for ((x, y), (u, v)) in corners.into_iter().zip([(0.0, 0.0), (200.0, 0.0), (200.0, 300.0), (0.0, 300.0)]) {
            let (a, b) = view.source(x, y);
            assert!((a - u).abs() < 1e-6 && (b - v).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn the_sheet_is_lighter_than_the_table() {
        let sheet = Grey { width: 200, height: 300, data: vec![255; 60_000] };
        for seed in 0..20 {
            let photo = photo(sheet.clone(), &mut Random::new("table", seed), 1.0);
            let at = |x: usize, y: usize| photo.data[(y * photo.width + x) * 3 + 1];
            let middle = at(photo.width / 2, photo.height / 2);
            assert!(middle > at(1, 1).saturating_add(15), "{seed}: {middle} {}", at(1, 1));
        }
    }
}
