//! Decoded pixels as every stage after decoding sees them: 8-bit sRGB, three or four channels, straight alpha.

use super::geometry::Size;

/// A decoded picture. Rows are packed; alpha, when there is a fourth channel, is not premultiplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 3 (RGB) or 4 (RGBA).
    pub channels: u8,
    /// The channels of each pixel, row by row from the top.
    pub pixels: Vec<u8>,
}

impl Raster {
    /// Its size.
    pub fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    /// Whether it has a fourth channel.
    pub fn has_alpha(&self) -> bool {
        self.channels == 4
    }

    /// One colour everywhere.
    pub fn filled(size: Size, colour: &[u8]) -> Self {
        let count = size.width as usize * size.height as usize;
        Self { width: size.width, height: size.height, channels: colour.len() as u8, pixels: colour.repeat(count) }
    }

    /// Without alpha, laid over `background`.
    pub fn flattened(&self, background: [u8; 3]) -> Vec<u8> {
        let over = |pixel: &[u8]| {
            let alpha = u32::from(pixel[3]);
            [0, 1, 2].map(|c| ((u32::from(pixel[c]) * alpha + u32::from(background[c]) * (255 - alpha) + 127) / 255) as u8)
        };
        if self.has_alpha() { self.pixels.chunks_exact(4).flat_map(over).collect() } else { self.pixels.clone() }
    }

    /// With an alpha channel, opaque where there was none.
    pub fn into_rgba(self) -> Self {
        if self.has_alpha() {
            return self;
        }
        let pixels = self.pixels.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Self { channels: 4, pixels, ..self }
    }

    /// Without its alpha channel when every pixel is opaque, which makes every later stage cheaper.
    pub fn without_needless_alpha(self) -> Self {
        if !self.has_alpha() || self.pixels.chunks_exact(4).any(|p| p[3] != 255) {
            return self;
        }
        let pixels = self.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Self { channels: 3, pixels, ..self }
    }

    /// Lays `picture` in the middle of this one.
    pub fn paste_centred(&mut self, picture: &Self) {
        let n = usize::from(self.channels);
        let (left, top) = ((self.width - picture.width) as usize / 2, (self.height - picture.height) as usize / 2);
        let row = picture.width as usize * n;
        for (y, from) in picture.pixels.chunks_exact(row).enumerate() {
            let start = ((top + y) * self.width as usize + left) * n;
            self.pixels[start..start + row].copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flattening_mixes_by_alpha() {
        let half = Raster { width: 2, height: 1, channels: 4, pixels: vec![0, 0, 0, 128, 9, 9, 9, 0] };
        assert_eq!(half.flattened([255, 255, 255]), [127, 127, 127, 255, 255, 255]);
    }

    #[test]
    fn opaque_alpha_is_dropped_and_real_alpha_is_kept() {
        let opaque = Raster { width: 1, height: 1, channels: 4, pixels: vec![1, 2, 3, 255] };
        assert_eq!(opaque.without_needless_alpha().channels, 3);
        let clear = Raster { width: 1, height: 1, channels: 4, pixels: vec![1, 2, 3, 254] };
        assert_eq!(clear.without_needless_alpha().channels, 4);
    }

    #[test]
    fn a_picture_is_pasted_in_the_middle() {
        let mut canvas = Raster::filled(Size::new(3, 3), &[0, 0, 0]);
        canvas.paste_centred(&Raster::filled(Size::new(1, 1), &[9, 9, 9]));
        assert_eq!(canvas.pixels.iter().position(|p| *p == 9), Some(12));
    }
}
