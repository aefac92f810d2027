//! A roll of paper under a printer's head: text in columns of equal letters, from the top down.

use crate::face::Face;
use crate::random::Random;
use crate::sheet::{Sheet, Type};

/// A receipt while it is printed.
#[derive(Debug, Clone)]
pub(crate) struct Roll {
    /// As long as it has become.
    pub(crate) sheet: Sheet,
    /// How letters look.
    pub(crate) style: Type,
    /// The left margin.
    pub(crate) left: f64,
    /// Where columns end.
    pub(crate) right: f64,
    /// The next baseline.
    pub(crate) y: f64,
    /// From baseline to baseline.
    pub(crate) lead: f64,
    /// How many letters fit a line.
    pub(crate) columns: usize,
    rule: usize,
}

impl Roll {
    /// An empty one, its width and letters chosen.
    pub(crate) fn new(random: &mut Random) -> Self {
        let width = random.between(190.0, 232.0);
        let margin = random.between(6.0, 20.0);
        let columns = random.whole(30, 44) as usize;
        let cell = (width - 2.0 * margin) / columns as f64;
        let style = match random.below(10) {
            0..=4 => {
                let face = random.pick(&[Face::Helvetica, Face::Helvetica, Face::HelveticaBold]);
                Type { cell, ..Type::new(face, cell * random.between(1.7, 2.1)) }
            }
            5..=7 => {
                let stretch = random.between(0.8, 1.0);
                Type { stretch, ..Type::new(random.pick(&[Face::Courier, Face::CourierBold, Face::CourierBold]), cell / 0.6 / stretch) }
            }
            _ => Type::new(Face::Helvetica, cell * random.between(1.75, 2.0)),
        };
        let lead = style.size * random.between(1.08, 1.4);
        Self {
            sheet: Sheet::new(width, 0.0),
            style,
            left: margin,
            right: width - margin,
            y: lead * random.between(1.5, 3.0),
            lead,
            columns,
            rule: random.below(5),
        }
    }

    /// Large letters, as printers make them: twice as wide, or high, or both.
    pub(crate) fn large(&self, random: &mut Random) -> Type {
        let times = random.pick(&[1.0, 1.25, 1.5, 1.8]);
        self.style.bold().scaled(times)
    }

    /// A line in the middle.
    pub(crate) fn middle(&mut self, style: Type, text: &str) {
        let style = style.fitting(text, self.right - self.left);
        self.y += (style.size - self.style.size).max(0.0) * 0.8;
        self.sheet.centre((self.left + self.right) / 2.0, self.y, style, text);
        self.y += self.lead;
    }

    /// A line from the left, so many letters in.
    pub(crate) fn line(&mut self, indent: f64, text: &str) {
        let style = self.style.fitting(text, self.right - self.left);
        self.sheet.left(self.left + indent * self.style.width("0"), self.y, style, text);
        self.y += self.lead;
    }

    /// Something at the left and something at the right; on two lines when it does not fit one.
    pub(crate) fn ends(&mut self, style: Type, left: &str, right: &str) {
        let style = if self.fits(style, left, right) { style } else { self.style };
        self.y += (style.size - self.style.size).max(0.0) * 0.8;
        if !self.fits(style, left, right) {
            self.line(0.0, left);
            self.sheet.right(self.right, self.y, style, right);
        } else {
            self.sheet.left(self.left, self.y, style, left);
            self.sheet.right(self.right, self.y, style, right);
        }
        self.y += self.lead;
    }

    fn fits(&self, style: Type, left: &str, right: &str) -> bool {
        style.width(left) + style.width("00") + style.width(right) <= self.right - self.left
    }

    /// Cells that end at these parts of the width; the first begins at the left.
    pub(crate) fn cells(&mut self, ends: &[f64], texts: &[&str]) {
        for (n, (end, text)) in ends.iter().zip(texts).enumerate() {
            match n {
                0 => drop(self.sheet.left(self.left, self.y, self.style, text)),
                _ => self.sheet.right(self.left + (self.right - self.left) * end, self.y, self.style, text),
            }
        }
        self.y += self.lead;
    }

    /// A line across, as this receipt has them. Dashes are drawn: they are no text.
    pub(crate) fn divide(&mut self) {
        let (width, dash) = (self.style.size * 0.07, self.style.width("0") * 0.55);
        let y = self.y - self.style.size * 0.3;
        match self.rule {
            0 | 1 => self.sheet.dashes(self.left, self.right, y, width, dash),
            2 => {
                self.sheet.dashes(self.left, self.right, y - width * 1.6, width, dash);
                self.sheet.dashes(self.left, self.right, y + width * 1.6, width, dash);
            }
            3 => self.sheet.rule(self.left, self.right, y, width),
            _ => {}
        }
        self.y += self.lead * if self.rule > 3 { 0.6 } else { 0.85 };
    }

    /// A bar code with its number.
    pub(crate) fn bars(&mut self, random: &mut Random) {
        let mut x = self.sheet.width * 0.22;
        while x < self.sheet.width * 0.78 {
            let bar = random.pick(&[0.8, 0.8, 1.6, 2.4]);
            self.sheet.fill(x, self.y, x + bar, self.y + 22.0, 0.0);
            x += bar + random.pick(&[0.8, 0.8, 1.6, 2.4]);
        }
        self.y += 22.0 + self.lead;
        let number = random.digits(13);
        self.middle(self.style, &number);
    }

    /// Tears it off.
    pub(crate) fn torn(mut self, random: &mut Random) -> Sheet {
        self.sheet.height = self.y + self.lead * random.between(0.5, 2.5);
        self.sheet
    }
}
