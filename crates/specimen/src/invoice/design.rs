//! How an invoice looks: one of many letterheads, places for its facts, tables and footers.

use super::account::Account;
use super::language::Language;
use crate::calendar::Tongue;
use crate::face::Face;
use crate::names::grouped;
use crate::random::Random;
use crate::sheet::{Align, Sheet, Type};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Place,
    Item,
    Quantity,
    Price,
    Rate,
    Amount,
}

impl Column {
    fn share(self) -> f64 {
        match self {
            Self::Place => 0.07,
            Self::Item => 0.46,
            Self::Quantity => 0.12,
            Self::Price | Self::Amount => 0.18,
            Self::Rate => 0.1,
        }
    }
}

const ORDERS: [&[Column]; 5] = [
    &[Column::Item, Column::Quantity, Column::Price, Column::Amount],
    &[Column::Quantity, Column::Item, Column::Price, Column::Amount],
    &[Column::Place, Column::Item, Column::Quantity, Column::Price, Column::Amount],
    &[Column::Item, Column::Amount],
    &[Column::Item, Column::Quantity, Column::Price, Column::Rate, Column::Amount],
];

/// A4, while it is written from the top down. All is in points.
pub(crate) struct Design<'a> {
    language: &'static Language,
    account: &'a Account,
    sheet: Sheet,
    plain: Type,
    small: Type,
    large: Type,
    left: f64,
    right: f64,
    y: f64,
    lead: f64,
    colon: &'static str,
    /// The number for the tax, until it is written.
    vat: Option<String>,
}

impl<'a> Design<'a> {
    /// A page with its letters and margins chosen.
    pub(crate) fn new(random: &mut Random, language: &'static Language, account: &'a Account) -> Self {
        let face = random.pick(&[Face::Helvetica, Face::Helvetica, Face::Helvetica, Face::Times, Face::Courier]);
        let plain = Type::new(face, random.between(9.0, 10.5) * if face == Face::Courier { 0.92 } else { 1.0 });
        let shown = if random.chance(0.7) { account.vat.clone() } else { format!("{} {}", &account.vat[..2], &account.vat[2..]) };
        let vat = format!("{}{}{shown}", random.pick(language.vat), random.pick(&[": ", " ", " : "]));
        Self {
            language,
            account,
            sheet: Sheet::new(595.0, 842.0),
            plain,
            small: plain.scaled(0.84),
            large: plain.bold().scaled(random.pick(&[1.5, 1.9, 2.4])),
            left: random.between(42.0, 64.0),
            right: 595.0 - random.between(42.0, 64.0),
            y: random.between(46.0, 66.0),
            lead: plain.size * random.between(1.3, 1.55),
            colon: random.pick(&[":", ":", "", " :"]),
            vat: Some(vat),
        }
    }

    /// All of it; whether quantities are printed.
    pub(crate) fn written(mut self, random: &mut Random) -> (Sheet, bool) {
        self.sender(random);
        let titled = random.below(3);
        let title = random.pick(self.language.title);
        if titled == 0 {
            self.y += self.large.size;
            let align = random.pick(&[Align::Left, Align::Right]);
            self.sheet.put((if align == Align::Left { self.left } else { self.right }, self.y), align, self.large, title);
            self.y += self.large.size * 0.6 + self.lead;
        }
        let numbered = titled == 2;
        self.parties(random, numbered);
        if titled > 0 {
            self.y += self.large.size;
            let text = if numbered { format!("{title} {}", self.account.number) } else { title.to_owned() };
            self.sheet.left(self.left, self.y, self.large.fitting(&text, self.right - self.left), &text);
            self.y += self.lead * 1.6;
        }
        let order = random.pick(&ORDERS);
        self.table(random, order);
        self.sums(random);
        self.footer(random);
        (self.sheet, order.contains(&Column::Quantity))
    }

    fn sender(&mut self, random: &mut Random) {
        let (vendor, lines) = (self.account.vendor, self.account.vendor_lines.clone());
        let early = random.chance(0.4);
        let mut below: Vec<String> = lines.to_vec();
        if random.chance(0.5) {
            let site: String = vendor.chars().take_while(|c| *c != ' ').filter(char::is_ascii_alphabetic).collect();
            below.push(format!("info@{}.example", site.to_lowercase()));
        }
        below.extend(self.vat.take_if(|_| early));
        let style = random.below(4);
        if style == 3 {
            self.sheet.fill(0.0, 0.0, 595.0, 54.0, random.between(0.0, 0.4));
            let white = Type { grey: 1.0, ..self.plain.bold().scaled(1.8) };
            self.sheet.left(self.left, 35.0, white, vendor);
            self.y = 54.0 + self.lead * 1.5;
            for line in below {
                self.sheet.left(self.left, self.y, self.small, &line);
                self.y += self.lead * 0.9;
            }
            return;
        }
        let (x, align) = [(self.left, Align::Left), (self.right, Align::Right), (297.5, Align::Centre)][style];
        if random.chance(0.35) && align != Align::Centre {
            self.logo(random, align);
        }
        self.sheet.put((x, self.y), align, self.plain.bold().scaled(random.pick(&[1.0, 1.3, 1.7])), vendor);
        self.y += self.lead * 1.1;
        for line in below {
            self.sheet.put((x, self.y), align, self.plain, &line);
            self.y += self.lead;
        }
    }

    /// A few bars in the other corner.
    fn logo(&mut self, random: &mut Random, sender: Align) {
        let x = if sender == Align::Left { self.right - 62.0 } else { self.left };
        for n in 0..4 {
            let (left, height) = (x + 16.0 * f64::from(n), random.between(10.0, 36.0));
            self.sheet.fill(left, 66.0 - height, left + 12.0, 66.0, random.between(0.1, 0.6));
        }
    }

    fn facts(&self, random: &mut Random, numbered: bool) -> Vec<(String, String)> {
        let (language, account) = (self.language, self.account);
        let mut facts = Vec::new();
        if !numbered {
            facts.push((random.pick(language.number), account.number.clone()));
        }
        facts.push((random.pick(language.date), account.style.show(account.date)));
        if let Some(due) = account.due {
            facts.push((random.pick(language.due), account.style.show(due)));
        }
        if random.chance(0.5) {
            let (place, length) = (random.below(facts.len() + 1), random.pick(&[5, 8]));
            facts.insert(place, (random.pick(language.extra), random.digits(length)));
        }
        facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
    }

    /// The customer, and the facts beside or below.
    fn parties(&mut self, random: &mut Random, numbered: bool) {
        self.y += self.lead * 1.5;
        let facts = self.facts(random, numbered);
        let mode = random.below(5);
        let top = self.y;
        // The French write to the right.
        let right = self.language.tongue == Tongue::French && random.chance(0.7);
        let x = if right { 330.0 } else { self.left };
        let to = random.pick(self.language.to);
        let mut y = top;
        if !to.is_empty() {
            let style = if random.chance(0.5) { self.plain.bold() } else { self.small };
            self.sheet.left(x, y, style, &format!("{to}{}", random.pick(&[":", ""])));
            y += self.lead;
        }
        let bold = if random.chance(0.4) { self.plain.bold() } else { self.plain };
        self.sheet.left(x, y, bold, &self.account.customer);
        for line in &self.account.customer_lines {
            y += self.lead;
            self.sheet.left(x, y, self.plain, line);
        }
        y += self.lead;
        if mode < 2 {
            let (from, to) = if right { (self.left, 300.0) } else { (345.0, self.right) };
            self.y = top;
            self.listed(random, &facts, from, to);
            self.y = self.y.max(y);
        } else {
            self.y = y + self.lead;
            self.spread(random, &facts, mode);
        }
        self.y += self.lead * 0.5;
    }

    /// Facts below each other.
    fn listed(&mut self, random: &mut Random, facts: &[(String, String)], from: f64, to: f64) {
        let mode = random.below(3);
        let label = |l: &str| format!("{l}{}", self.colon);
        let tab = facts.iter().map(|(l, _)| self.plain.width(&label(l))).fold(0.0, f64::max) + 12.0;
        for (name, value) in facts {
            let style = if mode == 2 { self.plain.bold() } else { self.plain };
            let end = self.sheet.left(from, self.y, style, &label(name));
            match mode {
                0 if end + 8.0 + self.plain.width(value) < to => self.sheet.right(to, self.y, self.plain, value),
                1 if from + tab + self.plain.width(value) < 590.0 => drop(self.sheet.left(from + tab, self.y, self.plain, value)),
                _ => drop(self.sheet.left(end + 6.0, self.y, self.plain, value)),
            }
            self.y += self.lead;
        }
    }

    /// Facts beside each other, in boxes or not; or below each other over the width.
    fn spread(&mut self, random: &mut Random, facts: &[(String, String)], mode: usize) {
        if mode == 4 {
            self.listed(random, facts, self.left, self.left + 260.0);
            return;
        }
        let width = (self.right - self.left) / facts.len() as f64;
        let boxed = mode == 2;
        let inset = if boxed { 5.0 } else { 0.0 };
        let style = if boxed { self.small } else { self.plain.bold() };
        for (n, (name, value)) in facts.iter().enumerate() {
            let x = self.left + width * n as f64;
            if boxed {
                self.sheet.frame(x, self.y - self.lead, x + width, self.y + self.lead * 1.5, 0.7);
            }
            self.sheet.left(x + inset, self.y, style.fitting(name, width - 8.0), name);
            self.sheet.left(x + inset, self.y + self.lead, self.plain.fitting(value, width - 8.0), value);
        }
        self.y += self.lead * 2.8;
    }

    fn table(&mut self, random: &mut Random, order: &[Column]) {
        let look = random.below(5);
        let (ruled, zebra, boxed, dark) = (look == 0 || look == 3, look == 1, look == 3, look == 4);
        let scale = (self.right - self.left) / order.iter().map(|c| c.share()).sum::<f64>();
        let mut edges = vec![self.left];
        for column in order {
            edges.push(edges[edges.len() - 1] + column.share() * scale);
        }
        let height = self.lead * random.between(1.1, 1.6);
        let top = self.y;
        let bare = random.chance(0.5);
        let heads: Vec<&str> = order.iter().map(|column| self.heading(random, *column)).collect();
        for n in 0..=self.account.rows.len() {
            if dark && n == 0 || zebra && n % 2 == 0 {
                self.sheet.fill(self.left, self.y, self.right, self.y + height, if dark { 0.2 } else { 0.88 });
            }
            let style = if n == 0 { Type { grey: if dark { 1.0 } else { 0.0 }, ..self.plain.bold() } } else { self.plain };
            for (place, column) in order.iter().enumerate() {
                let text = if n == 0 { heads[place].to_owned() } else { self.cell(*column, n - 1, bare) };
                let (from, to) = (edges[place] + 4.0, edges[place + 1] - 4.0);
                let style = style.fitting(&text, to - from);
                let base = self.y + height * 0.68;
                match column {
                    Column::Place | Column::Item => drop(self.sheet.left(from, base, style, &text)),
                    _ => self.sheet.right(to, base, style, &text),
                }
            }
            self.y += height;
            if ruled || n == 0 && look == 2 {
                self.sheet.rule(self.left, self.right, self.y, if n == 0 { 1.0 } else { 0.5 });
            }
        }
        if boxed {
            self.sheet.rule(self.left, self.right, top, 0.5);
            edges.iter().for_each(|x| self.sheet.line((*x, top), (*x, self.y), 0.5));
        }
        self.y += self.lead * 1.6;
    }

    fn heading(&self, random: &mut Random, column: Column) -> &'static str {
        match column {
            Column::Place => random.pick(&["Pos", "#", "Pos."]),
            Column::Item => random.pick(self.language.item),
            Column::Quantity => random.pick(self.language.quantity),
            Column::Price => random.pick(self.language.price),
            Column::Rate => self.language.tax_short,
            Column::Amount => random.pick(self.language.amount),
        }
    }

    fn cell(&self, column: Column, n: usize, bare: bool) -> String {
        let (account, row) = (self.account, self.account.rows[n]);
        let money = |cents: i64| if bare { account.notation.amount(cents) } else { account.money(cents) };
        match column {
            Column::Place => (n + 1).to_string(),
            Column::Item => row.item.to_owned(),
            Column::Quantity => account.notation.number(row.quantity),
            Column::Price => money(row.price),
            Column::Rate => format!("{}%", account.notation.number(account.rate)),
            Column::Amount => money(row.amount),
        }
    }

    fn sums(&mut self, random: &mut Random) {
        let (language, account) = (self.language, self.account);
        let rate = account.notation.number(account.rate);
        let lines = [
            (random.pick(language.subtotal).to_owned(), account.subtotal),
            (random.pick(language.tax).replace("{r}", &rate), account.tax),
            (random.pick(language.total).to_owned(), account.total),
        ];
        let from = random.pick(&[330.0, 355.0, self.left, 310.0]);
        let to = if from > self.left { self.right } else { self.left + 250.0 };
        for (n, (label, amount)) in lines.iter().enumerate() {
            let last = n + 1 == lines.len();
            let style = if last { self.plain.bold() } else { self.plain };
            if last && random.chance(0.6) {
                self.sheet.rule(from, to, self.y - self.lead * 0.8, 0.9);
            }
            self.sheet.left(from, self.y, style, &format!("{label}{}", self.colon));
            self.sheet.right(to - 4.0, self.y, style, &account.money(*amount));
            self.y += self.lead * if last { 1.0 } else { 1.05 };
        }
        self.y += self.lead;
        for line in random.sample(language.pay, 2) {
            self.sheet.left(self.left, self.y, self.plain, &line.replace("{n}", &account.days.to_string()));
            self.y += self.lead;
        }
    }

    /// The bank, and what the tax office wants to see.
    fn footer(&mut self, random: &mut Random) {
        let mut lines: Vec<String> = Vec::new();
        if let Some(iban) = &self.account.iban {
            let shown = if random.chance(0.7) { grouped(iban) } else { iban.clone() };
            if random.chance(0.5) {
                lines.push(random.pick(self.language.bank).to_owned());
            }
            lines.push(format!("IBAN{} {shown}", random.pick(&[":", ""])));
        }
        if let Some(bic) = &self.account.bic {
            lines.push(format!("{}{} {bic}", random.pick(&["BIC", "BIC", "SWIFT"]), random.pick(&[":", ""])));
        }
        lines.extend(self.vat.take());
        if random.chance(0.35) || lines.is_empty() {
            self.y += self.lead;
            for line in &lines {
                self.sheet.left(self.left, self.y, self.plain, line);
                self.y += self.lead;
            }
            return;
        }
        let top = (self.y + self.lead).max(770.0);
        self.sheet.rule(self.left, self.right, top - self.lead, 0.6);
        if random.chance(0.5) {
            let text = lines.join(random.pick(&["  |  ", " - ", "   "]));
            self.sheet.centre(297.5, top, self.small.fitting(&text, self.right - self.left), &text);
            return;
        }
        let blocks = [self.account.vendor_lines.to_vec(), lines[..lines.len().min(2)].to_vec(), lines[lines.len().min(2)..].to_vec()];
        for (place, block) in [0.0, 0.34, 0.76].into_iter().zip(blocks) {
            let x = self.left + place * (self.right - self.left);
            for (n, line) in block.iter().enumerate() {
                self.sheet.left(x, top + n as f64 * self.small.size * 1.3, self.small.scaled(0.86), line);
            }
        }
    }
}
