//! Still WebP by libwebp, lossy, with lossless alpha.

use gristmill_model::Problem;

use super::riff::{self, Features};
use super::{Settings, check_side, failed};
use crate::raster::Raster;

/// The longest side of a WebP (RFC 9649, section 1).
pub(super) const MOST_SIDE: u32 = 16_383;

pub(super) fn encode(picture: &Raster, settings: Settings<'_>) -> Result<Vec<u8>, Problem> {
    let bytes = lossy(picture, settings.quality)?;
    let Some(exif) = settings.exif else { return Ok(bytes) };
    let features = Features { alpha: picture.has_alpha(), exif: true, animation: false };
    Ok(riff::file(
        &[riff::extended(picture.width, picture.height, features), riff::picture_chunks(&bytes), riff::chunk(b"EXIF", exif)].concat(),
    ))
}

/// The bytes of a plain file.
pub(super) fn lossy(picture: &Raster, quality: u8) -> Result<Vec<u8>, Problem> {
    check_side(picture, MOST_SIDE, "WebP")?;
    let encoder = if picture.has_alpha() {
        webp::Encoder::from_rgba(&picture.pixels, picture.width, picture.height)
    } else {
        webp::Encoder::from_rgb(&picture.pixels, picture.width, picture.height)
    };
    let bytes = encoder.encode_simple(false, f32::from(quality)).map_err(|e| failed(format!("{e:?}")))?;
    Ok(bytes.to_vec())
}
