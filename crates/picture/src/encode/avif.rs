//! AVIF by rav1e, on the calling thread alone: the pool already uses every core.

use gristmill_model::Problem;
use ravif::{Encoder, Img, RGB8, RGBA8};

use super::{Settings, check_side, failed};
use crate::raster::Raster;

/// rav1e's presets go from 1 (slow) to 10. 8 is the slowest that keeps a 2-megapixel picture near a second of one core.
const SPEED: u8 = 8;

/// The longest side; a 12-megapixel AVIF already takes many seconds of one core.
const MOST_SIDE: u32 = 8_192;

pub(super) fn encode(picture: &Raster, settings: Settings<'_>) -> Result<Vec<u8>, Problem> {
    check_side(picture, MOST_SIDE, "AVIF")?;
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut encoder = Encoder::new()
        .with_quality(f32::from(settings.quality))
        .with_alpha_quality(f32::from(settings.quality))
        .with_speed(SPEED)
        .with_num_threads(Some(1));
    if let Some(exif) = settings.exif {
        encoder = encoder.with_exif(exif.to_vec());
    }
    let encoded = if picture.has_alpha() {
        let pixels: Vec<RGBA8> = picture.pixels.chunks_exact(4).map(|p| RGBA8::new(p[0], p[1], p[2], p[3])).collect();
        encoder.encode_rgba(Img::new(&pixels, width, height))
    } else {
        let pixels: Vec<RGB8> = picture.pixels.chunks_exact(3).map(|p| RGB8::new(p[0], p[1], p[2])).collect();
        encoder.encode_rgb(Img::new(&pixels, width, height))
    };
    encoded.map(|e| e.avif_file).map_err(failed)
}
