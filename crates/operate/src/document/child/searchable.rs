//! A PDF that can be searched: the words of each page, invisible, beneath what the page shows.

use std::fs::File;
use std::io::BufReader;

use gristmill_layout::{Line, Matrix, Origin, Page, Rect, Word};
use gristmill_model::{Fault, Problem};
use gristmill_pdf::{ImagePdf, Picture, TextLayer, searchable};
use gristmill_picture::{Encoding, Raster, Settings, encode};
use serde_json::json;

use super::super::wire::{Request, pages};
use super::source::{self, Source};
use super::{bug, is_pdf, picture};
use crate::child::{Answer, write_all};
use crate::context::Password;

/// How pictures are kept in a PDF that is made of them.
const QUALITY: u8 = 80;
const MOST_PIXELS: u64 = 9_000_000;
/// A page of a PDF is at most this many points a side (ISO 32000-2, annex C), and one of A4 when nothing says how large a picture is.
const MOST_POINTS: f64 = 14_400.0;
const A4_LONG_SIDE: f64 = 842.0;

/// Writes the PDF.
pub(super) fn write(request: &Request, input: &File, layout: &File, out: &File) -> Answer {
    let read = pages(BufReader::new(layout)).collect::<std::io::Result<Vec<Page>>>().map_err(|e| bug(e.to_string()))?;
    let bytes = if is_pdf(request) { beneath(request, input, read)? } else { anew(request, input, read)? };
    write_all(out, &bytes)?;
    Ok(json!({ "bytes": bytes.len() }))
}

/// Text onto the pages that were read; pages that state their text are left as they are.
fn beneath(request: &Request, input: &File, read: Vec<Page>) -> Result<Vec<u8>, Problem> {
    let layers: Vec<TextLayer> = read
        .into_iter()
        .filter(|page| page.source == Origin::Ocr)
        .map(|page| {
            let to_page = page.straightened.and_then(Matrix::inverse).unwrap_or(Matrix::IDENTITY);
            TextLayer { page: page.number, to_page, lines: lines(page, 1.0) }
        })
        .collect();
    searchable(&source::bytes(request, input)?, request.password.as_ref().map(Password::reveal), &layers)
        .map_err(|why| Problem::new(Fault::Input, why.code(), why.to_string()))
}

/// A new PDF of pictures as they were straightened.
fn anew(request: &Request, input: &File, read: Vec<Page>) -> Result<Vec<u8>, Problem> {
    let mut source = Source::open(request, input)?;
    let mut pdf = ImagePdf::new();
    for page in read.into_iter().filter(|page| page.source != Origin::Failed) {
        let (pixels, taken) = picture::take(&mut source, page.number, 72.0, MOST_PIXELS)?;
        let pixels = picture::straight(pixels, taken.scale, Some((page.width, page.height)), page.straightened);
        let (width, height) = (pixels.width, pixels.height);
        let raster = Raster { width, height, channels: 3, pixels: pixels.rgb };
        let jpeg = encode(&raster, Encoding::Jpeg, Settings { quality: QUALITY, background: [255; 3], exif: None })?;
        let points = A4_LONG_SIDE.min(MOST_POINTS) / page.width.max(page.height);
        let size = (page.width * points, page.height * points);
        pdf.page(Picture::Jpeg { bytes: &jpeg, width, height, grey: false }, size, &lines(page, points));
    }
    Ok(pdf.finish())
}

/// The lines of a page in units so many times as large.
fn lines(page: Page, scale: f64) -> Vec<Line> {
    let scaled = |r: Rect| Rect::new(r.x0 * scale, r.y0 * scale, r.x1 * scale, r.y1 * scale);
    let word = |w: Word| Word { bounds: scaled(w.bounds), ..w };
    let all = page.blocks.into_iter().flat_map(|block| block.lines);
    all.filter_map(|line| Line::of(line.words.into_iter().map(word).collect())).collect()
}
