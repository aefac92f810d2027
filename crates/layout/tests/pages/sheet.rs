//! Pages made up for tests: text put at places, in a type whose letters are all half as wide as they are high.

use gristmill_layout::{Document, Line, Origin, Page, Rect, Unit, Word, arrange};

/// A page of A4 in points that is being filled.
#[derive(Default)]
pub struct Sheet {
    pub lines: Vec<Line>,
}

pub const WIDTH: f64 = 595.0;
pub const HEIGHT: f64 = 842.0;

/// How wide a text is in a size.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size / 2.0
}

/// A line that begins at a place; words are what stands between blanks.
pub fn line(x: f64, y: f64, size: f64, text: &str) -> Line {
    let mut at = x;
    let word = |text: &str| {
        let bounds = Rect::new(at, y, at + width(text, size), y + size);
        at = bounds.x1 + size / 2.0;
        Word { text: text.into(), bounds, confidence: 0.9 }
    };
    Line::of(text.split_whitespace().map(word).collect()).unwrap()
}

impl Sheet {
    /// A line that begins at a place.
    pub fn put(mut self, x: f64, y: f64, size: f64, text: &str) -> Self {
        self.lines.push(line(x, y, size, text));
        self
    }

    /// A line that ends at a place.
    pub fn put_right(self, x: f64, y: f64, size: f64, text: &str) -> Self {
        self.put(x - width(text, size), y, size, text)
    }

    /// Lines below each other in size 10, 12 apart.
    pub fn put_all(self, x: f64, y: f64, texts: &[&str]) -> Self {
        texts.iter().enumerate().fold(self, |sheet, (i, text)| sheet.put(x, y + 12.0 * i as f64, 10.0, text))
    }

    /// A page as it would look on a typewriter: blanks of two or more part lines that stand beside each other.
    pub fn typed(picture: &str) -> Self {
        let mut sheet = Self::default();
        for (row, text) in picture.lines().enumerate() {
            let mut at = 0;
            for part in text.split("  ") {
                let begin = at + part.len() - part.trim_start().len();
                at += part.len() + 2;
                if !part.trim().is_empty() {
                    sheet = sheet.put(40.0 + 5.0 * begin as f64, 100.0 + 12.0 * row as f64, 10.0, part.trim());
                }
            }
        }
        sheet
    }

    /// As in a mirror: what began at the left begins at the right.
    pub fn mirrored(mut self) -> Self {
        let turn = |b: &mut Rect| *b = Rect::new(WIDTH - b.x0, b.y0, WIDTH - b.x1, b.y1);
        for line in &mut self.lines {
            turn(&mut line.bounds);
            line.words.iter_mut().for_each(|w| turn(&mut w.bounds));
        }
        self
    }

    /// The page, its lines arranged after they were put out of order.
    pub fn page(mut self) -> Page {
        // 7919 is a prime, so this takes each line once.
        let count = self.lines.len();
        self.lines = (0..count).map(|i| self.lines[i * 7919 % count].clone()).collect();
        Page {
            number: 1,
            width: WIDTH,
            height: HEIGHT,
            unit: Unit::Pt,
            source: Origin::Text,
            engine: None,
            straightened: None,
            blocks: arrange(self.lines, WIDTH, HEIGHT),
            form: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub fn document(self) -> Document {
        Document { pages: vec![self.page()] }
    }
}
