//! Reads the headers of HEIC and AVIF files: sizes and transforms, never pixels. Pure and bounded; input is hostile.
//!
//! The boxes are those of ISO/IEC 23008-12 (`meta`, `pitm`, `iprp`, `ipco`, `ipma`, `ispe`, `pixi`, `irot`, `imir`, `auxC`,
//! `colr`). Every loop moves forward by at least a box header, so the work is linear in the input.

/// What a HEIF header says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeifHead {
    /// Width of the primary picture as stored, before rotation.
    pub width: u32,
    /// Height of the primary picture as stored, before rotation.
    pub height: u32,
    /// The largest width any part of the file declares; what a pixel limit must be held against.
    pub largest_width: u32,
    /// The largest height any part of the file declares.
    pub largest_height: u32,
    /// Bits of a channel; 8 when the file does not say.
    pub bits: u8,
    /// Whether there is an alpha plane.
    pub has_alpha: bool,
    /// Quarter turns anticlockwise, 0..=3.
    pub turns: u8,
    /// 0: mirrored about a vertical axis, 1: about a horizontal one.
    pub mirror: Option<u8>,
    /// The embedded ICC profile of the first picture that has one.
    pub icc: Option<Vec<u8>>,
}

/// Why a header could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeifError {
    /// A box reaches past the end of its parent, or a field past the end of its box.
    #[error("a box is cut off or claims a size that the file does not have")]
    CutOff,
    /// No `meta` box, or no size in it.
    #[error("the file has no picture header")]
    NoPicture,
}

/// Most properties and associations read; real files have tens.
const MOST_ENTRIES: usize = 4096;

/// Reads the header of a whole file, or of its beginning if that holds the `meta` box.
///
/// # Errors
/// [`HeifError`]; never panics, whatever the bytes.
pub fn read_heif(file: &[u8]) -> Result<HeifHead, HeifError> {
    let meta = child(file, b"meta")?.ok_or(HeifError::NoPicture)?;
    let meta = meta.get(4..).ok_or(HeifError::CutOff)?;
    let iprp = child(meta, b"iprp")?.ok_or(HeifError::NoPicture)?;
    let ipco = child(iprp, b"ipco")?.ok_or(HeifError::NoPicture)?;
    let properties: Vec<Boxed<'_>> = Boxes(ipco).take(MOST_ENTRIES).collect::<Result<_, _>>()?;
    let primary = child(meta, b"pitm")?.and_then(primary_id);
    let of_primary = match (primary, child(iprp, b"ipma")?) {
        (Some(id), Some(ipma)) => associations(ipma, id),
        _ => None,
    };
    let mut head = HeifHead { bits: 8, ..HeifHead::default() };
    let indices = of_primary.unwrap_or_else(|| (0..properties.len()).collect());
    for property in indices.iter().filter_map(|i| properties.get(*i)) {
        head.take(property);
    }
    head.take_extremes(&properties);
    if head.width == 0 || head.height == 0 { Err(HeifError::NoPicture) } else { Ok(head) }
}

impl HeifHead {
    fn take(&mut self, property: &Boxed<'_>) {
        let body = property.body;
        match property.kind {
            b"ispe" if self.width == 0 => (self.width, self.height) = ispe(body).unwrap_or_default(),
            b"pixi" => self.bits = body.get(5).copied().unwrap_or(8),
            b"irot" => self.turns = body.first().map_or(0, |b| b & 3),
            b"imir" => self.mirror = body.first().map(|b| b & 1),
            _ => {}
        }
    }

    fn take_extremes(&mut self, properties: &[Boxed<'_>]) {
        for property in properties {
            match property.kind {
                b"ispe" => {
                    let (width, height) = ispe(property.body).unwrap_or_default();
                    self.largest_width = self.largest_width.max(width);
                    self.largest_height = self.largest_height.max(height);
                }
                b"auxC" if has(property.body, b":alpha") || has(property.body, b"auxid:1") => self.has_alpha = true,
                b"colr" if self.icc.is_none() => self.icc = icc(property.body),
                _ => {}
            }
        }
    }
}

fn has(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|w| w == word)
}

fn icc(body: &[u8]) -> Option<Vec<u8>> {
    matches!(body.get(..4)?, b"prof" | b"rICC").then(|| body[4..].to_vec())
}

fn ispe(body: &[u8]) -> Option<(u32, u32)> {
    Some((u32_at(body, 4)?, u32_at(body, 8)?))
}

fn primary_id(body: &[u8]) -> Option<u32> {
    if *body.first()? == 0 { u16_at(body, 4).map(u32::from) } else { u32_at(body, 4) }
}

/// The indices into `ipco` of the properties of item `id`; none when the box does not mention it.
fn associations(ipma: &[u8], id: u32) -> Option<Vec<usize>> {
    let (version, wide) = (*ipma.first()?, ipma.get(3)? & 1 == 1);
    let entries = u32_at(ipma, 4)?;
    let mut at = 8;
    for _ in 0..entries.min(MOST_ENTRIES as u32) {
        let item = if version == 0 { u16_at(ipma, at)?.into() } else { u32_at(ipma, at)? };
        at += if version == 0 { 2 } else { 4 };
        let count = usize::from(*ipma.get(at)?);
        at += 1;
        let size = if wide { 2 } else { 1 };
        let list = ipma.get(at..at + count * size)?;
        at += count * size;
        if item == id {
            return Some(list.chunks_exact(size).filter_map(|c| property_index(c, wide)).collect());
        }
    }
    None
}

/// Indices count from one; the top bit says "essential" and zero says "none".
fn property_index(entry: &[u8], wide: bool) -> Option<usize> {
    let number = if wide { usize::from(u16_at(entry, 0)? & 0x7fff) } else { usize::from(entry[0] & 0x7f) };
    number.checked_sub(1)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

struct Boxed<'a> {
    kind: &'a [u8; 4],
    body: &'a [u8],
}

/// The body of the first box of that kind.
fn child<'a>(parent: &'a [u8], kind: &[u8; 4]) -> Result<Option<&'a [u8]>, HeifError> {
    for each in Boxes(parent) {
        let each = each?;
        if each.kind == kind {
            return Ok(Some(each.body));
        }
    }
    Ok(None)
}

/// Box after box of a parent's body.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Boxed<'a>, HeifError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let split = split_box(self.0);
        self.0 = split.as_ref().map_or(&[], |(_, rest)| rest);
        Some(split.map(|(first, _)| first).ok_or(HeifError::CutOff))
    }
}

fn split_box(bytes: &[u8]) -> Option<(Boxed<'_>, &[u8])> {
    let kind = bytes.get(4..8)?.first_chunk()?;
    let (header, size) = match u32_at(bytes, 0)? {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?),
        size => (8, size as usize),
    };
    let body = bytes.get(header..size)?;
    Some((Boxed { kind, body }, &bytes[size..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    fn file(width: u32, height: u32) -> Vec<u8> {
        let ispe = boxed(b"ispe", &[&[0; 4][..], &width.to_be_bytes(), &height.to_be_bytes()].concat());
        let thumb = boxed(b"ispe", &[&[0; 4][..], &64u32.to_be_bytes(), &64u32.to_be_bytes()].concat());
        let ipco = boxed(b"ipco", &[thumb, ispe, boxed(b"irot", &[1])].concat());
        let ipma = boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 7, 2, 2, 0x83]);
        let meta = boxed(b"meta", &[&[0; 4][..], &boxed(b"pitm", &[0, 0, 0, 0, 0, 7]), &boxed(b"iprp", &[ipco, ipma].concat())].concat());
        [boxed(b"ftyp", b"heic\0\0\0\0"), meta].concat()
    }

    #[test]
    fn the_primary_picture_is_told_from_its_thumbnail() {
        let head = read_heif(&file(4032, 3024)).unwrap();
        assert_eq!((head.width, head.height, head.turns, head.bits), (4032, 3024, 1, 8));
    }

    #[test]
    fn the_largest_part_is_reported_for_the_limit() {
        let head = read_heif(&file(10, 3024)).unwrap();
        assert_eq!((head.largest_width, head.largest_height), (64, 3024));
    }

    #[test]
    fn a_box_larger_than_the_file_is_refused() {
        let mut bytes = file(1, 1);
        bytes[16] = 0x7f;
        assert_eq!(read_heif(&bytes), Err(HeifError::CutOff));
        assert_eq!(read_heif(b""), Err(HeifError::NoPicture));
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_heif(&bytes);
        }

        #[test]
        fn any_change_of_a_real_header_ends_in_an_answer(at in 0usize..170, value in any::<u8>()) {
            let mut bytes = file(4032, 3024);
            let length = bytes.len();
            bytes[at % length] = value;
            let _ = read_heif(&bytes);
        }
    }
}
