//! The colours a picture is mostly made of: k-means over its thumbnail, started from the fullest parts of colour space.

use serde::Serialize;

use super::raster::Raster;

/// One colour and how much of the visible picture it stands for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// `#rrggbb`.
    pub hex: String,
    /// 0..=1.
    pub share: f64,
}

/// Rounds of k-means; it has settled long before on thumbnails.
const ROUNDS: usize = 8;

/// Two starts nearer than this (squared distance in 8-bit RGB) would only divide one colour.
const NEAR: f64 = 40.0 * 40.0;

type Colour = [f64; 3];

/// At most `count` colours, the largest share first. Empty when nothing is visible.
pub fn dominant(picture: &Raster, count: usize) -> Vec<Share> {
    let visible = picture.pixels.chunks_exact(picture.channels.into()).filter(|p| p.len() < 4 || p[3] >= 128);
    let pixels: Vec<Colour> = visible.map(|p| [p[0], p[1], p[2]].map(f64::from)).collect();
    let mut centres = starts(&pixels, count);
    let mut groups = Vec::new();
    for _ in 0..ROUNDS {
        groups = group(&pixels, &centres);
        centres = groups.iter().filter(|(_, n)| *n > 0.0).map(|(sum, n)| sum.map(|c| c / n)).collect();
    }
    let mut shares: Vec<Share> = groups.iter().filter(|(_, n)| *n > 0.0).map(|(sum, n)| share(*sum, *n, pixels.len())).collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share));
    shares
}

fn share(sum: Colour, n: f64, total: usize) -> Share {
    let [r, g, b] = sum.map(|c| (c / n).round() as u8);
    Share { hex: format!("#{r:02x}{g:02x}{b:02x}"), share: (n / total as f64 * 1000.0).round() / 1000.0 }
}

/// The means of the fullest cells of a 4-bit histogram that are not near one another.
fn starts(pixels: &[Colour], count: usize) -> Vec<Colour> {
    let mut cells = vec![([0.0; 3], 0.0); 16 * 16 * 16];
    for pixel in pixels {
        let index = pixel.iter().fold(0, |i, c| i * 16 + (*c as usize >> 4));
        add(&mut cells[index], pixel);
    }
    cells.retain(|(_, n)| *n > 0.0);
    cells.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut chosen: Vec<Colour> = Vec::new();
    for mean in cells.iter().map(|(sum, n)| sum.map(|c| c / n)) {
        if chosen.len() < count && chosen.iter().all(|c| distance(c, &mean) >= NEAR) {
            chosen.push(mean);
        }
    }
    chosen
}

fn group(pixels: &[Colour], centres: &[Colour]) -> Vec<(Colour, f64)> {
    let mut groups = vec![([0.0; 3], 0.0); centres.len()];
    for pixel in pixels {
        let nearest = (0..centres.len()).min_by(|a, b| distance(&centres[*a], pixel).total_cmp(&distance(&centres[*b], pixel)));
        if let Some(nearest) = nearest {
            add(&mut groups[nearest], pixel);
        }
    }
    groups
}

fn add((sum, n): &mut (Colour, f64), pixel: &Colour) {
    sum.iter_mut().zip(pixel).for_each(|(s, c)| *s += c);
    *n += 1.0;
}

fn distance(a: &Colour, b: &Colour) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    #[test]
    fn a_flag_has_the_colours_of_a_flag() {
        let pixels = (0..90).flat_map(|i| if i < 60 { [255, 0, 0] } else { [255, 255, 255] }).collect();
        let shares = dominant(&Raster { width: 9, height: 10, channels: 3, pixels }, 5);
        let told: Vec<(&str, f64)> = shares.iter().map(|s| (s.hex.as_str(), s.share)).collect();
        assert_eq!(told, [("#ff0000", 0.667), ("#ffffff", 0.333)]);
    }

    #[test]
    fn a_clear_picture_has_no_colour() {
        assert!(dominant(&Raster::filled(Size::new(3, 3), &[9, 9, 9, 0]), 5).is_empty());
    }
}
