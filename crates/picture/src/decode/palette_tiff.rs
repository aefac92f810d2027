//! TIFFs with a palette, which the TIFF decoder leaves out: their indices are read as grey and then looked up here.
//!
//! TIFF 6.0, section 5: `PhotometricInterpretation` (262) 3 means that samples index `ColorMap` (320), which holds all reds, then
//! all greens, then all blues, with 16 bits each.

const BITS: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const COLOUR_MAP: u16 = 320;

/// The colours of a palette, by index.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Palette {
    colours: Vec<[u8; 3]>,
}

impl Palette {
    /// Colours for samples as the decoder hands them out: a single bit is spread to 0 and 255, bytes are indices.
    pub(super) fn look_up(&self, samples: &[u8]) -> Vec<u8> {
        let last = self.colours.len() - 1;
        let index = |sample: u8| if last == 1 { usize::from(sample >= 128) } else { usize::from(sample).min(last) };
        samples.iter().flat_map(|s| self.colours[index(*s)]).collect()
    }
}

/// The same file as one of grey samples, and its palette; none when the first page has no palette of 1 or 8 bits.
pub(super) fn as_grey(bytes: &[u8]) -> Option<(Vec<u8>, Palette)> {
    let file = Tiff { bytes, little: bytes.first() == Some(&b'I') };
    let photometric = file.entry(PHOTOMETRIC)?;
    let bits = file.u16(file.entry(BITS)? + 8)?;
    if file.u16(photometric + 8)? != 3 || !matches!(bits, 1 | 8) {
        return None;
    }
    let count = 1_usize << bits;
    let map = file.u32(file.entry(COLOUR_MAP)? + 8)? as usize;
    let channel = |c: usize, i: usize| file.u16(map.checked_add((c * count + i) * 2)?).map(|value| (value >> 8) as u8);
    let colours = (0..count).map(|i| Some([channel(0, i)?, channel(1, i)?, channel(2, i)?])).collect::<Option<_>>()?;
    let mut grey = bytes.to_vec();
    let one = if file.little { [1, 0] } else { [0, 1] };
    grey.get_mut(photometric + 8..photometric + 10)?.copy_from_slice(&one);
    Some((grey, Palette { colours }))
}

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        self.bytes.get(at..)?.first_chunk().map(|b| if self.little { u16::from_le_bytes(*b) } else { u16::from_be_bytes(*b) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..)?.first_chunk().map(|b| if self.little { u32::from_le_bytes(*b) } else { u32::from_be_bytes(*b) })
    }

    /// Where the entry of that tag starts in the first directory.
    fn entry(&self, tag: u16) -> Option<usize> {
        let directory = self.u32(4)? as usize;
        let count = usize::from(self.u16(directory)?);
        (0..count).map(|i| directory + 2 + i * 12).find(|at| self.u16(*at) == Some(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_bit_and_eight_bits_are_looked_up() {
        let two = Palette { colours: vec![[1, 2, 3], [4, 5, 6]] };
        assert_eq!(two.look_up(&[0, 255]), [1, 2, 3, 4, 5, 6]);
        let many = Palette { colours: (0..=255).map(|i| [i, 0, 0]).collect() };
        assert_eq!(many.look_up(&[7, 200]), [7, 0, 0, 200, 0, 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = as_grey(&[&b"II\x2a\0\x08\0\0\0"[..], &bytes].concat());
        }
    }
}
