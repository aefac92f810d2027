//! A page as a picture.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use crate::text::Scan;
use crate::{Limits, Refusal};

/// The longest side of a picture: the renderer counts pixels in 16 bits, and strips of 30,000 are more than anyone reads.
const LONGEST_SIDE: f64 = 30_000.0;

/// A page as a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Rows from the top, red, green and blue for each pixel, without gaps.
    pub rgb: Vec<u8>,
    /// Pixels an inch: less than was asked for when the page would have been too large. `72 / dpi` leads from pixels to points.
    pub dpi: f64,
    /// Something on the page could not be drawn (a picture, a font, or all of it): another renderer may do better.
    pub doubtful: bool,
}

pub(crate) fn raster(of: &Page<'_>, number: u32, dpi: f64, most_pixels: u64, limits: &Limits) -> Result<Raster, Refusal> {
    let scan = Scan::of(of);
    if scan.exhausted {
        return Err(Refusal::TooComplex { page: number });
    }
    let scale = scale(of.render_dimensions(), dpi, most_pixels).filter(|_| scan.picture_pixels <= limits.picture_pixels);
    let scale = scale.ok_or(Refusal::PageTooLarge { page: number })?;
    let missed = Arc::new(AtomicBool::new(false));
    let settings = InterpreterSettings { warning_sink: sink(&missed), ..Default::default() };
    let size = PixmapSettings { x_scale: scale as f32, y_scale: scale as f32, bg_color: WHITE };
    // Pictures are kept by the renderer until its cache goes, so each page has a cache of its own.
    let pixmap = hayro::render(of, &RenderCache::new(), &settings, &RenderSettings::default(), &size);
    let rgb: Vec<u8> = pixmap.data_as_u8_slice().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let doubtful = missed.load(Ordering::Relaxed) || scan.paints_ink() && rgb.iter().all(|&v| v == 255);
    Ok(Raster { width: pixmap.width().into(), height: pixmap.height().into(), rgb, dpi: scale * 72.0, doubtful })
}

fn sink(missed: &Arc<AtomicBool>) -> Arc<dyn Fn(InterpreterWarning) + Send + Sync> {
    let missed = Arc::clone(missed);
    Arc::new(move |warning| {
        if matches!(warning, InterpreterWarning::UnsupportedFont | InterpreterWarning::ImageDecodeFailure) {
            missed.store(true, Ordering::Relaxed);
        }
    })
}

/// Pixels a point; none when that makes no picture. The renderer multiplies and rounds down without a look, so a page of a kilometre
/// would take sixteen gigabytes if this did not stop it.
fn scale((width, height): (f32, f32), dpi: f64, most_pixels: u64) -> Option<f64> {
    let (width, height) = (f64::from(width), f64::from(height));
    let wanted = dpi / 72.0;
    let pixels = width * height * wanted * wanted;
    let fitting = wanted * (most_pixels as f64 / pixels).sqrt().min(1.0);
    let scale = fitting.min(LONGEST_SIDE / width.max(height));
    (scale.is_finite() && width * scale >= 1.0 && height * scale >= 1.0).then_some(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_made_smaller_until_it_fits() {
        let a4 = (595.0, 842.0);
        assert_eq!(scale(a4, 144.0, 100_000_000), Some(2.0));
        let fitted = scale(a4, 144.0, 595 * 842).unwrap();
        assert!((fitted - 1.0).abs() < 1e-9, "{fitted}");
        assert_eq!(scale((60_000.0, 100.0), 72.0, 100_000_000), Some(0.5));
    }

    #[test]
    fn a_page_that_makes_no_pixel_is_none() {
        assert_eq!(scale((14_400_000.0, 1.0), 300.0, 100_000_000), None);
        assert_eq!(scale((f32::INFINITY, 1.0), 300.0, 100_000_000), None);
        assert_eq!(scale((f32::NAN, 1.0), 300.0, 100_000_000), None);
        assert_eq!(scale((100.0, 100.0), 300.0, 0), None);
    }
}
