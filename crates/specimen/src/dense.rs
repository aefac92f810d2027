//! Page after page of running text, for measuring.

use gristmill_pdf::{ImagePdf, Picture};

use crate::error::NotMade;
use crate::face::Face;
use crate::issue::{issued, pixels};
use crate::paper::drawn;
use crate::random::Random;
use crate::sheet::{Sheet, Type};
use crate::specimen::{Media, Origin, Specimen};
use crate::words::{WORDS, sentence};

/// About how many words a page has.
const WORDS_A_PAGE: usize = 500;

/// A document of so many pages (one for [`Origin::Scan`]) of about 500 words each. The scanned PDF is black and white at 300 dpi.
///
/// # Errors
/// [`NotMade`], for faults of this program.
pub fn dense(seed: u64, pages: u32, origin: Origin) -> Result<Specimen, NotMade> {
    let mut random = Random::new("dense", seed);
    let pages = if origin == Origin::Scan { 1 } else { pages.max(1) };
    let sheets = written(&mut random, pages);
    let stem = format!("dense-{pages}-{seed:03}");
    if origin != Origin::ScannedPdf {
        return issued(&stem, &sheets, origin, &mut random);
    }
    let mut pdf = ImagePdf::new();
    for sheet in &sheets {
        // Drawn at half the size, in a quarter of the time: shades of grey say where edges are between its pixels.
        let mut page = drawn(sheet, pixels(sheet, 150.0))?.doubled();
        page.grain(&mut random, 8.0);
        let threshold = random.whole(110, 170) as u8;
        let (bytes, width, height) = (page.bits(threshold), page.width as u32, page.height as u32);
        pdf.page(Picture::Bits { bytes: &bytes, width, height }, (sheet.width, sheet.height), &[]);
    }
    Ok(Specimen {
        name: format!("{stem}.pdf"),
        media: Media::Pdf,
        bytes: pdf.finish(),
        pages,
        text: sheets.iter().map(Sheet::text).collect(),
        record: None,
        pairs: Vec::new(),
    })
}

/// The pages before they are scanned.
pub(crate) fn written(random: &mut Random, pages: u32) -> Vec<Sheet> {
    let style = Type::new(random.pick(&[Face::Times, Face::Helvetica]), 12.0);
    let style = if style.face == Face::Helvetica { style.scaled(0.93) } else { style };
    (1..=pages).map(|number| page(random, style, number)).collect()
}

fn page(random: &mut Random, style: Type, number: u32) -> Sheet {
    let mut sheet = Sheet::new(595.0, 842.0);
    let (left, width, lead) = (70.0, 455.0, style.size * 1.22);
    let (mut y, mut words) = (72.0, 0);
    while words < WORDS_A_PAGE && y < 730.0 {
        if random.chance(0.25) || words == 0 {
            let heading = format!("{number}.{} {}", words / 100 + 1, capital(random.pick(&WORDS)));
            sheet.left(left, y, style.bold().scaled(1.15), &heading);
            y += lead * 1.4;
        }
        let count = random.whole(4, 7);
        let text = (0..count).map(|_| sentence(random)).collect::<Vec<_>>().join(" ");
        words += text.split(' ').count();
        y = sheet.wrap((left, y), width, lead, style, &text) + lead * 0.5;
    }
    sheet.centre(297.5, 800.0, style, &number.to_string());
    sheet
}

/// With a capital letter.
pub(crate) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
