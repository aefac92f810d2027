//! Which way up a page is, and how far its lines slope.

use gristmill_layout::Matrix;

use crate::pixels::Pixels;
use crate::recognise::{ReadLine, Recogniser};
use crate::slanted::Slanted;

/// How a page lies in its picture, and how to lay it straight.
#[derive(Debug, Clone, PartialEq)]
pub struct Upright {
    /// How far the picture must be turned clockwise: 0, 90, 180 or 270 degrees.
    pub turn: u16,
    /// How far lines fall to the right after that turn, in degrees; 0 when they may count as straight.
    pub skew_degrees: f64,
    /// Width and height of the upright page, in pixels of the picture.
    pub size: (f64, f64),
    /// From pixels of the picture to those of the upright, straight page.
    pub straightened: Matrix,
}

/// So many of the longest lines say which way up a page is.
pub(crate) const VOTERS: usize = 6;
/// Lines that read like this are upright: enough letters, read surely. (The figures of the vote are those that docling-pdf's authors
/// found on scanned forms: with less margin upright forms were turned.)
const PLAIN: (usize, f64) = (20, 0.90);
/// What another way up must show: letters, sureness, and how much better than upright it is.
const TURNED_LETTERS: usize = 8;
const TURNED_SURE: f64 = 0.55;
const TURNED_WEIGHT: f64 = 1.2;
const TURNED_SURER: f64 = 0.10;

/// The direction lines run in on the picture, when it must be turned by so many degrees.
pub(crate) fn direction(turn: u16) -> (f64, f64) {
    match turn {
        90 => (0.0, -1.0),
        180 => (-1.0, 0.0),
        270 => (0.0, 1.0),
        _ => (1.0, 0.0),
    }
}

/// Whether most of the text of a page runs up or down its picture.
pub(crate) fn is_sideways(lines: &[Slanted]) -> bool {
    let length = |sideways: bool| lines.iter().filter(|l| runs_sideways(l) == sideways).map(|l| l.length).sum::<f64>();
    length(true) > length(false)
}

/// Whether a line runs up or down the picture of its page.
pub(crate) fn runs_sideways(line: &Slanted) -> bool {
    line.along.1.abs() > line.along.0.abs()
}

/// Which way up a page is, by a few of its lines, and what was read of them that way up. Lines tell which of two ways without being read.
pub(crate) fn turn(recogniser: &Recogniser, page: &Pixels, voters: &[Slanted], sideways: bool) -> Result<(u16, Vec<ReadLine>), String> {
    let read = |turn: u16| -> Result<(Vote, Vec<ReadLine>), String> {
        let turned: Vec<Slanted> = voters.iter().map(|line| line.read_towards(direction(turn))).collect();
        let read = recogniser.read(page, &turned)?;
        Ok((Vote::of(&read), read))
    };
    let (likely, other) = if sideways { (270, 90) } else { (0, 180) };
    let (first, lines) = read(likely)?;
    if voters.is_empty() || (first.letters >= PLAIN.0 && first.sure() >= PLAIN.1) {
        return Ok((likely, lines));
    }
    let (second, turned_lines) = read(other)?;
    let turned = if sideways { second.weight > first.weight } else { second.beats(first) };
    Ok(if turned { (other, turned_lines) } else { (likely, lines) })
}

/// How well lines read one way up.
#[derive(Debug, Clone, Copy)]
struct Vote {
    letters: usize,
    /// The sureness of all letters, added up.
    weight: f64,
}

impl Vote {
    fn of(lines: &[ReadLine]) -> Self {
        let letters = lines.iter().map(|l| l.letters).sum();
        Self { letters, weight: lines.iter().map(|l| l.sure * l.letters as f64).sum() }
    }

    fn sure(self) -> f64 {
        self.weight / self.letters.max(1) as f64
    }

    fn beats(self, upright: Self) -> bool {
        let surer = self.sure() >= upright.sure() + TURNED_SURER || (self.sure() >= PLAIN.1 && self.letters >= 4 * upright.letters);
        self.letters >= TURNED_LETTERS && self.sure() >= TURNED_SURE && self.weight > TURNED_WEIGHT * upright.weight && surer
    }
}

/// Lines that slope less count as straight.
const STRAIGHT_DEGREES: f64 = 0.15;
/// Steeper ones are not a page that lies askew but text that is meant so.
const STEEP_DEGREES: f64 = 30.0;
/// Only lines so many times as long as they are high tell their slope.
const TELLING: f64 = 5.0;

/// How far lines fall to the right once the page was turned, in degrees: the median, each line weighing what it is long.
pub(crate) fn skew(lines: &[Slanted], turn: u16) -> f64 {
    let (dx, dy) = direction(turn);
    let telling = lines.iter().filter(|l| l.length > TELLING * l.thickness);
    let slope = |l: &Slanted| (dx * l.along.1 - dy * l.along.0).atan2(dx * l.along.0 + dy * l.along.1).to_degrees();
    let mut slopes: Vec<(f64, f64)> = telling.map(|l| (slope(l), l.length)).filter(|s| s.0.abs() < STEEP_DEGREES).collect();
    slopes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = slopes.iter().map(|s| s.1).sum::<f64>() / 2.0;
    let mut so_far = 0.0;
    let middle = slopes.iter().find(|s| {
        so_far += s.1;
        so_far >= half
    });
    middle.map_or(0.0, |s| s.0)
}

impl Upright {
    /// Of a picture of this size whose lines run so.
    pub(crate) fn new((width, height): (f64, f64), turn: u16, skew: f64) -> Self {
        let skew_degrees = if skew.abs() < STRAIGHT_DEGREES { 0.0 } else { skew };
        let (turned, size) = match turn {
            90 => ([0.0, -1.0, height, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], (height, width)),
            180 => ([-1.0, 0.0, width, 0.0, -1.0, height, 0.0, 0.0, 1.0], (width, height)),
            270 => ([0.0, 1.0, 0.0, -1.0, 0.0, width, 0.0, 0.0, 1.0], (height, width)),
            _ => (Matrix::IDENTITY.0, (width, height)),
        };
        let straightened = Matrix(turned).then(rotation(-skew_degrees, (size.0 / 2.0, size.1 / 2.0)));
        Self { turn, skew_degrees, size, straightened }
    }
}

/// A turn about a point, clockwise where y grows downwards.
pub(crate) fn rotation(degrees: f64, (x, y): (f64, f64)) -> Matrix {
    let (sin, cos) = degrees.to_radians().sin_cos();
    Matrix([cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, 0.0, 0.0, 1.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).hypot(a.1 - b.1) < 1e-6
    }

    #[test]
    fn text_runs_to_the_right_once_the_page_was_turned() {
        for turn in [0, 90, 180, 270] {
            let upright = Upright::new((300.0, 200.0), turn, 0.0);
            let (dx, dy) = direction(turn);
            let (from, to) = (upright.straightened.apply((50.0, 60.0)), upright.straightened.apply((50.0 + dx, 60.0 + dy)));
            assert!(near((to.0 - from.0, to.1 - from.1), (1.0, 0.0)), "{turn}");
            let corners = [(0.0, 0.0), (300.0, 200.0)].map(|c| upright.straightened.apply(c));
            assert!(corners.iter().all(|c| near(*c, (0.0, 0.0)) || near(*c, upright.size) || c.0 == 0.0 || c.1 == 0.0), "{corners:?}");
        }
    }

    #[test]
    fn sloping_lines_come_out_level() {
        let along = (5f64.to_radians().cos(), 5f64.to_radians().sin());
        let line = Slanted { centre: (100.0, 80.0), along, length: 100.0, thickness: 10.0 };
        let speck = Slanted { along: (0.0, 1.0), length: 20.0, ..line };
        assert!((skew(&[speck, line, speck], 0) - 5.0).abs() < 1e-9);
        let upright = Upright::new((200.0, 300.0), 0, 5.0);
        let [left, right] = [0.0, 100.0].map(|x| upright.straightened.apply(line.place(x, 5.0)));
        assert!((left.1 - right.1).abs() < 1e-9, "{left:?} {right:?}");
        assert_eq!(Upright::new((200.0, 300.0), 0, 0.1).straightened, Matrix::IDENTITY);
    }

    #[test]
    fn the_slope_of_a_turned_page_is_told_along_its_lines() {
        let along = (5f64.to_radians().sin(), -5f64.to_radians().cos());
        let line = Slanted { centre: (100.0, 80.0), along, length: 100.0, thickness: 10.0 };
        assert!((skew(&[line], 90) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_page_lies_on_its_side_when_most_of_its_text_runs_down() {
        let flat = Slanted { centre: (0.0, 0.0), along: (1.0, 0.1), length: 50.0, thickness: 10.0 };
        let standing = Slanted { along: (0.0, 1.0), length: 90.0, ..flat };
        assert!(is_sideways(&[flat, standing]) && !is_sideways(&[flat, standing, flat]) && !is_sideways(&[]));
    }

    #[test]
    fn a_page_is_only_turned_when_that_reads_clearly_better() {
        let vote = |letters, sure: f64| Vote { letters, weight: sure * letters as f64 };
        assert!(vote(60, 0.95).beats(vote(50, 0.55)));
        assert!(!vote(60, 0.80).beats(vote(50, 0.75)));
        assert!(!vote(7, 0.99).beats(vote(3, 0.30)));
    }
}
