//! hOCR 1.2 as XHTML (<https://kba.github.io/hocr-spec/1.2/>).

use std::fmt::Write as _;

use crate::document::{Document, Line, Page, Unit};
use crate::escape::xml;
use crate::geometry::Rect;
use crate::script::mostly_right_to_left;

/// Boxes of hOCR are whole numbers, and whole points are too coarse for words: pages in points are told as if scanned at this resolution.
const DOTS_PER_INCH: f64 = 300.0;

/// Before the first page. Readers look for the two names in `meta`.
pub const HOCR_HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title></title>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
<meta name="ocr-system" content="gristmill"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word"/>
</head>
<body>
"#;

/// After the last page.
pub const HOCR_TAIL: &str = "</body>\n</html>\n";

impl Document {
    /// Pages, blocks, lines and words with their boxes in pixels; for pages measured in points, in pixels at 300 to the inch, which
    /// `scan_res` says.
    pub fn hocr(&self) -> String {
        let pages: String = self.pages.iter().map(Page::hocr).collect();
        format!("{HOCR_HEAD}{pages}{HOCR_TAIL}")
    }
}

impl Page {
    /// Its part of [`Document::hocr`].
    pub fn hocr(&self) -> String {
        let mut out = String::new();
        Writer::of(self).page(self, &mut out);
        out
    }
}

/// Knows how a page's boxes become whole numbers.
struct Writer {
    scale: f64,
    size: (f64, f64),
}

impl Writer {
    fn of(page: &Page) -> Self {
        let scale = match page.unit {
            Unit::Pt => DOTS_PER_INCH / 72.0,
            Unit::Px => 1.0,
        };
        // The largest size that is still exact as a whole number, for a page that claims to be endless.
        let whole = |v: f64| (v * scale).round().clamp(0.0, f64::from(u32::MAX));
        let tame = |v: f64| if v.is_nan() { 0.0 } else { whole(v) };
        Self { scale, size: (tame(page.width), tame(page.height)) }
    }

    fn page(&self, page: &Page, out: &mut String) {
        let n = page.number;
        let resolution = if page.unit == Unit::Pt { "; scan_res 300 300" } else { "" };
        let (w, h) = self.size;
        put(
            out,
            format_args!(
                "<div class=\"ocr_page\" id=\"page_{n}\" title=\"bbox 0 0 {w:.0} {h:.0}; ppageno {}{resolution}\">\n",
                n.saturating_sub(1)
            ),
        );
        let (mut line, mut word) = (0, 0);
        for (block, i) in page.blocks.iter().zip(1..) {
            let bbox = self.bbox(block.bounds);
            let direction = if mostly_right_to_left(&block.lines) { " dir=\"rtl\"" } else { "" };
            put(out, format_args!("<div class=\"ocr_carea\" id=\"block_{n}_{i}\" title=\"{bbox}\">\n"));
            put(out, format_args!("<p class=\"ocr_par\" id=\"par_{n}_{i}\"{direction} title=\"{bbox}\">\n"));
            for l in &block.lines {
                line += 1;
                self.line(l, (n, line), &mut word, out);
            }
            out.push_str("</p>\n</div>\n");
        }
        out.push_str("</div>\n");
    }

    fn line(&self, line: &Line, (page, number): (u32, usize), word: &mut usize, out: &mut String) {
        put(out, format_args!("<span class=\"ocr_line\" id=\"line_{page}_{number}\" title=\"{}\">", self.bbox(line.bounds)));
        for (at, w) in line.words.iter().enumerate() {
            *word += 1;
            let sure = if w.confidence.is_nan() { 0.0 } else { (w.confidence * 100.0).round().clamp(0.0, 100.0) };
            let (blank, bbox, text) = (if at > 0 { " " } else { "" }, self.bbox(w.bounds), xml(&w.text));
            put(
                out,
                format_args!(
                    "{blank}<span class=\"ocrx_word\" id=\"word_{page}_{word}\" title=\"{bbox}; x_wconf {sure:.0}\">{text}</span>"
                ),
            );
        }
        out.push_str("</span>\n");
    }

    fn bbox(&self, b: Rect) -> String {
        let within = |v: f64, most: f64| if v.is_nan() { 0.0 } else { (v * self.scale).round().clamp(0.0, most) };
        let (w, h) = self.size;
        format!("bbox {:.0} {:.0} {:.0} {:.0}", within(b.x0, w), within(b.y0, h), within(b.x1, w), within(b.y1, h))
    }
}

/// Writing to a string cannot fail.
fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
