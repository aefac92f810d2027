//! Resampling: Lanczos, premultiplied where there is alpha, with the cut of a cover decided here from pixels or by the middle.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use gristmill_model::Problem;
use serde::{Deserialize, Serialize};

use super::decode::damaged;
use super::geometry::{Placement, Size};
use super::raster::Raster;
use super::smart;

/// Where a cover is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// Around the middle.
    #[default]
    #[serde(alias = "center")]
    Centre,
    /// Around what stands out.
    Smart,
}

/// Keeps the resampler's buffers between pictures.
#[derive(Default)]
pub struct Resampler {
    inner: Resizer,
}

impl Resampler {
    /// Makes one result of an upright picture. `full` is the size the placement was made for; `picture` may be smaller by the
    /// decode scale. The canvas is filled with `background`, transparent when the picture has alpha.
    ///
    /// # Errors
    /// `image_damaged`; a size that does not fit its pixels, which decoding has excluded.
    pub fn render(
        &mut self,
        picture: &Raster,
        full: Size,
        placement: &Placement,
        crop: Crop,
        background: [u8; 3],
    ) -> Result<Raster, Problem> {
        let scale = (f64::from(picture.width) / f64::from(full.width), f64::from(picture.height) / f64::from(full.height));
        let window = ((placement.window.0 * scale.0).min(picture.width.into()), (placement.window.1 * scale.1).min(picture.height.into()));
        let corner = self.corner(picture, window, crop);
        let scaled = self.resample(picture, (corner, window), placement.scaled)?;
        if placement.canvas == placement.scaled {
            return Ok(scaled);
        }
        let [r, g, b] = background;
        let fill: &[u8] = if scaled.has_alpha() { &[0, 0, 0, 0] } else { &[r, g, b] };
        let mut canvas = Raster::filled(placement.canvas, fill);
        canvas.paste_centred(&scaled);
        Ok(canvas)
    }

    /// The top left corner of the window.
    fn corner(&mut self, picture: &Raster, window: (f64, f64), crop: Crop) -> (f64, f64) {
        let free = (f64::from(picture.width) - window.0, f64::from(picture.height) - window.1);
        let centre = (free.0 / 2.0, free.1 / 2.0);
        if crop == Crop::Centre || (free.0 < 1.0 && free.1 < 1.0) {
            return centre;
        }
        let Ok(small) =
            self.resample(picture, ((0.0, 0.0), (picture.width.into(), picture.height.into())), smart::map_size(picture.size()))
        else {
            return centre;
        };
        let part = (window.0 / f64::from(picture.width), window.1 / f64::from(picture.height));
        let (x, y) = smart::corner(&small, part);
        ((x * f64::from(picture.width)).clamp(0.0, free.0), (y * f64::from(picture.height)).clamp(0.0, free.1))
    }

    /// Resamples a window given by its corner and its size.
    fn resample(&mut self, picture: &Raster, (corner, window): ((f64, f64), (f64, f64)), to: Size) -> Result<Raster, Problem> {
        if window == (picture.width.into(), picture.height.into()) && to == picture.size() {
            return Ok(picture.clone());
        }
        let pixel = if picture.has_alpha() { PixelType::U8x4 } else { PixelType::U8x3 };
        let source = ImageRef::new(picture.width, picture.height, &picture.pixels, pixel).map_err(damaged)?;
        let mut result = Image::new(to.width, to.height, pixel);
        let options =
            ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).crop(corner.0, corner.1, window.0, window.1);
        self.inner.resize(&source, &mut result, &options).map_err(damaged)?;
        Ok(Raster { width: to.width, height: to.height, channels: picture.channels, pixels: result.into_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Fit, Wanted, place};

    fn shrink(picture: &Raster, width: u32, height: u32, fit: Fit) -> Raster {
        let wanted = Wanted { width: Some(width), height: Some(height), fit, enlarge: false };
        Resampler::default().render(picture, picture.size(), &place(picture.size(), wanted), Crop::Centre, [255; 3]).unwrap()
    }

    #[test]
    fn the_colour_of_clear_pixels_does_not_bleed() {
        let pixels = (0..64 * 64).flat_map(|i| if i % 64 < 32 { [255, 0, 0, 255] } else { [0, 255, 0, 0] }).collect();
        let small = shrink(&Raster { width: 64, height: 64, channels: 4, pixels }, 15, 15, Fit::Inside);
        assert!(small.pixels.chunks(4).all(|p| p[3] == 0 || p[1] < 8), "green of clear pixels shows");
    }

    #[test]
    fn padding_is_white_or_clear() {
        let white = shrink(&Raster::filled(Size::new(40, 20), &[9, 9, 9]), 20, 20, Fit::Contain);
        assert_eq!((white.size(), &white.pixels[..3]), (Size::new(20, 20), &[255, 255, 255][..]));
        let clear = shrink(&Raster::filled(Size::new(40, 20), &[9, 9, 9, 200]), 20, 20, Fit::Contain);
        assert_eq!(&clear.pixels[..4], &[0, 0, 0, 0]);
    }
}
