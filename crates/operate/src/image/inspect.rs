//! What an image's headers say of it, without decoding its pixels.

use serde::{Deserialize, Serialize};

/// What the headers say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// Short stable name: `jpeg`, `png`, `webp`, `gif`, `tiff`, `bmp`, `heic`, `avif`.
    pub format: String,
    /// Width in pixels as stored, before the orientation is applied.
    pub width: u32,
    /// Height in pixels as stored, before the orientation is applied.
    pub height: u32,
    /// Frames of an animation; 1 for a still picture.
    pub frames: u32,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// Bits of one channel.
    pub bits: u8,
    /// EXIF orientation, 1..=8; 1 is upright.
    pub orientation: u8,
    /// The name of the embedded colour profile, if there is one.
    pub icc: Option<String>,
    /// Pages of a multi-page file; 1 otherwise.
    pub pages: u32,
}
