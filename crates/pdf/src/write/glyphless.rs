//! A font without shapes, for text that is found and not seen: each character is half an em wide and draws nothing. What a character is
//! stands in a table of the document's own characters, so everything Unicode has can be written.

use std::collections::HashMap;

use lopdf::{Dictionary, Object, ObjectId, Stream, StringFormat, dictionary};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Rect, Ref, Str};

/// Thousandths of an em that every character is wide.
pub(crate) const WIDTH: u16 = 500;
/// Thousandths of an em above the baseline, and below it: a word's box is as high as its font.
pub(crate) const ASCENT: i16 = 800;
pub(crate) const DESCENT: i16 = -200;
/// What pages call it.
pub(crate) const RESOURCE: &str = "GmText";

const NAME: &str = "GristmillGlyphless";
const SYSTEM: SystemInfo<'_> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Fixed pitch, and with characters outside the standard Latin set (ISO 32000-2, table 121).
const FLAGS: u32 = 1 | 1 << 2;
/// Fonts number their characters in 16 bits; 0 means that there is none.
const CHARACTERS_MOST: usize = 65_000;

/// The characters a document uses, numbered from 1 as they come.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    numbers: HashMap<String, u16>,
    order: Vec<String>,
}

/// The streams a font is made of.
struct Parts {
    program: Vec<u8>,
    glyph_of_character: Vec<u8>,
    to_unicode: Vec<u8>,
}

impl Characters {
    /// The number of a character with its marks; 0 when there are too many in this document.
    pub(crate) fn number(&mut self, character: &str) -> u16 {
        if let Some(known) = self.numbers.get(character) {
            return *known;
        }
        if self.order.len() >= CHARACTERS_MOST {
            return 0;
        }
        self.order.push(character.to_owned());
        let number = self.order.len() as u16;
        self.numbers.insert(character.to_owned(), number);
        number
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn parts(&self) -> Parts {
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"GristmillCharacters"), SYSTEM);
        for (number, character) in (1..).zip(&self.order) {
            cmap.pair_with_multiple(number, character.chars());
        }
        // Every character has the second glyph: the first is what readers show for what is missing.
        let glyph_of_character = deflated(&[0, 1].repeat(1 << 16));
        Parts { program: program(), glyph_of_character, to_unicode: deflated(&cmap.finish()) }
    }

    /// Writes the font into a new document; `refs` are five numbers that are free.
    pub(crate) fn write(&self, pdf: &mut pdf_writer::Pdf, font: Ref, refs: [Ref; 5]) {
        let [cid, descriptor, program, map, unicode] = refs;
        let parts = self.parts();
        pdf.type0_font(font)
            .base_font(Name(NAME.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(unicode);
        let mut of_characters = pdf.cid_font(cid);
        of_characters.subtype(CidFontType::Type2).base_font(Name(NAME.as_bytes())).system_info(SYSTEM).font_descriptor(descriptor);
        of_characters.default_width(f32::from(WIDTH)).cid_to_gid_map_stream(map);
        of_characters.finish();
        let (ascent, descent) = (f32::from(ASCENT), f32::from(DESCENT));
        pdf.font_descriptor(descriptor)
            .name(Name(NAME.as_bytes()))
            .flags(FontFlags::from_bits_truncate(FLAGS))
            .bbox(Rect::new(0.0, descent, f32::from(WIDTH), ascent))
            .italic_angle(0.0)
            .ascent(ascent)
            .descent(descent)
            .cap_height(ascent)
            .stem_v(80.0)
            .font_file2(program);
        pdf.stream(program, &parts.program).pair(Name(b"Length1"), parts.program.len() as i32);
        pdf.stream(map, &parts.glyph_of_character).filter(Filter::FlateDecode);
        pdf.stream(unicode, &parts.to_unicode).filter(Filter::FlateDecode);
    }

    /// The font as objects to add to a document: `add` takes one and answers its number.
    pub(crate) fn add(&self, mut add: impl FnMut(Object) -> ObjectId) -> ObjectId {
        let parts = self.parts();
        let program = add(Stream::new(dictionary! { "Length1" => parts.program.len() as i64 }, parts.program).into());
        let flate = || dictionary! { "Filter" => "FlateDecode" };
        let map = add(Stream::new(flate(), parts.glyph_of_character).into());
        let unicode = add(Stream::new(flate(), parts.to_unicode).into());
        let (ascent, descent) = (i64::from(ASCENT), i64::from(DESCENT));
        let descriptor = add(Object::Dictionary(dictionary! {
            "Type" => "FontDescriptor", "FontName" => NAME, "Flags" => i64::from(FLAGS),
            "FontBBox" => vec![0.into(), descent.into(), i64::from(WIDTH).into(), ascent.into()],
            "ItalicAngle" => 0, "Ascent" => ascent, "Descent" => descent, "CapHeight" => ascent, "StemV" => 80, "FontFile2" => program,
        }));
        let text = |t: &str| Object::String(t.into(), StringFormat::Literal);
        let system: Dictionary = dictionary! { "Registry" => text("Adobe"), "Ordering" => text("Identity"), "Supplement" => 0 };
        let cid = add(Object::Dictionary(dictionary! {
            "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => NAME, "CIDSystemInfo" => system,
            "DW" => i64::from(WIDTH), "CIDToGIDMap" => map, "FontDescriptor" => descriptor,
        }));
        add(Object::Dictionary(dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => NAME, "Encoding" => "Identity-H",
            "DescendantFonts" => vec![cid.into()], "ToUnicode" => unicode,
        }))
    }
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
}

/// A TrueType program of two empty glyphs (OpenType 1.9: the tables a font embedded into a PDF needs, ISO 32000-2, 9.9).
fn program() -> Vec<u8> {
    let words = |values: &[i32]| values.iter().flat_map(|v| (*v as u16).to_be_bytes()).collect::<Vec<u8>>();
    let long = |value: u32| [(value >> 16) as i32, (value & 0xffff) as i32];
    let (width, up, down) = (i32::from(WIDTH), i32::from(ASCENT), i32::from(DESCENT));
    // Version, revision, checksum (filled in below), magic, flags, units an em, two dates, box, style, least size, direction, formats.
    let magic = long(0x5f0f_3cf5);
    let head = words(&[&[1, 0, 1, 0, 0, 0][..], &magic, &[0, 1000], &[0; 8], &[0, down, width, up], &[0, 8, 2, 0, 0]].concat());
    let hhea = words(&[&[1, 0, up, down, 0, width, 0, 0, width, 1][..], &[0; 7], &[1]].concat());
    let maxp = words(&[&[1, 0, 2][..], &[0; 13]].concat());
    // One width for both glyphs, and their left bearings; both begin and end at 0 of an empty table.
    let hmtx = words(&[width, 0, 0]);
    let loca = words(&[0, 0, 0]);
    let post = words(&[&[3, 0][..], &[0; 4], &[0, 1], &[0; 8]].concat());
    // One subtable of format 4 with the closing segment alone: no character leads to a glyph, the PDF does that.
    let cmap = words(&[0, 1, 3, 1, 0, 12, 4, 24, 0, 2, 2, 0, 0, 0xffff, 0, 0xffff, 1, 0]);
    let tables = [
        (*b"cmap", cmap),
        (*b"glyf", vec![0]),
        (*b"head", head),
        (*b"hhea", hhea),
        (*b"hmtx", hmtx),
        (*b"loca", loca),
        (*b"maxp", maxp),
        (*b"post", post),
    ];
    assembled(&tables)
}

fn assembled(tables: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let count = tables.len() as u16;
    let power = count.ilog2() as u16;
    let search = 16 << power;
    let mut font: Vec<u8> = [0x0001, 0x0000, count, search, power, count * 16 - search].iter().flat_map(|v| v.to_be_bytes()).collect();
    let mut body = Vec::new();
    let begin = font.len() + 16 * tables.len();
    let mut head = None;
    for (tag, data) in tables {
        let at = begin + body.len();
        head = if tag == b"head" { Some(at) } else { head };
        font.extend(tag);
        font.extend([checksum(data), at as u32, data.len() as u32].iter().flat_map(|v| v.to_be_bytes()));
        body.extend(data);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    font.extend(body);
    // The sum over the whole font is a constant of the format.
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(checksum(&font));
    if let Some(place) = head.and_then(|at| font.get_mut(at + 8..at + 12)) {
        place.copy_from_slice(&adjustment.to_be_bytes());
    }
    font
}

fn checksum(data: &[u8]) -> u32 {
    let word = |four: &[u8]| (0..4).fold(0, |sum, n| sum << 8 | u32::from(four.get(n).copied().unwrap_or(0)));
    data.chunks(4).map(word).fold(0, u32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_small_and_sums_up_as_the_format_wants() {
        let font = program();
        assert!(font.len() < 400, "{}", font.len());
        assert_eq!(checksum(&font), 0xb1b0_afba);
        assert_eq!(&font[12..16], b"cmap");
        // head is 54 bytes, hhea 36, maxp 32, post 32 (the sizes the format gives them).
        let sizes: Vec<u32> = (0..8).map(|n| u32::from_be_bytes(font[12 + 16 * n + 12..][..4].try_into().unwrap())).collect();
        assert_eq!(sizes, [36, 1, 54, 36, 6, 6, 32, 32]);
    }

    #[test]
    fn characters_are_numbered_from_one_as_they_come() {
        let mut characters = Characters::default();
        assert!(characters.is_empty());
        assert_eq!(["a", "é", "a", "😀"].map(|c| characters.number(c)), [1, 2, 1, 3]);
    }
}
