//! Where a picture goes: sizes, crop windows and the scale a JPEG is decoded at. Pure arithmetic, no pixels.

use serde::{Deserialize, Serialize};

/// Width and height in pixels; both at least 1 in every result of this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// A size.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels it has.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// How a picture meets a box of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Shrunk until it lies inside the box; the shape is kept.
    #[default]
    Inside,
    /// Shrunk until it covers the box; what sticks out is cut off.
    Cover,
    /// As `Inside`, then padded with the background to the whole box.
    Contain,
}

/// The box a result is to have. At least one side is given unless the size is to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// Its width; none follows from the height.
    pub width: Option<u32>,
    /// Its height; none follows from the width.
    pub height: Option<u32>,
    /// How the picture meets it.
    pub fit: Fit,
    /// Whether a picture smaller than the box grows.
    pub enlarge: bool,
}

/// What to do with a picture: take a window of it, resample the window to `scaled`, put that on a canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Width and height of the window, in source pixels; the whole picture unless it is cut.
    pub window: (f64, f64),
    /// What the window becomes.
    pub scaled: Size,
    /// The result; larger than `scaled` only when padded.
    pub canvas: Size,
}

/// Places a picture of size `source` in the wanted box.
pub fn place(source: Size, wanted: Wanted) -> Placement {
    match (wanted.fit, wanted.width, wanted.height) {
        (Fit::Cover, Some(width), Some(height)) => cover(source, Size::new(width, height), wanted.enlarge),
        (Fit::Contain, Some(width), Some(height)) => Placement { canvas: Size::new(width.max(1), height.max(1)), ..inside(source, wanted) },
        _ => inside(source, wanted),
    }
}

fn inside(source: Size, wanted: Wanted) -> Placement {
    let (sw, sh) = (f64::from(source.width), f64::from(source.height));
    let by_width = wanted.width.map_or(f64::INFINITY, |w| f64::from(w) / sw);
    let by_height = wanted.height.map_or(f64::INFINITY, |h| f64::from(h) / sh);
    let wanted_ratio = by_width.min(by_height);
    let ratio = if wanted_ratio.is_finite() { permitted(wanted_ratio, wanted.enlarge) } else { 1.0 };
    let scaled = Size::new(side(sw * ratio, wanted.width), side(sh * ratio, wanted.height));
    Placement { window: (sw, sh), scaled, canvas: scaled }
}

/// A picture smaller than the box keeps its pixels and the shape of the box: the box shrinks instead of the picture growing.
fn cover(source: Size, wanted: Size, enlarge: bool) -> Placement {
    let (sw, sh) = (f64::from(source.width), f64::from(source.height));
    let (ww, wh) = (f64::from(wanted.width.max(1)), f64::from(wanted.height.max(1)));
    let ratio = (ww / sw).max(wh / sh);
    let window = ((ww / ratio).min(sw), (wh / ratio).min(sh));
    let kept = permitted(ratio, enlarge);
    let scaled = Size::new(side(window.0 * kept, Some(wanted.width)), side(window.1 * kept, Some(wanted.height)));
    Placement { window, scaled, canvas: scaled }
}

fn permitted(ratio: f64, enlarge: bool) -> f64 {
    if enlarge { ratio } else { ratio.min(1.0) }
}

/// A rounded side of at least one pixel and at most the box.
fn side(exact: f64, most: Option<u32>) -> u32 {
    let rounded = exact.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    rounded.min(most.unwrap_or(u32::MAX).max(1))
}

/// How much larger than the result a JPEG must still be after it was scaled while decoding.
///
/// The inverse DCT at a reduced size is close to a box filter. A Lanczos shrink of 1.2 or more after it removes what differs
/// from a shrink of the full picture, as far as an eye or an 8-bit channel can tell.
const LEAST_SHRINK_LEFT: f64 = 1.2;

/// The scales, in eighths, that the decoder has vector code for; the others cost more than they save.
const FAST_EIGHTHS: [u32; 3] = [1, 2, 4];

/// The smallest scale, in eighths, at which a JPEG of size `source` still serves every placement.
pub fn decode_eighths(source: Size, placements: &[Placement]) -> u32 {
    let shrink = placements.iter().map(shrink_of).fold(f64::INFINITY, f64::min);
    let enough = |eighths: &u32| shrink * f64::from(*eighths) / 8.0 >= LEAST_SHRINK_LEFT && source.pixels() > 64 * 64;
    FAST_EIGHTHS.into_iter().find(enough).unwrap_or(8)
}

fn shrink_of(placement: &Placement) -> f64 {
    (placement.window.0 / f64::from(placement.scaled.width)).min(placement.window.1 / f64::from(placement.scaled.height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(width: u32, height: u32, fit: Fit) -> Wanted {
        Wanted { width: Some(width), height: Some(height), fit, enlarge: false }
    }

    #[test]
    fn a_landscape_fits_inside_by_its_width() {
        let p = place(Size::new(2725, 2225), Wanted { width: Some(720), ..Wanted::default() });
        assert_eq!(p.canvas, Size::new(720, 588));
    }

    #[test]
    fn covering_cuts_the_longer_side_evenly() {
        let p = place(Size::new(400, 200), wanted(100, 100, Fit::Cover));
        assert_eq!((p.canvas, p.window), (Size::new(100, 100), (200.0, 200.0)));
    }

    #[test]
    fn covering_a_small_picture_keeps_the_shape_of_the_box() {
        assert_eq!(place(Size::new(128, 100), wanted(256, 256, Fit::Cover)).canvas, Size::new(100, 100));
    }

    #[test]
    fn containing_pads_to_the_whole_box() {
        let p = place(Size::new(400, 200), wanted(100, 100, Fit::Contain));
        assert_eq!((p.scaled, p.canvas), (Size::new(100, 50), Size::new(100, 100)));
    }

    #[test]
    fn without_a_box_the_size_stays() {
        assert_eq!(place(Size::new(7, 9), Wanted::default()).canvas, Size::new(7, 9));
    }

    #[test]
    fn a_jpeg_is_decoded_at_half_for_a_quarter_size() {
        let source = Size::new(2725, 2225);
        let at = |width| decode_eighths(source, &[place(source, Wanted { width: Some(width), ..Wanted::default() })]);
        assert_eq!((at(720), at(2000), at(2725), at(100)), (4, 8, 8, 1));
    }

    #[test]
    fn the_largest_result_decides_the_decode_scale() {
        let source = Size::new(4000, 3000);
        let at = |w| place(source, Wanted { width: Some(w), ..Wanted::default() });
        assert_eq!(decode_eighths(source, &[at(100), at(3900)]), 8);
    }

    proptest! {
        #[test]
        fn nothing_grows_and_nothing_vanishes(sw in 1u32..40_000, sh in 1u32..40_000, w in proptest::option::of(1u32..20_000), h in proptest::option::of(1u32..20_000), fit in 0..3) {
            let fit = [Fit::Inside, Fit::Cover, Fit::Contain][fit as usize];
            let p = place(Size::new(sw, sh), Wanted { width: w, height: h, fit, enlarge: false });
            prop_assert!(p.scaled.width >= 1 && p.scaled.height >= 1);
            prop_assert!(p.scaled.width <= sw && p.scaled.height <= sh);
            prop_assert!(p.canvas.width <= w.unwrap_or(u32::MAX).max(p.scaled.width) && p.canvas.height <= h.unwrap_or(u32::MAX).max(p.scaled.height));
            prop_assert!(w.is_none_or(|w| p.scaled.width <= w) && h.is_none_or(|h| p.scaled.height <= h));
            prop_assert!(p.window.0 <= f64::from(sw) && p.window.1 <= f64::from(sh) && p.window.0 > 0.0 && p.window.1 > 0.0);
        }

        #[test]
        fn a_decode_scale_never_makes_a_result_grow(sw in 1u32..30_000, sh in 1u32..30_000, w in 1u32..5_000) {
            let source = Size::new(sw, sh);
            let p = place(source, Wanted { width: Some(w), ..Wanted::default() });
            let eighths = decode_eighths(source, &[p]);
            prop_assert!((sw * eighths).div_ceil(8) >= p.scaled.width);
        }
    }
}
