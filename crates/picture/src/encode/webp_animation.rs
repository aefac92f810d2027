//! Animated WebP (RFC 9649, section 2.7.1.1), written frame by frame so that one frame is in memory at a time.
//!
//! Every frame of the source stays a frame of the result with its own duration. A frame is stored as the rectangle in which it
//! differs from the one before and overwrites it; an unchanged frame is stored as its first two by two pixels.

use gristmill_model::Problem;

use super::riff::{self, Features};
use super::webp::lossy;
use crate::geometry::Size;
use crate::raster::Raster;

/// Do not blend: the rectangle replaces what was there. Disposal stays "keep".
const OVERWRITE: u8 = 0b10;

/// An animation in the making.
pub struct WebpAnimation {
    quality: u8,
    loops: u16,
    chunks: Vec<u8>,
    last: Option<Raster>,
    alpha: bool,
}

impl WebpAnimation {
    /// An animation that plays `loops` times; 0 is for ever.
    pub fn new(quality: u8, loops: u16) -> Self {
        Self { quality, loops, chunks: Vec::new(), last: None, alpha: false }
    }

    /// Appends a frame; all must have the size of the first.
    ///
    /// # Errors
    /// As [`super::encode`].
    pub fn push(&mut self, frame: Raster, milliseconds: u32) -> Result<(), Problem> {
        let frame = frame.into_rgba();
        self.alpha |= frame.pixels.chunks_exact(4).any(|p| p[3] != 255);
        let (left, top, size) = self.last.as_ref().map_or((0, 0, frame.size()), |last| changed(last, &frame));
        let part = cut(&frame, left, top, size).without_needless_alpha();
        let picture = riff::picture_chunks(&lossy(&part, self.quality)?);
        let body = [&header(left, top, size, milliseconds)[..], &picture].concat();
        self.chunks.extend_from_slice(&riff::chunk(b"ANMF", &body));
        self.last = Some(frame);
        Ok(())
    }

    /// The whole file.
    pub fn finish(self) -> Vec<u8> {
        let size = self.last.as_ref().map_or(Size::new(1, 1), Raster::size);
        let features = Features { alpha: self.alpha, animation: true, exif: false };
        let loops = self.loops.to_le_bytes();
        let control = riff::chunk(b"ANIM", &[0, 0, 0, 0, loops[0], loops[1]]);
        riff::file(&[riff::extended(size.width, size.height, features), control, self.chunks].concat())
    }
}

fn header(left: u32, top: u32, size: Size, milliseconds: u32) -> Vec<u8> {
    let numbers = [left / 2, top / 2, size.width - 1, size.height - 1, milliseconds.min(0xff_ffff)];
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()[..3].to_vec()).collect();
    bytes.push(OVERWRITE);
    bytes
}

/// The rectangle in which two frames differ, its corner on even numbers as the format wants it.
fn changed(before: &Raster, after: &Raster) -> (u32, u32, Size) {
    let row = after.width as usize * 4;
    let pairs = || before.pixels.chunks_exact(row).zip(after.pixels.chunks_exact(row));
    let Some(top) = pairs().position(|(a, b)| a != b) else {
        return (0, 0, Size::new(after.width.min(2), after.height.min(2)));
    };
    let bottom = pairs().rposition(|(a, b)| a != b).unwrap_or(top);
    let (mut left, mut right) = (after.width as usize - 1, 0);
    for (a, b) in pairs().skip(top).take(bottom + 1 - top) {
        let differs = |x: &usize| a[x * 4..x * 4 + 4] != b[x * 4..x * 4 + 4];
        left = (0..left).find(differs).unwrap_or(left);
        right = (right..after.width as usize).rev().find(differs).unwrap_or(right);
    }
    let (left, top) = (left & !1, top & !1);
    (left as u32, top as u32, Size::new((right + 1 - left) as u32, (bottom + 1 - top) as u32))
}

fn cut(frame: &Raster, left: u32, top: u32, size: Size) -> Raster {
    let (row, start) = (frame.width as usize * 4, left as usize * 4);
    let rows = frame.pixels.chunks_exact(row).skip(top as usize).take(size.height as usize);
    let pixels = rows.flat_map(|r| r[start..start + size.width as usize * 4].iter().copied()).collect();
    Raster { width: size.width, height: size.height, channels: 4, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;

    fn frames_of(webp: Vec<u8>) -> Vec<image::Frame> {
        let decoder = image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(webp)).unwrap();
        decoder.into_frames().collect_frames().unwrap()
    }

    fn with_dot(x: usize, y: usize) -> Raster {
        let mut frame = Raster::filled(Size::new(21, 17), &[0, 0, 255, 255]);
        frame.pixels[(y * 21 + x) * 4..][..3].copy_from_slice(&[255, 255, 0]);
        frame
    }

    #[test]
    fn the_changed_rectangle_is_tight_and_even() {
        assert_eq!(changed(&with_dot(5, 7), &with_dot(5, 7)), (0, 0, Size::new(2, 2)));
        assert_eq!(changed(&with_dot(5, 7), &with_dot(20, 16)), (4, 6, Size::new(17, 11)));
    }

    #[test]
    fn every_frame_and_every_duration_is_kept_even_of_equal_frames() {
        let mut animation = WebpAnimation::new(90, 3);
        for (x, ms) in [(5, 40), (5, 70), (9, 1000)] {
            animation.push(with_dot(x, 8), ms).unwrap();
        }
        let frames = frames_of(animation.finish());
        let delays: Vec<u32> = frames.iter().map(|f| f.delay().numer_denom_ms().0).collect();
        assert_eq!(delays, [40, 70, 1000]);
        assert!(frames.iter().all(|f| f.buffer().dimensions() == (21, 17)));
    }

    #[test]
    fn a_clear_frame_clears_what_was_there() {
        let mut animation = WebpAnimation::new(90, 0);
        animation.push(Raster::filled(Size::new(16, 16), &[200, 0, 0, 255]), 50).unwrap();
        animation.push(Raster::filled(Size::new(16, 16), &[0, 0, 0, 0]), 50).unwrap();
        let frames = frames_of(animation.finish());
        assert!(frames[1].buffer().pixels().all(|p| p.0[3] == 0));
    }
}
