//! The eight EXIF orientations, and how a stored picture is turned upright.

use serde::{Deserialize, Serialize};

use super::geometry::Size;
use super::raster::Raster;

/// EXIF tag 0x0112 (Exif 2.32, section 4.6.4): which corner of the scene the first stored pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orientation(u8);

impl Orientation {
    /// Stored as it is to be seen.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation of that number; anything outside 1..=8 counts as upright, as every viewer treats it.
    pub fn from_exif(number: u32) -> Self {
        match u8::try_from(number) {
            Ok(n @ 1..=8) => Self(n),
            _ => Self::UPRIGHT,
        }
    }

    /// The number of the tag, 1..=8.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub fn transposes(self) -> bool {
        self.0 >= 5
    }

    /// The size of the upright picture.
    pub fn upright_size(self, stored: Size) -> Size {
        if self.transposes() { Size::new(stored.height, stored.width) } else { stored }
    }

    /// The stored pixel that is seen at `(x, y)` of the upright picture.
    fn stored_at(self, x: usize, y: usize, stored: (usize, usize)) -> (usize, usize) {
        let (right, bottom) = (stored.0 - 1, stored.1 - 1);
        match self.0 {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }

    /// Turns a stored picture upright.
    pub fn apply(self, stored: Raster) -> Raster {
        if self == Self::UPRIGHT {
            return stored;
        }
        match stored.channels {
            3 => self.turn::<3>(&stored),
            _ => self.turn::<4>(&stored),
        }
    }

    fn turn<const N: usize>(self, stored: &Raster) -> Raster {
        let upright = self.upright_size(stored.size());
        let dims = (stored.width as usize, stored.height as usize);
        let (from, _) = stored.pixels.as_chunks::<N>();
        let mut pixels = Vec::with_capacity(stored.pixels.len());
        for y in 0..upright.height as usize {
            for x in 0..upright.width as usize {
                let (sx, sy) = self.stored_at(x, y, dims);
                pixels.extend_from_slice(&from[sy * dims.0 + sx]);
            }
        }
        Raster { width: upright.width, height: upright.height, channels: stored.channels, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored:  a b c / d e f
    fn turned(number: u32) -> (u32, u32, String) {
        let pixels = b"abcdef".iter().flat_map(|b| [*b; 3]).collect();
        let upright = Orientation::from_exif(number).apply(Raster { width: 3, height: 2, channels: 3, pixels });
        (upright.width, upright.height, upright.pixels.chunks(3).map(|p| p[0] as char).collect())
    }

    #[test]
    fn each_of_the_eight_orientations_is_turned_as_exif_says() {
        let expected = ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        for (number, letters) in (1..).zip(expected) {
            let (width, height, got) = turned(number);
            assert_eq!(got, letters, "orientation {number}");
            assert_eq!((width, height), if number >= 5 { (2, 3) } else { (3, 2) });
        }
    }

    #[test]
    fn a_number_outside_the_standard_is_upright() {
        assert_eq!(turned(0).2, "abcdef");
        assert_eq!(turned(9).2, "abcdef");
        assert_eq!(turned(262).2, "abcdef");
    }
}
