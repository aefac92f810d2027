//! A page as pixels: drawn, decoded, turned as its file says, laid straight for people.

use std::fs::File;

use gristmill_layout::Matrix;
use gristmill_model::Problem;
use gristmill_ocr::{Pixels, straighten::warp};
use gristmill_picture::{Encoding, Raster, Settings, Size, Wanted, decode, decode_eighths, encode, place};

use super::super::wire::{Shown, Taken};
use super::source::{self, Source};
use super::{bug, refused};
use crate::child::write_all;

/// The longest side of a WebP.
const MOST_SIDE: f64 = 16_383.0;

/// A page as pixels, on white.
pub(super) fn take(source: &mut Source, page: u32, dpi: f64, most_pixels: u64) -> Result<(Pixels, Taken), Problem> {
    let (pixels, scale, doubtful) = match source {
        Source::Pdf(pdf) => {
            let raster = pdf.raster(page, dpi, most_pixels).map_err(|r| refused(&r))?;
            (pixels(raster.width, raster.height, raster.rgb)?, raster.dpi / 72.0, raster.doubtful)
        }
        Source::Picture { bytes, limits, .. } => {
            let (bytes, headers) = source::page(bytes, page, limits)?;
            let full = headers.orientation.upright_size(headers.size);
            let wanted = fitting(full, most_pixels);
            let decoded = decode(&bytes, headers.format, &|_| {
                decode_eighths(full, &[place(full, Wanted { width: Some(wanted.width), height: Some(wanted.height), ..Wanted::default() })])
            })?;
            let upright = headers.orientation.apply(decoded.raster);
            let (width, height) = (upright.width, upright.height);
            let flat = pixels(width, height, upright.flattened([255; 3]))?;
            let scale = f64::from(wanted.width) / f64::from(full.width);
            let shrink = f64::from(wanted.width) / f64::from(width);
            let flat = if shrink < 0.999 { warp(&flat, Matrix::scale(shrink, shrink), (wanted.width, wanted.height)) } else { flat };
            (flat, scale, false)
        }
    };
    let taken = Taken { width: pixels.width, height: pixels.height, scale, doubtful };
    Ok((pixels, taken))
}

/// The size at which a picture has at most so many pixels.
fn fitting(full: Size, most_pixels: u64) -> Size {
    let shrink = (most_pixels as f64 / full.pixels().max(1) as f64).sqrt().min(1.0);
    let side = |s: u32| ((f64::from(s) * shrink).round() as u32).max(1);
    Size::new(side(full.width), side(full.height))
}

fn pixels(width: u32, height: u32, rgb: Vec<u8>) -> Result<Pixels, Problem> {
    Pixels::new(width, height, rgb).ok_or_else(|| bug("a page was drawn with too few pixels".to_owned()))
}

/// The same laid straight, `size` units of the straightened page wide and high.
pub(super) fn straight(pixels: Pixels, scale: f64, size: Option<(f64, f64)>, straightened: Option<Matrix>) -> Pixels {
    let (Some(matrix), Some((width, height))) = (straightened, size) else { return pixels };
    let there = Matrix::scale(1.0 / scale, 1.0 / scale).then(matrix).then(Matrix::scale(scale, scale));
    let side = |units: f64| (units * scale).round().clamp(1.0, MOST_SIDE) as u32;
    warp(&pixels, there, (side(width), side(height)))
}

/// Writes the page as people see it.
pub(super) fn show(pixels: Pixels, quality: u8, out: &File) -> Result<Shown, Problem> {
    let (width, height) = (pixels.width, pixels.height);
    let raster = Raster { width, height, channels: 3, pixels: pixels.rgb };
    let settings = Settings { quality, background: [255; 3], exif: None };
    write_all(out, &encode(&raster, Encoding::Webp, settings)?)?;
    Ok(Shown { width, height })
}

/// How well a JPEG for other readers is packed, from the best.
const QUALITIES: [u8; 3] = [88, 70, 50];

/// Writes pixels as the best JPEG of so many bytes, or as the smallest.
pub(super) fn pack(pixels: Pixels, most_bytes: u64, out: &File) -> Result<(), Problem> {
    let raster = Raster { width: pixels.width, height: pixels.height, channels: 3, pixels: pixels.rgb };
    let mut packed = Vec::new();
    for quality in QUALITIES {
        packed = encode(&raster, Encoding::Jpeg, Settings { quality, background: [255; 3], exif: None })?;
        if packed.len() as u64 <= most_bytes {
            break;
        }
    }
    write_all(out, &packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_photo_is_made_to_fit_and_a_small_one_is_left() {
        assert_eq!(fitting(Size::new(4000, 3000), 3_000_000), Size::new(2000, 1500));
        assert_eq!(fitting(Size::new(40, 30), 3_000_000), Size::new(40, 30));
    }
}
