//! What printers and copiers do to strokes: thinner, thicker, softer, in dots.

use crate::picture::Grey;

/// Takes the lightest (or, thicker, the darkest) of each pixel and its neighbours to the right and below, by this part.
pub(crate) fn thin(picture: &mut Grey, part: f64) {
    let (width, before) = (picture.width, picture.data.clone());
    let weight = (part.abs() * 256.0) as i32;
    let pick = |a: u8, b: u8| if part > 0.0 { a.max(b) } else { a.min(b) };
    for n in 0..before.len().saturating_sub(width + 1) {
        let all = pick(pick(before[n], before[n + 1]), before[n + width]);
        let own = i32::from(before[n]);
        picture.data[n] = (own + (((i32::from(all) - own) * weight) >> 8)) as u8;
    }
}

/// Mixes each pixel with its neighbours: `part` 0 changes nothing, 0.67 makes all three the same.
pub(crate) fn soften(picture: &mut Grey, part: f64) {
    let side = (part.clamp(0.0, 0.67) * 128.0) as u32;
    let mix = |a: u8, b: u8, c: u8| (((u32::from(a) + u32::from(c)) * side + u32::from(b) * (256 - 2 * side) + 128) >> 8) as u8;
    let (width, height) = (picture.width, picture.height);
    for row in picture.data.chunks_exact_mut(width) {
        let mut last = row[0];
        for x in 0..width {
            let own = row[x];
            row[x] = mix(last, own, row[(x + 1).min(width - 1)]);
            last = own;
        }
    }
    let mut last: Vec<u8> = picture.data[..width].to_vec();
    for y in 0..height {
        let begin = y * width;
        let below = (y + 1).min(height - 1) * width;
        for (x, above) in last.iter_mut().enumerate() {
            let own = picture.data[begin + x];
            picture.data[begin + x] = mix(*above, own, picture.data[below + x]);
            *above = own;
        }
    }
}

/// Prints in dots, so many pixels apart, as needles and old thermal heads do.
pub(crate) fn dots(picture: &mut Grey, apart: usize) {
    picture.change(|x, y, v| match x % apart == 0 || y % apart == 0 {
        true => 255 - ((255 - u16::from(v)) * 5 / 12) as u8,
        false => v,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot() -> Grey {
        let mut data = vec![255; 25];
        data[12] = 0;
        Grey { width: 5, height: 5, data }
    }

    #[test]
    fn a_dot_is_lost_when_it_is_thinned_and_grows_when_it_is_thickened() {
        let mut thinner = dot();
        thin(&mut thinner, 1.0);
        assert!(thinner.data.iter().all(|v| *v == 255));
        let mut thicker = dot();
        thin(&mut thicker, -1.0);
        assert_eq!(thicker.data.iter().filter(|v| **v == 0).count(), 3);
    }

    #[test]
    fn softening_spreads_ink_and_keeps_it() {
        let mut soft = dot();
        soften(&mut soft, 0.5);
        let ink: i32 = soft.data.iter().map(|v| 255 - i32::from(*v)).sum();
        assert!((ink - 255).abs() <= 9, "{ink}");
        // Half of it stays in the row, and half of that in the column.
        assert!((190..=192).contains(&soft.data[12]), "{}", soft.data[12]);
    }
}
