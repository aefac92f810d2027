//! The parts that forms are made of.

use super::ask_of;
use super::facts::{Ask, CHOICES, COLUMNS, LABELS, ROWS, answer, prose};
use crate::calendar::{DateStyle, Tongue, day};
use crate::face::Face;
use crate::random::Random;
use crate::sheet::{Align, Sheet, Type};

/// A form while it is filled in, from the top down. All is in points.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    /// The page.
    pub(crate) sheet: Sheet,
    /// Labels and what stands at them.
    pub(crate) pairs: Vec<(String, String)>,
    label: Type,
    value: Type,
    left: f64,
    right: f64,
    y: f64,
    step: f64,
    upper: bool,
    colon: &'static str,
    centred: bool,
    asks: Vec<(&'static str, Ask)>,
}

impl Desk {
    /// An empty letter-size page with its letters chosen.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut sheet = Sheet::new(random.between(594.0, 612.0), 792.0);
        sheet.heavy = random.between(0.8, 1.8);
        let faces = [Face::Helvetica, Face::Times, Face::HelveticaBold, Face::TimesBold, Face::Courier, Face::Helvetica];
        let label = Type::new(random.pick(&faces), random.between(9.0, 12.0));
        let value_face = random.pick(&[Face::Courier, Face::Courier, Face::Courier, Face::CourierBold, Face::Helvetica, Face::TimesItalic]);
        let mut value = Type::new(value_face, random.between(9.5, 12.0));
        value.stretch = random.between(0.88, 1.05);
        let step = label.size.max(value.size) * random.between(1.5, 2.1);
        let (left, right) = (random.between(34.0, 70.0), sheet.width - random.between(30.0, 62.0));
        Self {
            sheet,
            pairs: Vec::new(),
            label,
            value,
            left,
            right,
            y: random.between(40.0, 70.0),
            step,
            upper: random.chance(0.45),
            colon: random.pick(&[":", ":", ":", "", " :"]),
            centred: random.chance(0.6),
            asks: random.sample(LABELS, LABELS.len()),
        }
    }

    /// Whether less than this part of the page is used.
    pub(crate) fn above(&self, part: f64) -> bool {
        self.y < self.sheet.height * part
    }

    /// Leaves so many rows free.
    pub(crate) fn gap(&mut self, rows: f64) {
        self.y += self.step * rows;
    }

    /// The line that fax machines print over the page.
    pub(crate) fn transmitted(&mut self, random: &mut Random) {
        let style = Type::new(Face::Courier, 8.5);
        let day = day(random, 1988, 1998);
        let shown = DateStyle::short(random, Tongue::American).show(day);
        let line = format!("{shown} {:02}:{:02}  {} {}", random.whole(7, 19), random.whole(0, 59), random.digits(3), random.digits(7));
        self.sheet.left(16.0, 16.0, style, &line);
        self.sheet.right(self.sheet.width - 20.0, 16.0, style, &format!("P.{:02}", random.whole(1, 9)));
    }

    /// A heading.
    pub(crate) fn head(&mut self, random: &mut Random, of: &[&str], large: f64) {
        let face = random.pick(&[Face::HelveticaBold, Face::TimesBold, Face::TimesBold]);
        let text = random.pick(of);
        let style = Type::new(face, random.between(13.0, 19.0) * large).fitting(text, self.right - self.left);
        let (x, align) = if self.centred { (self.sheet.width / 2.0, Align::Centre) } else { (self.left, Align::Left) };
        self.sheet.put((x, self.y), align, style, text);
        self.y += style.size * 0.8 + self.step;
    }

    fn name(&self, label: &str) -> String {
        if self.upper { label.to_uppercase() } else { label.to_owned() }
    }

    fn next_ask(&mut self, random: &mut Random) -> (String, String) {
        let (label, ask) = self.asks.pop().unwrap_or_else(|| random.pick(LABELS));
        (self.name(label), answer(random, ask))
    }

    /// A label and its value up to `to`, perhaps on an underlined blank.
    fn pair(&mut self, random: &mut Random, at: (f64, f64), to: f64, (label, value): (String, String), ruled: bool) {
        let end = self.sheet.left(at.0, at.1, self.label, &format!("{label}{}", self.colon)) + random.between(6.0, 10.0);
        if ruled {
            self.sheet.rule(end, to, at.1 + 2.0, 0.7);
        }
        // A typewriter does not hit the line.
        let off = random.between(-1.2, 1.2);
        self.sheet.left(end + random.between(0.0, 5.0), at.1 + off, self.value.fitting(&value, to - end - 6.0), &value);
        self.pairs.push((label, value));
    }

    /// A row of one to three blanks.
    pub(crate) fn blanks(&mut self, random: &mut Random) {
        let columns = random.pick(&[1, 1, 2, 2, 3]);
        let width = (self.right - self.left) / columns as f64;
        let ruled = random.chance(0.75);
        for column in 0..columns {
            let (label, value) = self.next_ask(random);
            let x = self.left + width * f64::from(column);
            let room = width - self.label.width(&label) - self.label.width(self.colon) - 26.0;
            if room > self.value.width(&value) * 0.8 {
                let value = if random.chance(0.1) { String::new() } else { value };
                self.pair(random, (x, self.y), x + width - 8.0, (label, value), ruled);
            }
        }
        self.y += self.step;
        if random.chance(0.1) {
            let heading =
                random.pick(&["SECTION B", "FOR OFFICE USE ONLY", "II. DISTRIBUTION", "INSTRUCTIONS", "TO BE COMPLETED BY BUYER"]);
            self.sheet.rule(self.left, self.right, self.y - self.step * 0.55, 1.4);
            self.sheet.left(self.left, self.y + self.step * 0.3, self.label.bold(), heading);
            self.gap(1.4);
        }
    }

    /// What faxes and memos begin with, and their message.
    pub(crate) fn addressed(&mut self, random: &mut Random, asks: &[&'static str]) {
        let aligned = random.chance(0.6);
        let ruled = random.chance(0.5);
        let tab = asks.iter().map(|l| self.label.width(&self.name(l))).fold(0.0, f64::max) + 22.0;
        for label in asks {
            let value = answer(random, ask_of(label));
            let label = self.name(label);
            if aligned {
                self.sheet.left(self.left, self.y, self.label, &format!("{label}{}", self.colon));
                self.sheet.left(self.left + tab, self.y + random.between(-1.0, 1.0), self.value, &value);
                self.pairs.push((label, value));
            } else {
                self.pair(random, (self.left, self.y), self.right, (label, value), ruled);
            }
            self.y += self.step;
        }
        self.sheet.rule(self.left, self.right, self.y - self.step * 0.4, 1.2);
        self.gap(0.8);
        for _ in 0..random.whole(1, 3) {
            let (text, at) = (prose(random, 3), (self.left, self.y));
            self.y = self.sheet.wrap(at, self.right - self.left, self.value.size * 1.35, self.value, &text) + 8.0;
        }
    }

    /// A row of boxes with a small label and a value in each.
    pub(crate) fn boxes(&mut self, random: &mut Random) {
        let columns = random.pick(&[1, 2, 2, 3, 3]);
        let height = self.value.size + self.label.size + 12.0;
        let width = (self.right - self.left) / f64::from(columns);
        let small = self.label.scaled(0.82);
        for column in 0..columns {
            let (label, value) = self.next_ask(random);
            let value = if random.chance(0.12) { String::new() } else { value };
            let x = self.left + width * f64::from(column);
            self.sheet.frame(x, self.y, x + width, self.y + height, 0.8);
            self.sheet.left(x + 4.0, self.y + small.size + 2.0, small.fitting(&label, width - 8.0), &label);
            let at = x + random.between(5.0, 14.0);
            let base = self.y + height - random.between(4.5, 6.5);
            self.sheet.left(at, base, self.value.fitting(&value, width - 22.0), &value);
            self.pairs.push((label, value));
        }
        self.y += height;
    }

    /// A question with boxes to tick.
    pub(crate) fn ticks(&mut self, random: &mut Random) {
        let (question, options) = random.pick(CHOICES);
        let question = self.name(question);
        if self.pairs.iter().any(|(label, _)| *label == question) {
            return;
        }
        let chosen = random.below(options.len());
        let mut x = self.sheet.left(self.left, self.y, self.label, &format!("{question}{}", self.colon)) + 18.0;
        let side = self.label.size * 0.8;
        let style = random.below(3);
        for (n, option) in options.iter().enumerate() {
            let ticked = n == chosen;
            x = match style {
                0 => {
                    self.sheet.frame(x, self.y - side, x + side, self.y, 0.8);
                    if ticked {
                        // A cross by hand, not a letter.
                        self.sheet.line((x - 1.0, self.y - side), (x + side + 1.5, self.y + 1.0), 1.1);
                        self.sheet.line((x + side, self.y - side - 1.0), (x, self.y), 1.1);
                    }
                    x + side + 5.0
                }
                1 => self.sheet.left(x, self.y, self.value, if ticked { "(X)" } else { "( )" }) + 4.0,
                _ => {
                    self.sheet.rule(x, x + 20.0, self.y + 1.5, 0.7);
                    if ticked {
                        self.sheet.centre(x + 10.0, self.y, self.value, "X");
                    }
                    x + 25.0
                }
            };
            x = self.sheet.left(x, self.y, self.label, option) + 18.0;
        }
        self.pairs.push((question, options[chosen].to_owned()));
        self.y += self.step;
    }

    /// A small table.
    pub(crate) fn table(&mut self, random: &mut Random) {
        let (heads, rows) = (random.sample(COLUMNS, 4), random.sample(ROWS, 6));
        let (columns, count) = (random.whole(3, 5) as usize, random.whole(3, 6) as usize);
        let (width, height) = ((self.right - self.left) / columns as f64, self.value.size * random.between(1.45, 1.8));
        let (top, ruled) = (self.y, random.below(3));
        let heads: Vec<String> =
            [random.pick(&["Item", "Brand", "Product"])].iter().chain(&heads).take(columns).map(|h| self.name(h)).collect();
        for (n, head) in heads.iter().enumerate() {
            let x = self.left + width * n as f64 + 5.0;
            self.sheet.left(x, top + height - 5.0, self.label.bold().fitting(head, width - 10.0), head);
        }
        for (r, row) in rows.iter().take(count).enumerate() {
            let y = top + height * (r + 2) as f64 - 5.0;
            self.sheet.left(self.left + 5.0, y, self.value.fitting(row, width - 10.0), row);
            for column in 1..columns {
                let cell = cell(random);
                self.sheet.left(self.left + width * column as f64 + 6.0, y, self.value.fitting(&cell, width - 12.0), &cell);
            }
        }
        let bottom = top + height * (count + 1) as f64;
        if ruled > 0 {
            self.sheet.rule(self.left, self.right, top + height, 0.9);
        }
        if ruled > 1 {
            (0..=count + 1).for_each(|n| self.sheet.rule(self.left, self.right, top + height * n as f64, 0.7));
            (0..=columns).for_each(|n| self.sheet.line((self.left + width * n as f64, top), (self.left + width * n as f64, bottom), 0.7));
        }
        self.y = bottom + self.step * 1.2;
    }

    /// What is printed for nobody to read.
    pub(crate) fn small_print(&mut self, random: &mut Random) {
        if random.chance(0.65) {
            let style = self.label.scaled(random.between(0.75, 0.95));
            let count = random.whole(1, 3) as usize;
            let text = prose(random, count);
            let at = (self.left, self.y + style.size);
            self.y = self.sheet.wrap(at, self.right - self.left, style.size * 1.3, style, &text) + self.step * 0.6;
        }
    }

    /// Lines to sign on, signed with a squiggle or not at all.
    pub(crate) fn signed(&mut self, random: &mut Random) {
        if !self.above(0.86) || random.chance(0.3) {
            return;
        }
        self.y = (self.y + self.step * 1.5).max(self.sheet.height * random.between(0.75, 0.88));
        let middle = (self.left + self.right) / 2.0;
        for (x, to) in [(self.left, middle - 20.0), (middle + 20.0, self.right)] {
            self.sheet.rule(x, to, self.y, 0.8);
            let label = random.pick(&["Signature", "Authorized Signature", "Approved", "Department Head", "Date"]);
            self.sheet.left(x, self.y + self.label.size + 2.0, self.label.scaled(0.85), label);
            if random.chance(0.6) {
                scribble(&mut self.sheet, random, (x + 12.0, self.y - 6.0));
            }
        }
    }
}

/// Something like a signature.
fn scribble(sheet: &mut Sheet, random: &mut Random, (x, y): (f64, f64)) {
    let mut from = (x, y);
    for n in 0..random.whole(14, 34) {
        let rise = random.between(2.0, 11.0) * if n % 2 == 0 { -1.0 } else { 1.0 };
        let to = (from.0 + random.between(-1.5, 6.5), (from.1 + rise).clamp(y - 16.0, y + 7.0));
        sheet.line(from, to, 0.7);
        from = to;
    }
}

fn cell(random: &mut Random) -> String {
    match random.below(5) {
        0 => format!("{}.{}", random.whole(0, 40), random.digits(1)),
        1 => format!("{},{:03}", random.whole(1, 99), random.whole(0, 999)),
        2 => format!("${}.00", random.whole(1, 900)),
        3 => format!("{}%", random.whole(1, 99)),
        _ => random.whole(1, 99).to_string(),
    }
}
