//! Baseline JPEG, 4:2:0, by libjpeg-turbo. Its standard Huffman tables cost about 2 % in size and save a pass.

use gristmill_model::Problem;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::{Settings, check_side, failed};
use crate::raster::Raster;

pub(super) fn encode(picture: &Raster, settings: Settings<'_>) -> Result<Vec<u8>, Problem> {
    check_side(picture, 65_500, "JPEG")?;
    let flat;
    let pixels = if picture.has_alpha() {
        flat = picture.flattened(settings.background);
        &flat[..]
    } else {
        &picture.pixels[..]
    };
    let mut compressor = Compressor::new().map_err(failed)?;
    compressor.set_quality(settings.quality.into()).map_err(failed)?;
    compressor.set_subsamp(Subsamp::Sub2x2).map_err(failed)?;
    compressor.set_optimize(true).map_err(failed)?;
    let image = Image {
        pixels,
        width: picture.width as usize,
        pitch: picture.width as usize * 3,
        height: picture.height as usize,
        format: PixelFormat::RGB,
    };
    let jpeg = compressor.compress_to_vec(image).map_err(failed)?;
    Ok(match settings.exif {
        Some(exif) => with_exif(&jpeg, exif),
        None => jpeg,
    })
}

/// Puts an APP1 segment right after the start of the image; a block too long for a segment is left out.
fn with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    let body = [b"Exif\0\0", exif].concat();
    match (u16::try_from(body.len() + 2), jpeg.split_at_checked(2)) {
        (Ok(length), Some((start, rest))) => [start, &[0xff, 0xe1], &length.to_be_bytes(), &body, rest].concat(),
        _ => jpeg.to_vec(),
    }
}
