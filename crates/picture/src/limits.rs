//! How much picture we take on, judged from headers before a pixel is decoded.

use gristmill_model::{Fault, Problem};
use serde::{Deserialize, Serialize};

use super::geometry::Size;

/// Bounds on what is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelLimits {
    /// Pixels of one frame.
    pub pixels: u64,
    /// Pixels of either side.
    pub side: u32,
    /// Frames of an animation.
    pub frames: u32,
    /// Frames times pixels of one frame.
    pub animated_pixels: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
}

impl Default for PixelLimits {
    /// 100 megapixels is the largest camera sold; 30,000 a side lets a long screenshot or scan pass. 1,000 frames and 500
    /// megapixels over all of them is half a minute of one core.
    fn default() -> Self {
        Self { pixels: 100_000_000, side: 30_000, frames: 1_000, animated_pixels: 500_000_000, file_bytes: 256 << 20 }
    }
}

impl PixelLimits {
    /// Whether a picture of this size may be decoded.
    ///
    /// # Errors
    /// `image_too_large`, or `image_empty` for a picture without pixels.
    pub fn check_size(&self, size: Size) -> Result<(), Problem> {
        if size.width == 0 || size.height == 0 {
            return Err(Problem::new(
                Fault::Input,
                "image_empty",
                "The image says it has no pixels. Export it again and upload the new file.",
            ));
        }
        if size.width > self.side || size.height > self.side || size.pixels() > self.pixels {
            return Err(self.too_large(size));
        }
        Ok(())
    }

    /// Whether an animation of this many frames may be decoded.
    ///
    /// # Errors
    /// `animation_too_long`.
    pub fn check_frames(&self, size: Size, frames: u32) -> Result<(), Problem> {
        if frames > 1 && (frames > self.frames || size.pixels().saturating_mul(frames.into()) > self.animated_pixels) {
            return Err(Problem::new(
                Fault::Limit,
                "animation_too_long",
                format!(
                    "The animation has {frames} frames of {}x{} pixels; the limit is {} frames and {} megapixels in all. Upload a shorter or smaller one, or ask for `animation` = \"first\".",
                    size.width,
                    size.height,
                    self.frames,
                    self.animated_pixels / 1_000_000
                ),
            ));
        }
        Ok(())
    }

    fn too_large(&self, size: Size) -> Problem {
        Problem::new(
            Fault::Limit,
            "image_too_large",
            format!(
                "The image is {}x{} pixels; the limit is {} megapixels and {} pixels a side. Upload a smaller version.",
                size.width,
                size.height,
                self.pixels / 1_000_000,
                self.side
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(width: u32, height: u32) -> Option<String> {
        PixelLimits::default().check_size(Size::new(width, height)).err().map(|p| p.code)
    }

    #[test]
    fn a_bomb_is_refused_and_a_large_photo_is_not() {
        assert_eq!(code(30_000, 30_000).as_deref(), Some("image_too_large"));
        assert_eq!(code(u32::MAX, u32::MAX).as_deref(), Some("image_too_large"));
        assert_eq!(code(30_001, 1).as_deref(), Some("image_too_large"));
        assert_eq!(code(0, 5).as_deref(), Some("image_empty"));
        assert_eq!(code(11_648, 8_736 - 200), None);
    }

    #[test]
    fn frames_times_pixels_has_a_budget_of_its_own() {
        let limits = PixelLimits::default();
        assert!(limits.check_frames(Size::new(1000, 1000), 500).is_ok());
        assert!(limits.check_frames(Size::new(1000, 1000), 501).is_err());
        assert!(limits.check_frames(Size::new(1, 1), 1001).is_err());
        assert!(limits.check_frames(Size::new(10_000, 10_000), 1).is_ok());
    }
}
