//! Pictures as plain rows of pixels, and their files.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::error::NotMade;
use crate::random::Random;

/// A picture in shades of grey, rows from the top without gaps; 255 is white.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grey {
    /// In pixels.
    pub(crate) width: usize,
    /// In pixels.
    pub(crate) height: usize,
    /// One byte a pixel.
    pub(crate) data: Vec<u8>,
}

impl Grey {
    /// The shade at a place between pixels; `outside` beyond the edges.
    pub(crate) fn at(&self, x: f64, y: f64, outside: u8) -> f64 {
        let (left, top) = (x.floor(), y.floor());
        if left < 0.0 || top < 0.0 || left as usize + 1 >= self.width || top as usize + 1 >= self.height {
            return f64::from(outside);
        }
        let (dx, dy) = (x - left, y - top);
        let place = top as usize * self.width + left as usize;
        let of = |n: usize| f64::from(self.data[n]);
        let above = of(place) + (of(place + 1) - of(place)) * dx;
        let below = of(place + self.width) + (of(place + self.width + 1) - of(place + self.width)) * dx;
        above + (below - above) * dy
    }

    /// Each pixel from what `shade` makes of its row, column and shade.
    pub(crate) fn change(&mut self, mut shade: impl FnMut(usize, usize, u8) -> u8) {
        let width = self.width;
        for (y, row) in self.data.chunks_exact_mut(width).enumerate() {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = shade(x, y, *pixel);
            }
        }
    }

    /// Half as wide and high, each pixel the mean of four.
    pub(crate) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut data = Vec::with_capacity(width * height);
        for pair in self.data.chunks_exact(2 * self.width).take(height) {
            let (above, below) = pair.split_at(self.width);
            let sums = above.chunks_exact(2).zip(below.chunks_exact(2));
            data.extend(sums.map(|(a, b)| ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8));
        }
        Self { width, height, data }
    }

    /// Twice as wide and high, each pixel mixed of the four nearest by how near they are.
    pub(crate) fn doubled(&self) -> Self {
        let (width, height) = (self.width * 2, self.height * 2);
        let row = |y: usize| &self.data[y * self.width..][..self.width];
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            let own = row(y / 2);
            let next = row(if y % 2 == 0 { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(self.height - 1) });
            let mixed: Vec<u16> = own.iter().zip(next).map(|(a, b)| 3 * u16::from(*a) + u16::from(*b)).collect();
            for x in 0..self.width {
                let (left, right) = (mixed[x.saturating_sub(1)], mixed[(x + 1).min(self.width - 1)]);
                data.extend([left, right].map(|beside| ((3 * mixed[x] + beside + 8) / 16) as u8));
            }
        }
        Self { width, height, data }
    }

    /// Adds noise of this standard deviation.
    pub(crate) fn grain(&mut self, random: &mut Random, deviation: f64) {
        grain(&mut self.data, random, deviation);
    }

    /// As a JPEG.
    pub(crate) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, NotMade> {
        encoded(&self.data, self.width, self.height, ExtendedColorType::L8, quality)
    }

    /// As a PNG.
    pub(crate) fn png(&self) -> Result<Vec<u8>, NotMade> {
        let mut out = Vec::new();
        PngEncoder::new(&mut out).write_image(&self.data, self.width as u32, self.height as u32, ExtendedColorType::L8)?;
        Ok(out)
    }

    /// Black and white: rows of whole bytes, the leftmost pixel in the highest bit, 1 for what is lighter than `threshold`.
    pub(crate) fn bits(&self, threshold: u8) -> Vec<u8> {
        let byte = |eight: &[u8]| (0..8).fold(0, |bits, n| bits << 1 | u8::from(eight.get(n).is_none_or(|v| *v >= threshold)));
        self.data.chunks_exact(self.width).flat_map(|row| row.chunks(8).map(byte)).collect()
    }
}

/// A picture in colours, three bytes a pixel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Colour {
    /// In pixels.
    pub(crate) width: usize,
    /// In pixels.
    pub(crate) height: usize,
    /// Red, green and blue of each pixel.
    pub(crate) data: Vec<u8>,
}

impl Colour {
    /// Adds noise of this standard deviation.
    pub(crate) fn grain(&mut self, random: &mut Random, deviation: f64) {
        grain(&mut self.data, random, deviation);
    }

    /// As a JPEG.
    pub(crate) fn jpeg(&self, quality: u8) -> Result<Vec<u8>, NotMade> {
        encoded(&self.data, self.width, self.height, ExtendedColorType::Rgb8, quality)
    }
}

fn encoded(data: &[u8], width: usize, height: usize, colour: ExtendedColorType, quality: u8) -> Result<Vec<u8>, NotMade> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode(data, width as u32, height as u32, colour)?;
    Ok(out)
}

/// The sum of four bytes is near enough to a bell curve; its deviation is 147.8.
fn grain(data: &mut [u8], random: &mut Random, deviation: f64) {
    let scale = (deviation / 147.8 * 65536.0) as i32;
    for pair in data.chunks_mut(2) {
        let bytes = random.next().to_le_bytes();
        for (pixel, four) in pair.iter_mut().zip(bytes.chunks_exact(4)) {
            let sum: i32 = four.iter().map(|b| i32::from(*b)).sum();
            *pixel = (i32::from(*pixel) + (((sum - 510) * scale) >> 16)).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_between_pixels_are_mixed() {
        let picture = Grey { width: 2, height: 2, data: vec![0, 100, 100, 200] };
        assert!((picture.at(0.5, 0.5, 255) - 100.0).abs() < 1e-9);
        assert!((picture.at(-0.5, 0.5, 255) - 255.0).abs() < 1e-9);
        assert_eq!(picture.halved(), Grey { width: 1, height: 1, data: vec![100] });
    }

    #[test]
    fn a_doubled_picture_goes_smoothly_from_pixel_to_pixel() {
        let picture = Grey { width: 2, height: 2, data: vec![0, 160, 0, 160] };
        let doubled = picture.doubled();
        assert_eq!((doubled.width, doubled.height), (4, 4));
        assert_eq!(doubled.data, [[0, 40, 120, 160]; 4].concat());
        let down = Grey { width: 1, height: 2, data: vec![0, 160] }.doubled();
        assert_eq!(down.data, [0, 0, 40, 40, 120, 120, 160, 160]);
    }

    #[test]
    fn bits_are_packed_from_the_left_and_filled_with_white() {
        let picture = Grey { width: 3, height: 2, data: vec![0, 255, 0, 255, 0, 255] };
        assert_eq!(picture.bits(128), [0b0101_1111, 0b1011_1111]);
    }

    #[test]
    fn noise_leaves_the_mean_where_it_was() {
        let mut picture = Grey { width: 100, height: 100, data: vec![128; 10_000] };
        picture.grain(&mut Random::new("grain", 1), 10.0);
        let mean = picture.data.iter().map(|v| f64::from(*v)).sum::<f64>() / 10_000.0;
        let deviation = (picture.data.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / 10_000.0).sqrt();
        assert!((mean - 127.5).abs() < 1.0 && (deviation - 10.0).abs() < 1.0, "{mean} {deviation}");
    }
}
