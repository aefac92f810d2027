//! A page while it is written: texts, lines and boxes in points, y downwards. It knows what is to be read on it.

use crate::face::Face;

/// How letters look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    /// Their font.
    pub(crate) face: Face,
    /// In points.
    pub(crate) size: f64,
    /// How much wider than the font has them.
    pub(crate) stretch: f64,
    /// Each letter stands in a cell of this many points, squeezed or widened to fit, as thermal printers do it. 0: none does.
    pub(crate) cell: f64,
    /// 0 black, 1 white.
    pub(crate) grey: f64,
}

impl Type {
    /// Black, as the font has it.
    pub(crate) fn new(face: Face, size: f64) -> Self {
        Self { face, size, stretch: 1.0, cell: 0.0, grey: 0.0 }
    }

    /// The bold one.
    pub(crate) fn bold(self) -> Self {
        Self { face: self.face.bold(), ..self }
    }

    /// So many times as large.
    pub(crate) fn scaled(self, times: f64) -> Self {
        Self { size: self.size * times, cell: self.cell * times, ..self }
    }

    /// How wide a text is, in points.
    pub(crate) fn width(self, text: &str) -> f64 {
        match self.cell > 0.0 {
            true => self.cell * text.chars().count() as f64,
            false => text.chars().map(|c| self.face.advance(c)).sum::<f64>() * self.size * self.stretch,
        }
    }

    /// No larger than lets a text fit.
    pub(crate) fn fitting(self, text: &str, width: f64) -> Self {
        self.scaled((width / self.width(text).max(0.01)).min(1.0))
    }
}

/// Which end of a text is where it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Its beginning.
    Left,
    /// Its middle.
    Centre,
    /// Its end.
    Right,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A text from `x` on a baseline.
    Text { x: f64, y: f64, style: Type, text: String },
    /// A line; `dash` is the length of its dashes and gaps, 0 for none.
    Line { from: (f64, f64), to: (f64, f64), width: f64, dash: f64 },
    /// A box with an edge of this width (0 for none) and a filling.
    Box { corner: (f64, f64), size: (f64, f64), edge: f64, fill: Option<f64> },
}

/// A page.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// In points.
    pub(crate) width: f64,
    /// In points.
    pub(crate) height: f64,
    /// In the order they are drawn.
    pub(crate) marks: Vec<Mark>,
    /// How many times as wide lines are, because a pen or a bad printer draws them.
    pub(crate) heavy: f64,
}

impl Sheet {
    /// An empty one.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: Vec::new(), heavy: 1.0 }
    }

    /// Writes a text on the baseline `y` and answers its right end.
    pub(crate) fn put(&mut self, at: (f64, f64), align: Align, style: Type, text: &str) -> f64 {
        let width = style.width(text);
        let x = match align {
            Align::Left => at.0,
            Align::Centre => at.0 - width / 2.0,
            Align::Right => at.0 - width,
        };
        if !text.trim().is_empty() {
            self.marks.push(Mark::Text { x, y: at.1, style, text: text.to_owned() });
        }
        x + width
    }

    /// Writes a text from its beginning and answers its right end.
    pub(crate) fn left(&mut self, x: f64, y: f64, style: Type, text: &str) -> f64 {
        self.put((x, y), Align::Left, style, text)
    }

    /// Writes a text up to its end.
    pub(crate) fn right(&mut self, x: f64, y: f64, style: Type, text: &str) {
        self.put((x, y), Align::Right, style, text);
    }

    /// Writes a text around its middle.
    pub(crate) fn centre(&mut self, x: f64, y: f64, style: Type, text: &str) {
        self.put((x, y), Align::Centre, style, text);
    }

    /// Writes a text in as many lines as it takes and answers the baseline after them.
    pub(crate) fn wrap(&mut self, at: (f64, f64), width: f64, lead: f64, style: Type, text: &str) -> f64 {
        let mut y = at.1;
        for line in wrapped(text, width, style) {
            self.left(at.0, y, style, &line);
            y += lead;
        }
        y
    }

    /// Draws a line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        self.marks.push(Mark::Line { from, to, width: width * self.heavy, dash: 0.0 });
    }

    /// Draws a level line.
    pub(crate) fn rule(&mut self, left: f64, right: f64, y: f64, width: f64) {
        self.line((left, y), (right, y), width);
    }

    /// Draws a level line of dashes.
    pub(crate) fn dashes(&mut self, left: f64, right: f64, y: f64, width: f64, dash: f64) {
        self.marks.push(Mark::Line { from: (left, y), to: (right, y), width, dash });
    }

    /// Draws a box around nothing.
    pub(crate) fn frame(&mut self, left: f64, top: f64, right: f64, bottom: f64, edge: f64) {
        let (corner, size) = ((left, top), (right - left, bottom - top));
        self.marks.push(Mark::Box { corner, size, edge: edge * self.heavy, fill: None });
    }

    /// Fills a box.
    pub(crate) fn fill(&mut self, left: f64, top: f64, right: f64, bottom: f64, grey: f64) {
        self.marks.push(Mark::Box { corner: (left, top), size: (right - left, bottom - top), edge: 0.0, fill: Some(grey) });
    }

    /// What is to be read: texts whose baselines are nearer than a third of the smaller size stand in one row.
    pub(crate) fn text(&self) -> String {
        let mut texts: Vec<(f64, f64, f64, &str)> = self.marks.iter().filter_map(placed).collect();
        texts.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut rows: Vec<Vec<(f64, f64, f64, &str)>> = Vec::new();
        for text in texts {
            match rows.last_mut() {
                Some(row) if row.first().is_some_and(|first| text.1 - first.1 < 0.36 * text.2.min(first.2)) => row.push(text),
                _ => rows.push(vec![text]),
            }
        }
        let mut out = String::new();
        for row in &mut rows {
            row.sort_by(|a, b| a.0.total_cmp(&b.0));
            let words: Vec<&str> = row.iter().flat_map(|t| t.3.split_whitespace()).collect();
            out.push_str(&words.join(" "));
            out.push('\n');
        }
        out
    }
}

fn placed(mark: &Mark) -> Option<(f64, f64, f64, &str)> {
    match mark {
        Mark::Text { x, y, style, text } => Some((*x, *y, style.size, text)),
        _ => None,
    }
}

/// The lines of a text that fit a width.
pub(crate) fn wrapped(text: &str, width: f64, style: Type) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if style.width(line) + style.width(" ") + style.width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_on_one_baseline_are_one_row_from_the_left() {
        let style = Type::new(Face::Courier, 10.0);
        let mut sheet = Sheet::new(200.0, 100.0);
        sheet.right(190.0, 51.0, style, "4.20");
        sheet.left(10.0, 50.0, style, "Total  due");
        sheet.left(10.0, 62.0, style, "Thanks");
        assert_eq!(sheet.text(), "Total due 4.20\nThanks\n");
    }

    #[test]
    fn a_long_text_is_broken_where_it_no_longer_fits() {
        let style = Type::new(Face::Courier, 10.0);
        assert_eq!(wrapped("one two three four", 48.0, style), ["one two", "three", "four"]);
        assert!((style.fitting("0123456789", 30.0).width("0123456789") - 30.0).abs() < 1e-9);
    }
}
