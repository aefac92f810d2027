//! Paper that was folded and curled: how far each place has moved, and how the light falls on it.

use super::field::Field;
use crate::random::Random;

/// A crease: a line across the sheet, beyond which the paper is tilted.
#[derive(Debug, Clone, Copy)]
struct Crease {
    point: (f64, f64),
    normal: (f64, f64),
    tilt: f64,
    width: f64,
}

/// A sheet that is no longer flat.
#[derive(Debug, Clone)]
pub(crate) struct Crumple {
    creases: Vec<Crease>,
    waves: [Field; 2],
    wave: f64,
    curl: f64,
    bow: f64,
    light: (f64, f64),
    size: (f64, f64),
}

impl Crumple {
    /// For a sheet of this size in pixels, crumpled by `hard`, 0 to 1.
    pub(crate) fn new(random: &mut Random, width: usize, height: usize, hard: f64) -> Self {
        let size = (width as f64, height as f64);
        let count = random.below(2 + (9.0 * hard) as usize);
        let creases = (0..count).map(|_| crease(random, size, hard)).collect();
        let cells = random.between(3.0, 7.0);
        let waves = [Field::square(random, width, height, cells), Field::square(random, width, height, cells)];
        let side = |random: &mut Random| if random.chance(0.5) { 1.0 } else { -1.0 };
        Self {
            creases,
            waves,
            wave: random.between(0.004, 0.016) * hard * size.0,
            curl: random.between(0.0, 0.2) * hard,
            bow: random.between(0.0, 0.025) * hard * size.0 * side(random),
            light: unit(random),
            size,
        }
    }

    /// Where on the flat sheet a place of the crumpled one comes from.
    pub(crate) fn source(&self, x: f64, y: f64) -> (f64, f64) {
        let across = 2.0 * x / self.size.0 - 1.0;
        let mut place = (x, y + self.bow * across * across);
        place.0 += (self.waves[0].at(x, y) - 0.5) * self.wave;
        place.1 += (self.waves[1].at(x, y) - 0.5) * self.wave;
        for crease in &self.creases {
            let side = crease.bend(x, y);
            let shift = side * crease.tilt * 0.008 * self.size.0;
            place.0 += crease.normal.0 * shift;
            place.1 += crease.normal.1 * shift;
        }
        place
    }

    /// How bright a place is: 1 is flat paper.
    pub(crate) fn shade(&self, x: f64, y: f64) -> f64 {
        let across = 2.0 * x / self.size.0 - 1.0;
        let mut light = 1.0 - self.curl * across * across + 0.05 * (self.waves[0].at(x, y) - 0.5);
        for crease in &self.creases {
            let (side, near) = crease.at(x, y);
            let facing = crease.normal.0 * self.light.0 + crease.normal.1 * self.light.1;
            light += crease.tilt * (0.05 * side * facing - 0.12 * near);
        }
        light
    }
}

impl Crease {
    /// On which side a place is, -1 to 1, and how near, 0 to 1.
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let distance = self.distance(x, y);
        let squared = distance * distance;
        // Tilted beside the crease and flat far away.
        let far = 1.0 / (1.0 + squared / 2500.0);
        (distance / (1.0 + squared).sqrt() * far, 1.0 / (1.0 + squared))
    }

    /// How far to which side the paper bends away: slower than the light changes, so that no letter is lost in the crease.
    fn bend(&self, x: f64, y: f64) -> f64 {
        let distance = self.distance(x, y) / 14.0;
        distance / (1.0 + distance * distance)
    }

    fn distance(&self, x: f64, y: f64) -> f64 {
        ((x - self.point.0) * self.normal.0 + (y - self.point.1) * self.normal.1) / self.width
    }
}

fn crease(random: &mut Random, size: (f64, f64), hard: f64) -> Crease {
    // Receipts are folded across more often than otherwise.
    let normal = if random.chance(0.5) { (random.between(-0.06, 0.06), 1.0) } else { unit(random) };
    Crease {
        point: (random.between(0.0, size.0), random.between(0.0, size.1)),
        normal,
        tilt: random.between(0.3, 1.3) * hard * if random.chance(0.5) { 1.0 } else { -0.6 },
        width: size.0 * random.between(0.003, 0.009),
    }
}

/// Any direction.
fn unit(random: &mut Random) -> (f64, f64) {
    loop {
        let (x, y) = (random.between(-1.0, 1.0), random.between(-1.0, 1.0));
        let length = (x * x + y * y).sqrt();
        if (0.1..=1.0).contains(&length) {
            return (x / length, y / length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_little_and_light_stays_light() {
        let crumple = Crumple::new(&mut Random::new("crumple", 5), 800, 1600, 1.0);
        for (x, y) in (0..800).step_by(40).flat_map(|x| (0..1600).step_by(40).map(move |y| (f64::from(x), f64::from(y)))) {
            let (u, v) = crumple.source(x, y);
            assert!((u - x).abs() < 60.0 && (v - y).abs() < 60.0, "{x} {y} to {u} {v}");
            assert!((0.3..1.6).contains(&crumple.shade(x, y)), "{}", crumple.shade(x, y));
        }
    }
}
