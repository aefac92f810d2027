//! Looks at each page and writes down what it states of itself, a line a page, so that what was seen is kept should a page kill the process.

use std::fs::File;
use std::io::{BufWriter, Write};

use gristmill_layout::FormField;
use gristmill_model::Problem;
use gristmill_pdf::{Layer, Pdf};
use serde_json::json;

use super::super::wire::{Look, Text};
use super::source::{self, Source};
use crate::child::{Answer, write_all};

/// Writes a [`Look`] for each page from `from` on.
pub(super) fn write(source: &mut Source, from: u32, out: &File) -> Answer {
    let pages = source.pages();
    let form = match source {
        Source::Pdf(pdf) => pdf.form(),
        Source::Picture { .. } => Vec::new(),
    };
    for page in from..=pages {
        let look = look(source, page, &form)?;
        let mut line = Vec::new();
        serde_json::to_writer(&mut line, &look).map_err(|e| super::bug(e.to_string()))?;
        line.push(b'\n');
        // Page by page: what is written is kept when the next page ends this process.
        write_all(out, &line)?;
    }
    BufWriter::new(out).flush().map_err(|e| super::bug(e.to_string()))?;
    Ok(json!({ "pages": pages }))
}

fn look(source: &mut Source, page: u32, form: &[(u32, FormField)]) -> Result<Look, Problem> {
    match source {
        Source::Pdf(pdf) => Ok(look_at_pdf(pdf, page, form)),
        Source::Picture { bytes, limits, .. } => {
            let size = source::page(bytes, page, limits).map(|(_, headers)| headers.orientation.upright_size(headers.size));
            let (size, text, warnings) = match size {
                Ok(size) => (size, Text::Missing, Vec::new()),
                Err(problem) if page > 1 => (gristmill_picture::Size::new(1, 1), Text::Poison, vec![problem.message]),
                Err(problem) => return Err(problem),
            };
            let (width, height) = (f64::from(size.width), f64::from(size.height));
            Ok(Look { page, width, height, text, lines: Vec::new(), form: Vec::new(), warnings })
        }
    }
}

fn look_at_pdf(pdf: &mut Pdf, page: u32, form: &[(u32, FormField)]) -> Look {
    let (width, height) = pdf.size(page).unwrap_or((595.0, 842.0));
    let form = form.iter().filter(|(on, _)| *on == page).map(|(_, field)| field.clone()).collect();
    match pdf.text(page) {
        Ok(read) => {
            let text = match read.layer {
                Layer::Usable => Text::Stated,
                Layer::Blank => Text::Blank,
                Layer::EmbeddedOcr => Text::Embedded,
                Layer::None | Layer::Broken | Layer::Stamp => Text::Missing,
            };
            Look { page, width, height, text, lines: read.lines, form, warnings: read.warnings }
        }
        // Its picture may still be drawn, by us or by another program.
        Err(refusal) => Look { page, width, height, text: Text::Missing, lines: Vec::new(), form, warnings: vec![refusal.to_string()] },
    }
}
