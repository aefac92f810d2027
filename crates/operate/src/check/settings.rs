//! The options of `file.check` and what each limits.

use serde::Deserialize;

/// Limits a file must keep. The figures are for uploads by people; see the guide for how to raise them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// Size of the file.
    pub(super) max_bytes: u64,
    /// How long sound or video may last.
    pub(super) max_duration_seconds: u64,
    /// Pixels of one picture, and of one frame of a video.
    pub(super) max_pixels: u64,
    /// The longer side, in pixels.
    pub(super) max_side: u32,
    /// The shorter side, in pixels.
    pub(super) min_side: u32,
    /// Streams in a container.
    pub(super) max_streams: usize,
    /// Frames of an animated picture.
    pub(super) max_frames: u32,
    /// Pages of a document.
    pub(super) max_pages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_bytes: 20 << 30,
            max_duration_seconds: 6 * 3600,
            max_pixels: 100_000_000,
            max_side: 16_384,
            min_side: 1,
            max_streams: 32,
            max_frames: 1000,
            max_pages: 10_000,
        }
    }
}

impl Settings {
    /// Whether the values can be kept by any file. The error back-quotes the option.
    pub(super) fn check(&self) -> Result<(), String> {
        let zeros = [
            ("max_bytes", self.max_bytes),
            ("max_duration_seconds", self.max_duration_seconds),
            ("max_pixels", self.max_pixels),
            ("max_side", self.max_side.into()),
            ("max_streams", self.max_streams as u64),
            ("max_frames", self.max_frames.into()),
            ("max_pages", self.max_pages.into()),
        ];
        if let Some((name, _)) = zeros.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must be at least 1"));
        }
        if self.min_side > self.max_side {
            return Err(format!("`min_side` ({}) must not be above max_side ({})", self.min_side, self.max_side));
        }
        Ok(())
    }
}
