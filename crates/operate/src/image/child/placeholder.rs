//! `placeholder.json`: what a page shows before the picture has come. Hashes of a thumbnail and its dominant colours.

use gristmill_model::Problem;
use gristmill_picture::{Crop, Headers, Resampler, Wanted, damaged, decode, decode_eighths, dominant, place};
use serde_json::{Value, json};

use super::render::turn;

/// ThumbHash takes at most 100 pixels a side.
const SIDE: u32 = 100;

/// Frequencies of the BlurHash across and down, as its authors suggest for landscapes; swapped for portraits.
const BLUR_PARTS: (u32, u32) = (4, 3);

/// Colours told at most.
const COLOURS: usize = 5;

/// Makes the document.
pub(super) fn make(bytes: &[u8], headers: &Headers, upright: bool, resampler: &mut Resampler) -> Result<Value, Problem> {
    let turn = turn(headers, upright);
    let full = turn.upright_size(headers.size);
    let placement = place(full, Wanted { width: Some(SIDE), height: Some(SIDE), ..Wanted::default() });
    let decoded = decode(bytes, headers.format, &|_| decode_eighths(full, &[placement]))?;
    let small = resampler.render(&turn.apply(decoded.raster), full, &placement, Crop::Centre, [255; 3])?;
    let colours = dominant(&small, COLOURS);
    let small = small.into_rgba();
    let thumbhash = thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &small.pixels);
    let (across, down) = if full.width >= full.height { BLUR_PARTS } else { (BLUR_PARTS.1, BLUR_PARTS.0) };
    let blurhash = blurhash::encode(across, down, small.width, small.height, &small.pixels).map_err(damaged)?;
    Ok(json!({ "width": full.width, "height": full.height, "thumbhash": base64(&thumbhash), "blurhash": blurhash, "colours": colours }))
}

/// RFC 4648, section 4, with padding: how a ThumbHash is passed to a page.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |part: &[u8]| {
        let number = part.iter().chain(&[0; 2]).take(3).fold(0_usize, |n, b| n << 8 | usize::from(*b));
        (0..4).map(move |i| if i <= part.len() { char::from(LETTERS[number >> (18 - 6 * i) & 63]) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
