//! The frames of an animated GIF, WebP or APNG, composed and one at a time.

use std::io::Cursor;

use gristmill_model::Problem;
use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;

use super::still::{open, problem};
use crate::colour::{self, Source};
use crate::format::Format;
use crate::geometry::Size;
use crate::raster::Raster;

/// One composed frame and how long it stays.
#[derive(Debug)]
pub struct Frame {
    /// Its pixels.
    pub raster: Raster,
    /// How long it is shown.
    pub milliseconds: u32,
}

/// Frames in order.
pub struct Frames<'a> {
    frames: image::Frames<'a>,
    icc: Option<Vec<u8>>,
}

impl<'a> Frames<'a> {
    /// Starts at the first frame.
    ///
    /// # Errors
    /// `image_damaged` or `image_truncated`.
    pub fn open(bytes: &'a [u8], format: Format) -> Result<Self, Problem> {
        let icc = open(bytes, format)?.icc;
        let reader = Cursor::new(bytes);
        let frames = match format {
            Format::Gif => GifDecoder::new(reader).map_err(problem)?.into_frames(),
            Format::Webp => WebPDecoder::new(reader).map_err(problem)?.into_frames(),
            _ => PngDecoder::new(reader).and_then(PngDecoder::apng).map_err(problem)?.into_frames(),
        };
        Ok(Self { frames, icc })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = match self.frames.next()? {
            Ok(frame) => frame,
            Err(error) => return Some(Err(problem(error))),
        };
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let milliseconds = shown(numerator / denominator.max(1));
        let buffer = frame.into_buffer();
        let size = Size::new(buffer.width(), buffer.height());
        let raster = colour::to_srgb(size, Source::Rgba, buffer.into_raw(), self.icc.as_deref());
        Some(raster.map(|(raster, _)| Frame { raster, milliseconds }))
    }
}

/// A delay of a hundredth of a second or less is shown as a tenth by every browser, and meant so by the files that have it.
fn shown(milliseconds: u32) -> u32 {
    if milliseconds <= 10 { 100 } else { milliseconds }
}
