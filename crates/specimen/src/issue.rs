//! Pages on their way to a file: written by a program, or printed and scanned.

use gristmill_pdf::{ImagePdf, Picture};

use crate::error::NotMade;
use crate::paper::{drawn, pdf};
use crate::random::Random;
use crate::sheet::Sheet;
use crate::specimen::{Media, Origin, Specimen};
use crate::wear::{Device, scan};

/// A specimen of these pages without fields; `stem` is its name without what stands for the media.
pub(crate) fn issued(stem: &str, sheets: &[Sheet], origin: Origin, random: &mut Random) -> Result<Specimen, NotMade> {
    let (media, bytes) = match origin {
        Origin::Digital => (Media::Pdf, pdf(sheets)),
        Origin::ScannedPdf => (Media::Pdf, scanned(sheets, random)?),
        Origin::Scan => worn(sheets, random)?,
    };
    Ok(Specimen {
        name: format!("{stem}.{}", media.extension()),
        media,
        bytes,
        pages: sheets.len() as u32,
        text: sheets.iter().map(Sheet::text).collect(),
        record: None,
        pairs: Vec::new(),
    })
}

/// Pictures of pages at 300 dpi in a PDF.
fn scanned(sheets: &[Sheet], random: &mut Random) -> Result<Vec<u8>, NotMade> {
    let mut pdf = ImagePdf::new();
    for sheet in sheets {
        let page = drawn(sheet, pixels(sheet, 300.0))?;
        let hard = random.between(0.1, 0.6);
        let worn = scan(page, random, Device::Scanner, hard);
        let bytes = worn.jpeg(random.whole(40, 65) as u8)?;
        let (width, height) = (worn.width as u32, worn.height as u32);
        pdf.page(Picture::Jpeg { bytes: &bytes, width, height, grey: true }, (sheet.width, sheet.height), &[]);
    }
    Ok(pdf.finish())
}

/// The first page at 150 dpi. What a copier makes has two shades and needs no loss.
fn worn(sheets: &[Sheet], random: &mut Random) -> Result<(Media, Vec<u8>), NotMade> {
    let Some(sheet) = sheets.first() else { return Ok((Media::Jpeg, Vec::new())) };
    let page = drawn(sheet, pixels(sheet, 150.0))?;
    let device = random.pick(&[Device::Scanner, Device::Scanner, Device::Scanner, Device::Copier]);
    let hard = random.between(0.1, 0.75);
    let worn = scan(page, random, device, hard);
    match device {
        Device::Copier => Ok((Media::Png, worn.png()?)),
        _ => Ok((Media::Jpeg, worn.jpeg(random.whole(50, 85) as u8)?)),
    }
}

/// How many pixels wide a page is at so many an inch.
pub(crate) fn pixels(sheet: &Sheet, dpi: f64) -> u32 {
    (sheet.width / 72.0 * dpi) as u32
}
