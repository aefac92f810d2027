//! Where to cut: the window with the most detail, skin and saturated colour, with a little love for the middle.
//!
//! The weights follow the idea of attention cropping (edges, skin tones, saturation); the figures were chosen on portraits and
//! landscapes by eye. It works on a thumbnail of at most [`MAP_SIDE`] pixels, so its cost does not depend on the picture.

use super::geometry::Size;
use super::raster::Raster;

const MAP_SIDE: u32 = 64;

/// The size of the thumbnail [`corner`] wants for a picture of this size.
pub(crate) fn map_size(picture: Size) -> Size {
    let longest = picture.width.max(picture.height).max(1);
    let side = |s: u32| (u64::from(s) * u64::from(MAP_SIDE) / u64::from(longest)).clamp(1, MAP_SIDE.into()) as u32;
    if longest <= MAP_SIDE { picture } else { Size::new(side(picture.width), side(picture.height)) }
}

/// The best top left corner of a window that is `part` of the picture's width and height; all as fractions of the picture.
pub(crate) fn corner(thumbnail: &Raster, part: (f64, f64)) -> (f64, f64) {
    let (width, height) = (thumbnail.width as usize, thumbnail.height as usize);
    let interest = interest(thumbnail);
    let columns: Vec<f64> = (0..width).map(|x| (0..height).map(|y| interest[y * width + x]).sum()).collect();
    let rows: Vec<f64> = (0..height).map(|y| interest[y * width..(y + 1) * width].iter().sum()).collect();
    (offset(&columns, part.0), offset(&rows, part.1))
}

/// The start, as a fraction, of the window that holds the most interest along one axis.
fn offset(interest: &[f64], part: f64) -> f64 {
    let length = interest.len();
    let window = ((length as f64 * part).round() as usize).clamp(1, length);
    let free = length - window;
    let total: f64 = interest.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let score = |start: usize| {
        let inside: f64 = interest[start..start + window].iter().sum();
        let away = if free == 0 { 0.0 } else { (start as f64 / free as f64 - 0.5).abs() * 2.0 };
        inside / total - 0.1 * away
    };
    let best = (0..=free).map(|start| (score(start), start)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    best.map_or(0.0, |(_, start)| start as f64 / length as f64)
}

fn interest(picture: &Raster) -> Vec<f64> {
    let n = usize::from(picture.channels);
    let (width, height) = (picture.width as usize, picture.height as usize);
    let lumas: Vec<f64> = picture.pixels.chunks_exact(n).map(luma).collect();
    let at = |x: usize, y: usize| lumas[y.min(height - 1) * width + x.min(width - 1)];
    let mut all = Vec::with_capacity(lumas.len());
    for y in 0..height {
        for x in 0..width {
            let edge = (at(x + 1, y) - at(x, y)).abs() + (at(x, y + 1) - at(x, y)).abs();
            let pixel = &picture.pixels[(y * width + x) * n..][..n];
            let visible = if n == 4 { f64::from(pixel[3]) / 255.0 } else { 1.0 };
            all.push(visible * (edge + 0.6 * skin(pixel) + 0.3 * saturation(pixel)));
        }
    }
    all
}

/// Rec. 709 weights on gamma-coded values, 0..=1; enough for edges.
fn luma(p: &[u8]) -> f64 {
    (0.2126 * f64::from(p[0]) + 0.7152 * f64::from(p[1]) + 0.0722 * f64::from(p[2])) / 255.0
}

/// 1 where the direction of the colour is near that of human skin of any lightness; falls off quickly.
fn skin(p: &[u8]) -> f64 {
    let [r, g, b] = [f64::from(p[0]), f64::from(p[1]), f64::from(p[2])];
    let length = (r * r + g * g + b * b).sqrt();
    if length < 60.0 {
        return 0.0;
    }
    let away = ((r / length - 0.78).powi(2) + (g / length - 0.50).powi(2) + (b / length - 0.37).powi(2)).sqrt();
    (1.0 - away / 0.15).max(0.0)
}

fn saturation(p: &[u8]) -> f64 {
    let (most, least) = (p[0].max(p[1]).max(p[2]), p[0].min(p[1]).min(p[2]));
    if most < 40 { 0.0 } else { f64::from(most - least) / f64::from(most) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_window_goes_where_the_detail_is() {
        let mut picture = Raster::filled(Size::new(64, 32), &[128, 128, 128]);
        for y in 0..32 {
            for x in (48..64).step_by(2) {
                picture.pixels[(y * 64 + x) * 3..][..3].copy_from_slice(&[255, 255, 255]);
            }
        }
        assert!(corner(&picture, (0.5, 1.0)).0 > 0.4);
    }

    #[test]
    fn an_even_picture_is_cut_in_the_middle() {
        let (x, y) = corner(&Raster::filled(Size::new(64, 32), &[128, 128, 128]), (0.5, 1.0));
        assert!((x - 0.25).abs() < 0.02 && y == 0.0, "{x} {y}");
    }

    proptest! {
        #[test]
        fn the_window_stays_inside(interest in proptest::collection::vec(0.0f64..10.0, 1..64), part in 0.01f64..1.0) {
            let start = offset(&interest, part);
            let window = ((interest.len() as f64 * part).round() / interest.len() as f64).min(1.0);
            prop_assert!(start >= 0.0 && start + window <= 1.0 + 1e-9);
        }
    }
}
