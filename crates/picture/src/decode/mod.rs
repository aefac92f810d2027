//! From bytes to upright-able sRGB pixels: JPEG by libjpeg-turbo, the rest by the `image` crate.

mod frames;
mod jpeg;
mod palette_tiff;
mod segments;
mod still;

pub use frames::{Frame, Frames};
pub(crate) use segments::read_segments;

use gristmill_model::{Fault, Problem};

use super::format::Format;
use super::geometry::Size;
use super::raster::Raster;

/// A decoded picture, still turned as it was stored.
#[derive(Debug)]
pub struct Decoded {
    /// Its pixels.
    pub raster: Raster,
    /// What was done to its colours: `srgb`, or `icc: <name>`, `cmyk`.
    pub colours: String,
    /// The scale it was decoded at, in eighths of its full size.
    pub eighths: u32,
    /// What an owner should know: "the file ends early".
    pub warnings: Vec<String>,
}

/// Decodes the first frame or page. `eighths` tells, from the full size, at which scale; only JPEG has another than 8.
///
/// # Errors
/// Fault `Input`: damaged, or of a variant that is not read.
pub fn decode(bytes: &[u8], format: Format, eighths: &dyn Fn(Size) -> u32) -> Result<Decoded, Problem> {
    match format {
        Format::Jpeg => jpeg::decode(bytes, eighths),
        _ => still::decode(bytes, format),
    }
}

pub(crate) use jpeg::header as jpeg_header;
pub(crate) use still::open;

/// The refusal of a picture whose content cannot be decoded.
pub fn damaged(detail: impl std::fmt::Display) -> Problem {
    Problem::new(
        Fault::Input,
        "image_damaged",
        format!("The image is damaged and cannot be decoded{}. Export it again and upload the new file.", brief(&detail.to_string())),
    )
}

/// The refusal of a picture that ends too early.
pub(crate) fn truncated() -> Problem {
    Problem::new(
        Fault::Input,
        "image_truncated",
        "The image ends before its last pixel; the upload or an earlier copy was cut off. Upload the whole file.",
    )
}

/// A codec's own words in brackets, if they are words: not its structures, and nothing of the file's bytes.
fn brief(detail: &str) -> String {
    let wordy = |c: char| c.is_ascii_alphanumeric() || " .,:;'-_/".contains(c);
    let detail = detail.trim();
    if detail.is_empty() || detail.len() > 120 || !detail.chars().all(wordy) { String::new() } else { format!(" ({detail})") }
}
