//! PNG, 8 bits a channel.

use gristmill_model::Problem;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::{Settings, failed};
use crate::raster::Raster;

pub(super) fn encode(picture: &Raster, settings: Settings<'_>) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    if let Some(exif) = settings.exif {
        encoder.set_exif_metadata(exif.to_vec()).map_err(failed)?;
    }
    let colour = if picture.has_alpha() { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
    encoder.write_image(&picture.pixels, picture.width, picture.height, colour).map_err(failed)?;
    Ok(bytes)
}
