//! A typed page.

use gristmill_layout::{Document, Line, Origin, Page, Rect, Unit, Word, arrange};

/// One line below the other, each character ten wide.
pub fn page(text: &str) -> Document {
    let line = |(row, text): (usize, &str)| {
        let word = |(column, word): (usize, &str)| {
            let (x, y) = (column as f64 * 10.0, row as f64 * 30.0);
            Word { text: word.to_owned(), bounds: Rect::new(x, y, x + word.chars().count() as f64 * 10.0, y + 20.0), confidence: 1.0 }
        };
        let mut at = 0;
        let words = text.split(' ').map(|w| {
            let from = at;
            at += w.chars().count() + 1;
            (from, w)
        });
        Line::of(words.filter(|(_, w)| !w.is_empty()).map(word).collect())
    };
    let lines = text.lines().enumerate().filter_map(line).collect();
    let (width, height) = (2000.0, 3000.0);
    Document {
        pages: vec![Page {
            number: 1,
            width,
            height,
            unit: Unit::Px,
            source: Origin::Ocr,
            engine: None,
            straightened: None,
            blocks: arrange(lines, width, height),
            form: Vec::new(),
            warnings: Vec::new(),
        }],
    }
}
