//! Sheets as a PDF whose text is seen, found and drawn with the standard fonts.

use gristmill_pdf::{Limits, Pdf};
use pdf_writer::{Content, Filter, Finish, Name, Rect, Ref, Str};

use crate::error::NotMade;
use crate::face::{Face, encoded};
use crate::picture::Grey;
use crate::sheet::{Mark, Sheet, Type};

const CATALOGUE: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
/// What a glyph may be squeezed and widened to in its cell.
const SQUEEZE: (f64, f64) = (0.55, 1.35);

/// A PDF of these pages.
pub(crate) fn pdf(sheets: &[Sheet]) -> Vec<u8> {
    let mut pdf = pdf_writer::Pdf::new();
    let mut next = Ref::new(3);
    let fonts: Vec<(Face, Ref)> = Face::ALL.into_iter().map(|face| (face, next.bump())).collect();
    for (face, font) in &fonts {
        pdf.type1_font(*font).base_font(Name(face.base_font())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let mut pages = Vec::new();
    for sheet in sheets {
        let (page, body) = (next.bump(), next.bump());
        pdf.stream(body, &miniz_oxide::deflate::compress_to_vec_zlib(&content(sheet), 6)).filter(Filter::FlateDecode);
        let mut writer = pdf.page(page);
        writer.media_box(Rect::new(0.0, 0.0, sheet.width as f32, sheet.height as f32)).parent(TREE).contents(body);
        let mut resources = writer.resources();
        let mut named = resources.fonts();
        for (face, font) in &fonts {
            named.pair(Name(face.resource()), *font);
        }
        named.finish();
        resources.finish();
        pages.push(page);
    }
    pdf.catalog(CATALOGUE).pages(TREE);
    let count = pages.len() as i32;
    pdf.pages(TREE).kids(pages).count(count);
    pdf.finish()
}

/// A page as a picture of this width in pixels.
pub(crate) fn drawn(sheet: &Sheet, width: u32) -> Result<Grey, NotMade> {
    let mut open = Pdf::open(pdf(std::slice::from_ref(sheet)), None, &Limits::default())?;
    // A hair more, because the renderer rounds down.
    let dpi = (f64::from(width) + 0.01) * 72.0 / sheet.width;
    let raster = open.raster(1, dpi, 1 << 27)?;
    let data = raster.rgb.chunks_exact(3).map(|p| ((u32::from(p[0]) + 2 * u32::from(p[1]) + u32::from(p[2])) / 4) as u8).collect();
    Ok(Grey { width: raster.width as usize, height: raster.height as usize, data })
}

fn content(sheet: &Sheet) -> Vec<u8> {
    let mut content = Content::new();
    for mark in &sheet.marks {
        match mark {
            Mark::Text { x, y, style, text } => show(&mut content, *x, sheet.height - y, *style, text),
            Mark::Line { from, to, width, dash } => {
                let dashes: Vec<f32> = if *dash > 0.0 { vec![*dash as f32, *dash as f32 * 0.8] } else { Vec::new() };
                content.set_stroke_gray(0.0).set_line_width(*width as f32).set_dash_pattern(dashes, 0.0);
                content.move_to(from.0 as f32, (sheet.height - from.1) as f32);
                content.line_to(to.0 as f32, (sheet.height - to.1) as f32).stroke();
            }
            Mark::Box { corner, size, edge, fill } => {
                let bottom = sheet.height - corner.1 - size.1;
                let rect = [corner.0, bottom, size.0, size.1].map(|v| v as f32);
                if let Some(grey) = fill {
                    content.set_fill_gray(*grey as f32).rect(rect[0], rect[1], rect[2], rect[3]).fill_nonzero();
                }
                if *edge > 0.0 {
                    content.set_stroke_gray(0.0).set_line_width(*edge as f32).set_dash_pattern([], 0.0);
                    content.rect(rect[0], rect[1], rect[2], rect[3]).stroke();
                }
            }
        }
    }
    content.finish().into_vec()
}

fn show(content: &mut Content, x: f64, y: f64, style: Type, text: &str) {
    content.begin_text().set_fill_gray(style.grey as f32).set_font(Name(style.face.resource()), style.size as f32);
    if style.cell > 0.0 {
        for (n, character) in text.chars().enumerate().filter(|(_, c)| *c != ' ') {
            let natural = style.face.advance(character) * style.size;
            let stretch = (0.94 * style.cell / natural).clamp(SQUEEZE.0, SQUEEZE.1);
            let left = x + style.cell * n as f64 + (style.cell - natural * stretch) / 2.0;
            glyphs(content, left, y, stretch, &encoded(&character.to_string()));
        }
    } else {
        glyphs(content, x, y, style.stretch, &encoded(text));
    }
    content.end_text();
}

fn glyphs(content: &mut Content, x: f64, y: f64, stretch: f64, bytes: &[u8]) {
    content.set_text_matrix([stretch as f32, 0.0, 0.0, 1.0, x as f32, y as f32]).show(Str(bytes));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Random;
    use crate::{dense, form, invoice, receipt, submission};

    /// One page of every kind, before it is worn.
    fn pages(seed: u64) -> Vec<(&'static str, Sheet)> {
        let random = |kind: &str| Random::new(kind, seed);
        vec![
            ("form", form::filled(&mut random("form"), seed).sheet),
            ("receipt", receipt::printed(&mut random("receipt"), seed).0),
            ("invoice", invoice::designed(&mut random("invoice"), seed).0),
            ("submission", submission::written(&mut random("submission")).0),
            ("dense", dense::written(&mut random("dense"), 1).remove(0)),
        ]
    }

    fn counted<T: Ord>(of: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
        let mut counts = BTreeMap::new();
        of.for_each(|each| *counts.entry(each).or_default() += 1);
        counts
    }

    #[test]
    fn the_truth_is_what_stands_on_the_page() {
        for (kind, sheet) in (0..40).flat_map(pages) {
            let celled = sheet.marks.iter().any(|m| matches!(m, Mark::Text { style, .. } if style.cell > 0.0));
            let mut open = Pdf::open(pdf(std::slice::from_ref(&sheet)), None, &Limits::default()).unwrap();
            let lines = open.text(1).unwrap().lines;
            let seen: Vec<String> = lines.into_iter().flat_map(|l| l.words).map(|w| w.text).collect();
            let truth = sheet.text();
            if celled {
                // Letters in cells stand too far apart to be told from words: only their number can be compared.
                let letters = |text: &str| counted(text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>().into_iter());
                assert_eq!(letters(&seen.concat()), letters(&truth), "{kind}\n{truth}");
            } else {
                let words = counted(truth.split_whitespace().map(str::to_owned));
                assert_eq!(counted(seen.into_iter()), words, "{kind}\n{truth}");
            }
        }
    }

    #[test]
    fn no_text_stands_on_another_or_beyond_the_edge() {
        for (kind, sheet) in (0..60).flat_map(pages) {
            let texts: Vec<(f64, f64, f64, f64, &str)> = sheet
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Text { x, y, style, text } => Some((*x, x + style.width(text), *y, style.size, text.as_str())),
                    _ => None,
                })
                .collect();
            for (n, a) in texts.iter().enumerate() {
                assert!(a.0 >= 0.0 && a.1 <= sheet.width && a.2 > 0.0 && a.2 < sheet.height, "{kind}: {a:?} {}", sheet.height);
                for b in &texts[n + 1..] {
                    let beside = a.1 <= b.0 + 0.5 || b.1 <= a.0 + 0.5;
                    let apart = (a.2 - b.2).abs() >= 0.6 * a.3.min(b.3);
                    assert!(beside || apart, "{kind}: {a:?} on {b:?}");
                }
            }
        }
    }
}
