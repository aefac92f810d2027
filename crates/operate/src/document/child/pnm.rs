//! Pixels between our own processes and to Tesseract: binary PPM, which costs nothing to write and nothing to read.

use std::fs::File;
use std::io::Read;

use gristmill_model::Problem;
use gristmill_ocr::Pixels;

use super::bug;
use crate::child::write_all;

/// More is no page of ours: 100 megapixels.
const MOST_BYTES: u64 = 300_000_100;

/// Writes pixels.
pub(super) fn write(pixels: &Pixels, out: &File) -> Result<(), Problem> {
    write_all(out, format!("P6\n{} {}\n255\n", pixels.width, pixels.height).as_bytes())?;
    write_all(out, &pixels.rgb)
}

/// Writes how light pixels are, as a PGM: Tesseract looks at nothing else, and takes a seventh less time without colours.
pub(super) fn write_grey(pixels: &Pixels, out: &File) -> Result<(), Problem> {
    // ITU-R BT.601 in 256ths.
    let light = |rgb: &[u8]| ((77 * u32::from(rgb[0]) + 150 * u32::from(rgb[1]) + 29 * u32::from(rgb[2])) >> 8) as u8;
    write_all(out, format!("P5\n{} {}\n255\n", pixels.width, pixels.height).as_bytes())?;
    write_all(out, &pixels.rgb.chunks_exact(3).map(light).collect::<Vec<u8>>())
}

/// Reads what [`write`] or poppler wrote.
pub(super) fn read(input: &File) -> Result<Pixels, Problem> {
    let mut bytes = Vec::new();
    input.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| bug(e.to_string()))?;
    parse(bytes).ok_or_else(|| bug("a page came as something else than a PPM".to_owned()))
}

/// Netpbm's format P6: four words with white space between, a single one after the last, then three bytes a pixel.
fn parse(mut bytes: Vec<u8>) -> Option<Pixels> {
    let mut at = 0;
    let mut word = || {
        let start = at + bytes[at..].iter().position(|b| !b.is_ascii_whitespace())?;
        let end = start + bytes[start..].iter().position(u8::is_ascii_whitespace)?;
        at = end + 1;
        std::str::from_utf8(&bytes[start..end]).ok().map(str::to_owned)
    };
    let (magic, width, height, most) = (word()?, word()?, word()?, word()?);
    if magic != "P6" || most != "255" {
        return None;
    }
    bytes.drain(..at);
    Pixels::new(width.parse().ok()?, height.parse().ok()?, bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use gristmill_ocr::Pixels;

    use super::{parse, write_grey};

    #[test]
    fn grey_is_a_byte_a_pixel_and_white_stays_white() {
        let mut file = tempfile::tempfile().unwrap();
        write_grey(&Pixels::new(3, 1, vec![255, 255, 255, 0, 0, 0, 255, 0, 0]).unwrap(), &file).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"P5\n3 1\n255\n\xff\x00\x4c");
    }

    #[test]
    fn a_ppm_is_read_and_anything_else_is_not() {
        let pixels = parse(b"P6\n2 1\n255\n\x01\x02\x03\n\x05\x06".to_vec()).unwrap();
        assert_eq!((pixels.width, pixels.height, pixels.rgb), (2, 1, vec![1, 2, 3, b'\n', 5, 6]));
        for bad in [&b""[..], b"P6", b"P6\n2 1\n255\n\x01", b"P5\n1 1\n255\n\x01", b"P6\n1 1\n65535\n\x01\x02\x03"] {
            assert!(parse(bad.to_vec()).is_none(), "{bad:?}");
        }
    }
}
