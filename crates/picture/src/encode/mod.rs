//! From sRGB pixels to the bytes of a result.

mod avif;
mod jpeg;
mod png;
mod riff;
mod webp;
mod webp_animation;

pub use webp_animation::WebpAnimation;

use gristmill_model::{Fault, Problem};

use super::format::Encoding;
use super::raster::Raster;

/// What an encoder is told besides the pixels.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// 1..=100.
    pub quality: u8,
    /// Under what alpha is laid where the format has none.
    pub background: [u8; 3],
    /// A TIFF-structured EXIF block to embed; none strips everything.
    pub exif: Option<&'a [u8]>,
}

/// Encodes one still picture.
///
/// # Errors
/// Fault `Tool` with code `image_encode_failed`, or `Limit` where the format cannot hold the size.
pub fn encode(picture: &Raster, encoding: Encoding, settings: Settings<'_>) -> Result<Vec<u8>, Problem> {
    match encoding {
        Encoding::Jpeg => jpeg::encode(picture, settings),
        Encoding::Png => png::encode(picture, settings),
        Encoding::Webp => webp::encode(picture, settings),
        Encoding::Avif => avif::encode(picture, settings),
    }
}

fn failed(detail: impl std::fmt::Display) -> Problem {
    Problem::new(Fault::Tool, "image_encode_failed", format!("A result could not be encoded ({detail}); the step is tried again."))
}

/// Refuses a side the format cannot express.
fn check_side(picture: &Raster, most: u32, format: &str) -> Result<(), Problem> {
    if picture.width.max(picture.height) <= most {
        return Ok(());
    }
    let message = format!(
        "A {format} can be at most {most} pixels a side and the result would be {}x{}. Ask for a smaller size or another format.",
        picture.width, picture.height
    );
    Err(Problem::new(Fault::Limit, "result_too_large", message))
}
