//! Finds the lines of a page, whichever way they run.

use std::ops::{Range, RangeInclusive};

use crate::network::Network;
use crate::pixels::Pixels;
use crate::regions::TextMap;
use crate::slanted::Slanted;
use crate::upright;

/// The network takes sides in steps of this.
const STEP: f64 = 32.0;
/// The shorter side is brought to at least this: small print in a small picture is found better when it is larger.
const SHORT_SIDE: f64 = 640.0;
/// A page is looked at in so many pixels: 10-point print on A4 has lines of 14 then. Of print of 5 points two letters in 9,400 were
/// misread; with 850,000 pixels, 41.
const MOST_PIXELS: f64 = 1_000_000.0;
/// No more of them are looked at together: memory grows by about 170 bytes for each.
const BAND_PIXELS: f64 = 850_000.0;
/// Nor is a side of that picture longer.
const LONGEST_SIDE: f64 = 3_200.0;
/// A page so many times as high as wide is a strip, which gets so many times the pixels, so that its print stays large.
const STRIP: f64 = 2.5;
const STRIP_TIMES: f64 = 4.0;
/// Bands overlap by so many pixels of the network's picture: more than a headline is high.
const OVERLAP: f64 = 128.0;

/// Rectangles around the lines of a page, in its pixels; in no order, each along its longer side.
pub(crate) fn lines(network: &Network, page: &Pixels) -> Result<Vec<Slanted>, String> {
    let (width, height) = page.size();
    let bands = bands(width, height);
    let mut found: Vec<Slanted> = Vec::new();
    for band in &bands {
        let lines = lines_of(network, page, band)?;
        if bands.len() > 1 && upright::is_sideways(&lines) {
            // Bands would cut them through.
            return lines_of(network, page, &whole(width, height));
        }
        let ours = lines.into_iter().filter(|line| band.core.contains(&line.centre.1));
        // Bands share a little of their cores, lest a line falls between two of them; what both found counts once.
        let new: Vec<Slanted> =
            ours.filter(|line| !found.iter().any(|known| known.holds(line.centre) && line.holds(known.centre))).collect();
        found.extend(new);
    }
    Ok(found)
}

/// A part of a page from edge to edge.
#[derive(Debug, Clone, PartialEq)]
struct Band {
    /// First row and the one after the last.
    rows: (u32, u32),
    /// Lines whose middle is here are this band's.
    core: RangeInclusive<f64>,
    /// Width and height of the network's picture of it, whole steps.
    size: (u32, u32),
}

fn bands(width: f64, height: f64) -> Vec<Band> {
    let scale = scale(width, height, if height > STRIP * width { STRIP_TIMES } else { 1.0 });
    let count = (width * height * scale * scale / BAND_PIXELS - 0.01).ceil().max(1.0);
    (0..count as u32).map(|number| band(width, height, scale, f64::from(number) / count..f64::from(number + 1) / count)).collect()
}

/// The page as one band.
fn whole(width: f64, height: f64) -> Band {
    band(width, height, scale(width, height, 1.0), 0.0..1.0)
}

/// Pixels of the network's picture for one of the page, which may have so many times the pixels of a common one.
fn scale(width: f64, height: f64, times: f64) -> f64 {
    let enlarged = (SHORT_SIDE / width.min(height)).max(1.0);
    let bounded = (MOST_PIXELS * times / (width * height)).sqrt().min(LONGEST_SIDE / width).min(LONGEST_SIDE * times / height);
    enlarged.min(bounded)
}

/// The band whose core is this part of the page's height.
fn band(width: f64, height: f64, scale: f64, part: Range<f64>) -> Band {
    let (overlap, share) = (OVERLAP / scale / 2.0, 8.0 / scale);
    let stepped = |side: f64| ((side * scale / STEP).round().max(1.0) * STEP) as u32;
    let (top, bottom) = (height * part.start, height * part.end);
    let rows = ((top - overlap).max(0.0).floor(), (bottom + overlap).min(height).ceil());
    // What lies at an edge of the page is the outer band's.
    let core = if part.start > 0.0 { top - share } else { f64::MIN }..=if part.end < 1.0 { bottom + share } else { f64::MAX };
    Band { rows: (rows.0 as u32, rows.1 as u32), core, size: (stepped(width), stepped(rows.1 - rows.0)) }
}

fn lines_of(network: &Network, page: &Pixels, band: &Band) -> Result<Vec<Slanted>, String> {
    let (top, bottom) = band.rows;
    let small = page.rows_resized(top, bottom, band.size.0, band.size.1);
    let shape = [1, 3, small.height as usize, small.width as usize];
    let values = planes(&small.rgb);
    drop(small);
    let ([_, _, rows, columns], sure) = network.run::<4>(shape, values)?;
    if sure.len() != rows * columns || rows == 0 || columns == 0 {
        return Err("its map has not the form of its picture".into());
    }
    let scale = (page.size().0 / columns as f64, f64::from(bottom - top) / rows as f64);
    let map = TextMap { width: columns, height: rows, sure };
    let lines = map.regions().into_iter().map(|line| line.scaled(scale.0, scale.1));
    Ok(lines.map(|line| Slanted { centre: (line.centre.0, line.centre.1 + f64::from(top)), ..line }).collect())
}

/// Blue, green and red planes (the order the model was trained in), from -1 to 1.
fn planes(rgb: &[u8]) -> Vec<f32> {
    let plane = |channel: usize| rgb.iter().skip(channel).step_by(3).map(|&v| f32::from(v) / 127.5 - 1.0);
    plane(2).chain(plane(1)).chain(plane(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_pictures_are_enlarged_and_large_ones_made_smaller() {
        assert_eq!(whole(320.0, 640.0).size, (640, 1280));
        let page = whole(2480.0, 3508.0);
        assert!(f64::from(page.size.0 * page.size.1) < MOST_PIXELS * 1.03, "{page:?}");
    }

    #[test]
    fn a_long_receipt_is_looked_at_in_bands_that_overlap() {
        let bands = bands(500.0, 4000.0);
        assert!(bands.len() > 1 && bands.iter().all(|b| b.size.0 == 640), "{bands:?}");
        assert_eq!((bands[0].rows.0, bands[bands.len() - 1].rows.1), (0, 4000));
        for pair in bands.windows(2) {
            assert!(pair[0].rows.1 > pair[1].rows.0 + 60 && pair[0].core.end() > pair[1].core.start(), "{bands:?}");
        }
    }

    #[test]
    fn planes_are_blue_green_red() {
        assert_eq!(planes(&[255, 0, 0, 0, 0, 255]), [-1.0, 1.0, -1.0, -1.0, 1.0, -1.0]);
    }

    proptest! {
        #[test]
        fn no_page_is_looked_at_in_too_many_pixels(width in 1u32..65_500, height in 1u32..65_500) {
            let bands = bands(f64::from(width), f64::from(height));
            prop_assert!(bands.len() <= 8);
            for band in bands {
                let pixels = u64::from(band.size.0) * u64::from(band.size.1);
                prop_assert!(band.rows.0 < band.rows.1 && band.rows.1 <= height);
                prop_assert!(band.size.0 % 32 == 0 && band.size.1 % 32 == 0);
                prop_assert!(pixels < 2_600_000, "{:?}", band);
            }
        }
    }
}
