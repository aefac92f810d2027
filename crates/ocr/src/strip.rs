//! The picture of one line, straight and of the height the recogniser reads.

use crate::pixels::Pixels;
use crate::slanted::Slanted;

/// The height that the recogniser reads, in pixels.
pub(crate) const HEIGHT: usize = 48;
/// Longer lines are squeezed: 3,200 pixels are 200 letters and more.
const LONGEST: usize = 3200;
/// Shorter ones are filled up: the network halves its picture several times over.
const SHORTEST: usize = 16;

/// A line cut out: blue, green and red planes of `width` × [`HEIGHT`], from -1 to 1.
pub(crate) struct Strip {
    pub width: usize,
    pub planes: Vec<f32>,
}

impl Strip {
    /// How wide the strip of a line is.
    pub fn width_of(line: &Slanted) -> usize {
        let width = (HEIGHT as f64 * line.length / line.thickness).ceil() as usize;
        width.clamp(SHORTEST, LONGEST)
    }

    /// Cuts a line out of its page. Where the page has more pixels than the strip, each of the strip's is the mean of several places.
    pub fn cut(page: &Pixels, line: &Slanted) -> Self {
        let width = Self::width_of(line);
        let step = (line.length / width as f64, line.thickness / HEIGHT as f64);
        let (across, down) = (samples(step.0), samples(step.1));
        let weight = 1.0 / (across * down) as f32 / 127.5;
        let mut planes = vec![0.0; 3 * HEIGHT * width];
        for y in 0..HEIGHT {
            for x in 0..width {
                let mut sum = [0.0f32; 3];
                for j in 0..down {
                    for i in 0..across {
                        let u = (x as f64 + (i as f64 + 0.5) / across as f64) * step.0;
                        let v = (y as f64 + (j as f64 + 0.5) / down as f64) * step.1;
                        let (sx, sy) = line.place(u, v);
                        let colour = page.between(sx, sy);
                        (0..3).for_each(|c| sum[c] += colour[c]);
                    }
                }
                for (plane, channel) in [2, 1, 0].into_iter().enumerate() {
                    planes[(plane * HEIGHT + y) * width + x] = sum[channel] * weight - 1.0;
                }
            }
        }
        Self { width, planes }
    }

    /// How dark the darkest of each column is against the paper, 0..=1: 0 between letters.
    pub fn ink(&self) -> Vec<f32> {
        let green = &self.planes[HEIGHT * self.width..2 * HEIGHT * self.width];
        let inner = HEIGHT / 8..HEIGHT - HEIGHT / 8;
        let column =
            |x: usize| inner.clone().map(|y| green[y * self.width + x]).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let contrast: Vec<f32> = (0..self.width).map(column).map(|(low, high)| high - low).collect();
        let most = contrast.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        contrast.into_iter().map(|c| c / most).collect()
    }
}

/// How many places make one pixel of the strip.
fn samples(step: f64) -> usize {
    (step - 0.25).ceil().clamp(1.0, 4.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slanted_line_comes_out_straight() {
        let mut page = Pixels::white(200, 200);
        let line = Slanted { centre: (100.0, 100.0), along: (0.8, 0.6), length: 96.0, thickness: 24.0 };
        for y in 0..200u32 {
            for x in 0..200u32 {
                let (dx, dy) = (f64::from(x) + 0.5 - 100.0, f64::from(y) + 0.5 - 100.0);
                if (dy * 0.8 - dx * 0.6).abs() < 6.0 {
                    page.rgb[(y as usize * 200 + x as usize) * 3..][..3].fill(0);
                }
            }
        }
        let strip = Strip::cut(&page, &line);
        assert_eq!(strip.width, 192);
        let mean = |y: usize| strip.planes[y * 192..(y + 1) * 192].iter().sum::<f32>() / 192.0;
        assert!(mean(24) < -0.99 && mean(3) > 0.99 && mean(44) > 0.99, "{} {} {}", mean(24), mean(3), mean(44));
    }

    #[test]
    fn columns_without_letters_have_no_ink() {
        let mut page = Pixels::white(96, 48);
        for y in 20..30 {
            page.rgb[(y * 96 + 10) * 3..(y * 96 + 30) * 3].fill(0);
        }
        let ink = Strip::cut(&page, &Slanted { centre: (48.0, 24.0), along: (1.0, 0.0), length: 96.0, thickness: 48.0 }).ink();
        assert_eq!((ink[20], ink[60]), (1.0, 0.0));
    }
}
