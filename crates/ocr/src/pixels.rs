//! A picture as rows of red, green and blue.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// The longest side of a picture: more than any scanner makes, and small enough that no arithmetic of this crate overflows.
pub const MOST_SIDE: u32 = 65_500;

/// A picture: 8 bits a channel, red, green, blue, row by row from the top, nothing between rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// In pixels; not 0.
    pub width: u32,
    /// In pixels; not 0.
    pub height: u32,
    /// `width × height × 3` bytes.
    pub rgb: Vec<u8>,
}

impl Pixels {
    /// A picture of these bytes; none when a side is 0 or over [`MOST_SIDE`], or the bytes are not as many as the sides ask for.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let picture = Self { width, height, rgb };
        picture.is_sound().then_some(picture)
    }

    /// A white picture.
    pub fn white(width: u32, height: u32) -> Self {
        Self { width, height, rgb: vec![255; width as usize * height as usize * 3] }
    }

    /// Whether sides and bytes agree: the fields are open, so whoever takes a picture asks.
    pub fn is_sound(&self) -> bool {
        let sides = 1..=MOST_SIDE;
        let bytes = u64::from(self.width) * u64::from(self.height) * 3;
        sides.contains(&self.width) && sides.contains(&self.height) && self.rgb.len() as u64 == bytes
    }

    /// Width and height as numbers to reckon with.
    pub(crate) fn size(&self) -> (f64, f64) {
        (f64::from(self.width), f64::from(self.height))
    }

    /// The colour at a place between pixels (pixel `i` reaches from `i` to `i + 1`), by its four neighbours; edges go on outside.
    pub(crate) fn between(&self, x: f64, y: f64) -> [f32; 3] {
        // Within bounds first: then the whole part is a cast, which is quicker than rounding down.
        let split = |v: f64, side: u32| {
            let v = (v - 0.5).clamp(0.0, f64::from(side - 1));
            let whole = v as usize;
            (whole, (whole + 1).min(side as usize - 1), (v - whole as f64) as f32)
        };
        let (left, right, fx) = split(x, self.width);
        let (top, bottom, fy) = split(y, self.height);
        let row = self.width as usize * 3;
        let (x0, x1, y0, y1) = (left * 3, right * 3, top * row, bottom * row);
        let at = |i: usize| f32::from(self.rgb[i]);
        std::array::from_fn(|c| {
            let upper = at(y0 + x0 + c) * (1.0 - fx) + at(y0 + x1 + c) * fx;
            let lower = at(y1 + x0 + c) * (1.0 - fx) + at(y1 + x1 + c) * fx;
            upper * (1.0 - fy) + lower * fy
        })
    }

    /// The same picture `by` times as large, which is less than 1; averaged, so thin strokes stay.
    pub fn shrunk(&self, by: f64) -> Self {
        let side = |s: u32| ((f64::from(s) * by).round() as u32).clamp(1, s);
        self.resized(side(self.width), side(self.height))
    }

    /// The same picture in another size; what becomes smaller is averaged, so thin strokes stay.
    pub(crate) fn resized(&self, width: u32, height: u32) -> Self {
        self.rows_resized(0, self.height, width, height)
    }

    /// The rows from `top` up to `bottom` in another size.
    pub(crate) fn rows_resized(&self, top: u32, bottom: u32, width: u32, height: u32) -> Self {
        let row = self.width as usize * 3;
        let rows = &self.rgb[top as usize * row..bottom as usize * row];
        let mut rgb = vec![0; width as usize * height as usize * 3];
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        // Of one type of pixel: asking for it by its name compiles all of them, which takes minutes.
        let from = TypedImageRef::<U8x3>::from_buffer(self.width, bottom - top, rows);
        let into = TypedImage::<U8x3>::from_buffer(width, height, &mut rgb);
        let done = from.ok().zip(into.ok()).is_some_and(|(from, mut into)| Resizer::new().resize_typed(&from, &mut into, &options).is_ok());
        debug_assert!(done, "a sound picture can be resized");
        Self { width, height, rgb }
    }

    /// A grey picture of at most this longest side, with the factor from it to this one.
    pub(crate) fn grey(&self, longest: u32) -> (Grey, f64) {
        let side = self.width.max(self.height);
        let scale = f64::from(side.min(longest)) / f64::from(side);
        let sized = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        let small = self.resized(sized(self.width), sized(self.height));
        let luma = |p: &[u8]| ((u32::from(p[0]) * 77 + u32::from(p[1]) * 150 + u32::from(p[2]) * 29) >> 8) as u8;
        let grey = Grey { width: small.width as usize, height: small.height as usize, luma: small.rgb.chunks_exact(3).map(luma).collect() };
        (grey, 1.0 / scale)
    }
}

/// A picture without colour.
pub(crate) struct Grey {
    pub width: usize,
    pub height: usize,
    pub luma: Vec<u8>,
}

impl Grey {
    /// The level between dark and light that keeps the two furthest apart (Otsu 1979): below or at it is dark.
    pub fn threshold(&self) -> u8 {
        let mut counts = [0u64; 256];
        self.luma.iter().for_each(|&v| counts[usize::from(v)] += 1);
        otsu(&counts)
    }
}

fn otsu(counts: &[u64; 256]) -> u8 {
    let all: u64 = counts.iter().sum();
    let sum: u64 = counts.iter().zip(0u64..).map(|(n, v)| n * v).sum();
    let (mut below, mut sum_below, mut best, mut level) = (0u64, 0u64, -1.0, 0u8);
    for (value, &count) in (0u8..=255).zip(counts) {
        below += count;
        sum_below += count * u64::from(value);
        if below == 0 || below == all {
            continue;
        }
        let apart = sum_below as f64 / below as f64 - (sum - sum_below) as f64 / (all - below) as f64;
        let between = below as f64 * (all - below) as f64 * apart * apart;
        if between > best {
            (best, level) = (between, value);
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_with_too_few_bytes_is_none() {
        assert!(Pixels::new(2, 2, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, Vec::new()).is_none());
        assert!(Pixels::new(2, 2, vec![0; 12]).is_some());
    }

    #[test]
    fn between_two_pixels_is_their_mean_and_outside_the_edge_goes_on() {
        let picture = Pixels::new(2, 1, vec![0, 0, 0, 200, 100, 50]).unwrap();
        assert_eq!(picture.between(1.0, 0.5), [100.0, 50.0, 25.0]);
        assert_eq!(picture.between(9.0, -3.0), [200.0, 100.0, 50.0]);
    }

    #[test]
    fn the_threshold_stands_between_ink_and_paper() {
        let mut luma = vec![230; 900];
        luma.extend([40; 100]);
        let level = Grey { width: 100, height: 10, luma }.threshold();
        assert!((40..230).contains(&level), "{level}");
    }
}
