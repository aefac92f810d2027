//! A page on the glass of a scanner, a copier or a fax machine.

use super::field::Field;
use super::strokes::{dots, soften, thin};
use crate::picture::Grey;
use crate::random::Random;

/// What made the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// A scanner for paper, in shades of grey.
    Scanner,
    /// A copier: black and white with clumps.
    Copier,
    /// A fax machine: black and white, coarse from line to line.
    Fax,
}

/// Wears a page by `hard`, 0 to 1.
pub(crate) fn scan(mut page: Grey, random: &mut Random, device: Device, hard: f64) -> Grey {
    if random.chance(0.3) {
        thin(&mut page, random.between(0.2, 1.0) * hard.max(0.3));
    } else if random.chance(0.15) {
        thin(&mut page, -random.between(0.2, 0.7) * hard);
    }
    if device == Device::Scanner && random.chance(0.1 * hard) {
        dots(&mut page, 4);
    }
    if random.chance(0.55) {
        let least = 1.0 - random.between(0.15, 0.6) * hard;
        fade(&mut page, random, least);
    }
    let slant = random.between(-0.0262, 0.0262) * if random.chance(0.7) { 1.0 } else { 0.15 };
    page = turned(&page, slant);
    match device {
        Device::Scanner => tone(&mut page, random, hard),
        Device::Copier => copy(&mut page, random, hard),
        Device::Fax => page = fax(page, random, hard),
    }
    dirt(&mut page, random, hard);
    page
}

/// Ink that is not everywhere equally black.
pub(super) fn fade(page: &mut Grey, random: &mut Random, least: f64) {
    let cells = random.between(4.0, 26.0);
    let field = Field::square(random, page.width, page.height, cells);
    let width = page.width;
    for (y, row) in page.data.chunks_exact_mut(width).enumerate() {
        for (pixel, strength) in row.iter_mut().zip(field.row(y, width)) {
            let ink = f64::from(255 - *pixel) * (least + (1.0 - least) * strength);
            *pixel = 255 - ink as u8;
        }
    }
}

/// Turned about its middle by an angle whose tangent is `slant`.
fn turned(page: &Grey, slant: f64) -> Grey {
    let cosine = 1.0 / (1.0 + slant * slant).sqrt();
    let sine = slant * cosine;
    let (cx, cy) = (page.width as f64 / 2.0, page.height as f64 / 2.0);
    let mut out = page.clone();
    out.change(|x, y, _| {
        let (dx, dy) = (x as f64 - cx, y as f64 - cy);
        page.at(cx + dx * cosine + dy * sine, cy - dx * sine + dy * cosine, 255) as u8
    });
    out
}

/// Grey paper, grey ink, a soft lens and noise.
fn tone(page: &mut Grey, random: &mut Random, hard: f64) {
    for _ in 0..random.whole(1, 2) {
        soften(page, random.between(0.1, 0.3 + 0.3 * hard));
    }
    let (paper, ink) = (random.between(218.0, 254.0), random.between(8.0, 70.0));
    let scale = (paper - ink) / 255.0;
    page.change(|_, _, v| (ink + f64::from(v) * scale) as u8);
    let noise = random.between(1.0, 10.0) * hard;
    page.grain(random, noise);
}

fn copy(page: &mut Grey, random: &mut Random, hard: f64) {
    soften(page, 0.5);
    page.grain(random, 6.0 + 26.0 * hard);
    let threshold = random.whole(150, 208) as u8;
    page.change(|_, _, v| if v < threshold { 18 } else { 250 });
}

fn fax(page: Grey, random: &mut Random, hard: f64) -> Grey {
    let coarse = random.between(1.15, 1.9);
    let mut out = page.clone();
    out.change(|x, y, _| page.at(x as f64, ((y as f64 / coarse).floor() + 0.5) * coarse, 255) as u8);
    out.grain(random, 12.0 + 30.0 * hard);
    let threshold = random.whole(135, 190) as u8;
    out.change(|_, _, v| if v < threshold { 0 } else { 255 });
    for _ in 0..random.below(4) {
        let begin = random.below(out.height) * out.width;
        let often = random.between(0.2, 0.7);
        for pixel in out.data[begin..].iter_mut().take(page.width) {
            if random.chance(often) {
                *pixel = 0;
            }
        }
    }
    out
}

/// Specks, a streak from the glass, the dark edge beyond the paper.
fn dirt(page: &mut Grey, random: &mut Random, hard: f64) {
    let share = random.pick(&[0.0, 0.00004, 0.0002, 0.0006]) * hard;
    let (width, height) = (page.width, page.height);
    for _ in 0..(page.data.len() as f64 * share) as usize {
        let size = random.pick(&[1, 1, 1, 2, 2, 3]);
        let (x, y) = (random.below(width.saturating_sub(size)), random.below(height.saturating_sub(size)));
        for row in 0..size {
            page.data[(y + row) * width + x..][..size].fill(25);
        }
    }
    if random.chance(0.15 * hard) {
        let x = random.below(width);
        for y in 0..height {
            if random.chance(0.7) {
                page.data[y * width + x] /= 2;
            }
        }
    }
    if random.chance(0.35 * hard) {
        edge(page, random);
    }
}

fn edge(page: &mut Grey, random: &mut Random) {
    let (width, most) = (page.width, page.width as f64 / 45.0);
    let (left, slope) = (random.chance(0.5), random.between(0.0, 0.01));
    let begin = random.between(0.2, 1.0) * most;
    for y in 0..page.height {
        let reach = ((begin + slope * y as f64) as usize).min(width / 20);
        for n in 0..reach {
            if random.chance(0.85) {
                let x = if left { n } else { width - 1 - n };
                page.data[y * width + x] = 12;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_page_has_its_middle_where_it_was() {
        let mut page = Grey { width: 101, height: 101, data: vec![255; 101 * 101] };
        page.data[50 * 101 + 50] = 0;
        page.data[50 * 101 + 90] = 0;
        let turned = turned(&page, 0.1);
        assert!(turned.data[50 * 101 + 50] < 100);
        assert_eq!(turned.data[50 * 101 + 90], 255);
    }

    #[test]
    fn copiers_and_fax_machines_know_two_shades() {
        let page = Grey { width: 64, height: 64, data: (0..64 * 64).map(|n| (n % 64 * 4) as u8).collect() };
        for device in [Device::Copier, Device::Fax] {
            let worn = scan(page.clone(), &mut Random::new("device", 1), device, 0.0);
            let mut shades = worn.data;
            shades.sort_unstable();
            shades.dedup();
            assert!(shades.len() <= 2, "{shades:?}");
        }
    }
}
