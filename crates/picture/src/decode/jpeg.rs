//! JPEG by libjpeg-turbo, scaled down in the inverse DCT when a smaller result is all that is wanted.

use gristmill_model::Problem;
use turbojpeg::{Colorspace, DecompressHeader, Decompressor, Image, PixelFormat, ScalingFactor};

use super::{Decoded, damaged, read_segments, truncated};
use crate::colour::{self, Source};
use crate::geometry::Size;

/// A progressive file may repeat scans without end; honest encoders stay below about 15.
const MOST_SCANS: u32 = 200;

/// What the header says.
///
/// # Errors
/// `image_damaged`, also for a file that has markers but no picture.
pub(crate) fn header(bytes: &[u8]) -> Result<DecompressHeader, Problem> {
    turbojpeg::read_header(bytes).map_err(damaged)
}

/// Decodes at the scale that `eighths` gives for the full size.
pub(super) fn decode(bytes: &[u8], eighths: &dyn Fn(Size) -> u32) -> Result<Decoded, Problem> {
    let mut decoder = Decompressor::new().map_err(damaged)?;
    decoder.set_scan_limit(MOST_SCANS).map_err(damaged)?;
    let head = decoder.read_header(bytes).map_err(damaged)?;
    let eighths = if head.is_lossless { 8 } else { eighths(Size::new(head.width as u32, head.height as u32)) };
    decoder.set_scaling_factor(ScalingFactor::new(eighths as usize, 8)).map_err(damaged)?;
    let format = match head.colorspace {
        Colorspace::CMYK | Colorspace::YCCK => PixelFormat::CMYK,
        Colorspace::Gray => PixelFormat::GRAY,
        _ => PixelFormat::RGB,
    };
    let scaled = head.scaled(ScalingFactor::new(eighths as usize, 8));
    let mut pixels = vec![0; scaled.width * scaled.height * format.size()];
    let image = Image { pixels: &mut pixels[..], width: scaled.width, pitch: scaled.width * format.size(), height: scaled.height, format };
    let warnings = tolerate(decoder.decompress(bytes, image))?;
    let size = Size::new(scaled.width as u32, scaled.height as u32);
    let (raster, colours) = to_srgb(bytes, size, format, pixels)?;
    Ok(Decoded { raster, colours, eighths, warnings })
}

fn to_srgb(bytes: &[u8], size: Size, format: PixelFormat, mut pixels: Vec<u8>) -> Result<(crate::raster::Raster, String), Problem> {
    let segments = read_segments(bytes);
    let source = match format {
        PixelFormat::CMYK => Source::Cmyk,
        PixelFormat::GRAY => Source::Grey,
        _ => Source::Rgb,
    };
    if source == Source::Cmyk && segments.adobe {
        pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    colour::to_srgb(size, source, pixels, segments.icc.as_deref())
}

/// libjpeg-turbo goes on after a warning and fills what is missing with grey; such a picture is better than none, and is told.
fn tolerate(result: turbojpeg::Result<()>) -> Result<Vec<String>, Problem> {
    let Err(error) = result else { return Ok(Vec::new()) };
    let text = error.to_string();
    if text.contains("Premature end") {
        Ok(vec!["The JPEG ends before its last pixel; what is missing is grey.".to_owned()])
    } else if text.contains("Corrupt JPEG data") || text.contains("Invalid SOS parameters") || text.contains("Inconsistent progression") {
        Ok(vec!["The JPEG has damaged parts; some pixels may be wrong.".to_owned()])
    } else if text.contains("empty input") || text.contains("no image") {
        Err(truncated())
    } else {
        Err(damaged(text))
    }
}
