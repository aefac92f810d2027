//! Draws a picture anew through a projective map.

use gristmill_layout::Matrix;

use crate::pixels::Pixels;

/// The picture of this size that `map` (from pixels of the source to its own) makes of a picture; white where the source has nothing. By
/// four neighbours (bilinear): maps that make a picture much smaller should follow a resize. A map that cannot be reversed gives white.
pub fn warp(source: &Pixels, map: Matrix, (width, height): (u32, u32)) -> Pixels {
    let mut out = Pixels::white(width, height);
    let Some(back) = map.inverse() else { return out };
    let inside = (0.0..=f64::from(source.width), 0.0..=f64::from(source.height));
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (f64::from(x) + 0.5, f64::from(y) + 0.5)));
    for (place, pixel) in places.zip(out.rgb.chunks_exact_mut(3)) {
        let (x, y) = back.apply(place);
        if inside.0.contains(&x) && inside.1.contains(&y) {
            let colour = source.between(x, y);
            (0..3).for_each(|c| pixel[c] = colour[c].round() as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_picture_is_white_where_nothing_was() {
        let source = Pixels::new(2, 1, vec![10, 20, 30, 40, 50, 60]).unwrap();
        let shift = Matrix([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(warp(&source, shift, (3, 1)).rgb, [255, 255, 255, 10, 20, 30, 40, 50, 60]);
        assert_eq!(warp(&source, Matrix([0.0; 9]), (1, 1)).rgb, [255; 3]);
    }
}
