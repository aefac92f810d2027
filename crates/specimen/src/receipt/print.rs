//! A till: prints a bill part by part and notes what it prints.

use serde_json::{Map, Value, json};

use super::bill::{Bill, Bought, Paid};
use super::country::{Country, tax_line};
use super::roll::Roll;
use crate::calendar::{DateStyle, Tongue, day, recorded as iso};
use crate::money::{Notation, counted, recorded};
use crate::names::first;
use crate::random::Random;
use crate::sheet::Sheet;

/// How the lines of goods are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Description and amount; more than one as `2 x` before it.
    Plain,
    /// The count stands first.
    CountFirst,
    /// Description, and below it count, price and amount.
    TwoLines,
    /// The same with the number of the article above.
    Coded,
    /// Description, count, price, amount in columns.
    Columns,
}

/// A till at work.
pub(crate) struct Till {
    country: &'static Country,
    roll: Roll,
    bill: Bill,
    fields: Map<String, Value>,
    notation: Notation,
    /// Before and after amounts of the sums.
    sign: (&'static str, String),
    colon: &'static str,
}

impl Till {
    pub(crate) fn new(random: &mut Random, country: &'static Country) -> Self {
        let sign = match random.below(6) {
            0 | 1 => (country.sign, String::new()),
            2 if country.currency == "EUR" => ("", format!(" {}", country.sign)),
            _ => ("", String::new()),
        };
        Self {
            roll: Roll::new(random),
            bill: Bill::new(random, country),
            fields: Map::new(),
            notation: random.pick(country.notations),
            sign,
            colon: random.pick(&["", "", ":", " :"]),
            country,
        }
    }

    fn note(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    fn word(&self, random: &mut Random, of: &[&str]) -> String {
        random.pick(of).replace("{r}", &self.notation.number(self.bill.rate))
    }

    fn money(&self, cents: i64) -> String {
        let minus = if cents < 0 { "-" } else { "" };
        format!("{minus}{}{}{}", self.sign.0, self.notation.amount(cents.abs()), self.sign.1)
    }

    /// Who sells.
    pub(crate) fn head(&mut self, random: &mut Random) {
        let shop = random.pick(self.country.shops);
        let style = self.roll.large(random);
        let centred = random.chance(0.8);
        let say = |roll: &mut Roll, text: &str| if centred { roll.middle(roll.style, text) } else { roll.line(0.0, text) };
        if centred {
            self.roll.middle(style, shop)
        } else {
            self.roll.line(0.0, shop)
        }
        self.note("vendor", shop);
        let number = random.whole(1, 240).to_string();
        let street = random.pick(self.country.streets).replace("{n}", &number);
        let town = dialled(random, self.country.towns);
        say(&mut self.roll, &street);
        say(&mut self.roll, &town);
        self.fields.insert("vendor_address".to_owned(), format!("{}, {town}", street.trim_end_matches(',')).into());
        if random.chance(0.75) {
            let phone = dialled(random, self.country.phones);
            say(&mut self.roll, &phone);
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            self.fields.insert("vendor_phone".to_owned(), digits.into());
        }
        if random.chance(0.85) {
            let (line, number) = tax_line(random, self.country);
            say(&mut self.roll, &line);
            if let Some(number) = number {
                self.fields.insert("vendor_vat_id".to_owned(), number.into());
            }
        }
        self.roll.y += self.roll.lead * 0.5;
        let title = random.pick(self.country.titles);
        if !title.is_empty() {
            let style = if random.chance(0.5) { self.roll.style } else { self.roll.large(random) };
            self.roll.middle(style, title);
        }
    }

    /// When, by whom, and which number it has.
    pub(crate) fn stamp(&mut self, random: &mut Random) {
        let words = &self.country.words;
        let mut lines: Vec<(String, String)> = Vec::new();
        let number = number(random);
        let sep = random.pick(&[": ", " : ", ":", " "]);
        let named = |label: &str, value: &str| if label.is_empty() { value.to_owned() } else { format!("{label}{sep}{value}") };
        let (day, time) = self.moment(random);
        let (date_label, time_label) = (random.pick(words.date), random.pick(words.time));
        lines.push((named(date_label, &day), time.map(|t| named(time_label, &t)).unwrap_or_default()));
        if random.chance(0.85) {
            lines.push((named(random.pick(words.number), &number), String::new()));
            self.note("receipt_number", number);
        }
        if random.chance(0.6) {
            let name = if self.country.currency == "MYR" { first(random).to_uppercase() } else { first(random).to_owned() };
            let till = if random.chance(0.5) { format!("POS {}", random.whole(1, 9)) } else { String::new() };
            lines.push((named(random.pick(words.cashier), &name), till));
        }
        let together = random.below(3);
        let count = lines.len();
        for (left, right) in random.sample(&lines.iter().map(|(l, r)| (l.as_str(), r.as_str())).collect::<Vec<_>>(), count) {
            match together {
                0 if !right.is_empty() => {
                    self.roll.line(0.0, left);
                    self.roll.line(0.0, right);
                }
                1 => self.roll.line(0.0, format!("{left}  {right}").trim_end()),
                _ => self.roll.ends(self.roll.style, left, right),
            }
        }
        self.roll.y += self.roll.lead * 0.3;
    }

    fn moment(&mut self, random: &mut Random) -> (String, Option<String>) {
        let tongue = self.country.tongue;
        let day = day(random, 2012, 2025);
        let style = if random.chance(0.75) { DateStyle::short(random, tongue) } else { DateStyle::any(random, tongue) };
        self.note("date", iso(day));
        if random.chance(0.1) {
            return (style.show(day), None);
        }
        let (hour, minute, second) = (random.whole(7, 22), random.whole(0, 59), random.whole(0, 59));
        let seconds = random.chance(0.4);
        let tail = if seconds { format!(":{second:02}") } else { String::new() };
        let halves = tongue == Tongue::American || self.country.currency == "MYR" && random.chance(0.5);
        let shown = match (halves, tongue) {
            (true, _) => format!("{}:{minute:02}{tail} {}", (hour + 11) % 12 + 1, if hour > 11 { "PM" } else { "AM" }),
            (false, Tongue::German) if random.chance(0.3) => format!("{hour:02}:{minute:02}{tail} Uhr"),
            _ => format!("{hour:02}:{minute:02}{tail}"),
        };
        self.note("time", format!("{hour:02}:{minute:02}{tail}"));
        (style.show(day), Some(shown))
    }

    /// What was bought.
    pub(crate) fn items(&mut self, random: &mut Random) {
        let words = &self.country.words;
        let layouts =
            [Layout::Plain, Layout::Plain, Layout::CountFirst, Layout::TwoLines, Layout::TwoLines, Layout::Coded, Layout::Columns];
        let layout = random.pick(&layouts);
        self.roll.divide();
        let (item, price) = (random.pick(words.item), random.pick(words.price));
        match layout {
            Layout::CountFirst => self.roll.ends(self.roll.style, &format!("{} {item}", words.quantity), price),
            Layout::Columns => self.roll.cells(&[0.0, 0.62, 1.0], &[item, words.quantity, price]),
            _ if random.chance(0.3) => self.roll.ends(self.roll.style, item, price),
            _ => {}
        }
        if random.chance(0.4) {
            self.roll.divide();
        }
        let marks: &[&str] = match self.country.currency {
            "MYR" => &["", "", " SR", " *"],
            "USD" => &["", "", " T", " F"],
            _ => &["", "", " A", " B"],
        };
        let (mark, times) = (random.pick(marks), random.pick(&["x", "X", "@", "*"]));
        let mut items = Vec::new();
        for line in self.bill.lines.clone() {
            items.push(self.item(random, layout, line, mark, times));
        }
        self.note("items", items);
        self.roll.divide();
    }

    fn item(&mut self, random: &mut Random, layout: Layout, line: Bought, mark: &str, times: &str) -> Value {
        let Bought { item, quantity, price, amount } = line;
        let (style, each) = (self.roll.style, self.notation.amount(price));
        let shown = format!("{}{mark}", self.notation.amount(amount));
        let counted_line = format!("  {quantity} {times} {each}");
        match layout {
            Layout::Plain if quantity == 1 => {
                self.roll.ends(style, item, &shown);
                return json!({ "description": item, "amount": recorded(amount) });
            }
            Layout::Plain => {
                self.roll.ends(style, &format!("{quantity} x {item}"), &shown);
                return json!({ "description": item, "quantity": quantity, "amount": recorded(amount) });
            }
            Layout::CountFirst => {
                self.roll.ends(style, &format!("{quantity} {item}"), &shown);
                return json!({ "description": item, "quantity": quantity, "amount": recorded(amount) });
            }
            Layout::Columns => {
                let room = (self.roll.right - self.roll.left) * 0.56 - style.width("0");
                if style.width(item) > room {
                    self.roll.line(0.0, item);
                    self.roll.cells(&[0.0, 0.62, 1.0], &["", &quantity.to_string(), &shown]);
                } else {
                    self.roll.cells(&[0.0, 0.62, 1.0], &[item, &quantity.to_string(), &shown]);
                }
                return json!({ "description": item, "quantity": quantity, "amount": recorded(amount) });
            }
            Layout::Coded => {
                let length = random.pick(&[6, 8, 13]);
                let code = random.digits(length);
                self.roll.line(0.0, &code);
                self.roll.line(0.0, item);
                self.roll.ends(style, &counted_line, &shown);
            }
            Layout::TwoLines => {
                self.roll.line(0.0, item);
                self.roll.ends(style, &counted_line, &shown);
            }
        }
        json!({ "description": item, "quantity": quantity, "unit_price": recorded(price), "amount": recorded(amount) })
    }

    /// What it comes to.
    pub(crate) fn sums(&mut self, random: &mut Random) {
        let words = &self.country.words;
        let style = self.roll.style;
        let table = self.bill.inclusive && random.chance(0.35);
        if self.bill.discount > 0 {
            let labels = (self.word(random, words.subtotal), self.word(random, words.discount));
            self.roll.ends(style, &labels.0, &self.money(self.bill.goods));
            self.roll.ends(style, &labels.1, &self.money(-self.bill.discount));
            self.note("discount", recorded(self.bill.discount));
        }
        if !self.bill.inclusive {
            let (net, tax) = (self.word(random, words.net), self.word(random, words.tax));
            self.roll.ends(style, &format!("{net}{}", self.colon), &self.money(self.bill.net));
            self.roll.ends(style, &format!("{tax}{}", self.colon), &self.money(self.bill.tax));
            self.note("subtotal", recorded(self.bill.net));
            self.taxed(&tax);
        }
        if self.bill.rounding != 0 || self.country.currency == "MYR" && random.chance(0.3) {
            let label = self.word(random, words.rounding);
            self.roll.ends(style, &format!("{label}{}", self.colon), &self.money(self.bill.rounding));
            self.note("rounding", recorded(self.bill.rounding));
        }
        if random.chance(0.3) {
            self.roll.divide();
        }
        let total = self.word(random, words.total);
        let large = if random.chance(0.6) { self.roll.large(random) } else { style };
        self.roll.ends(large, &format!("{total}{}", self.colon), &self.money(self.bill.total));
        self.note("total", recorded(self.bill.total));
        self.note("currency", self.country.currency);
        self.paid(random);
        if table {
            self.table();
        } else if self.bill.inclusive && random.chance(0.75) {
            let label = self.word(random, words.included);
            self.roll.divide();
            self.roll.ends(style, &label, &self.money(self.bill.tax));
            self.taxed(&label);
        }
    }

    /// Notes the tax, and its rate when the label has it.
    fn taxed(&mut self, label: &str) {
        self.note("tax", recorded(self.bill.tax));
        if label.contains('%') {
            self.note("tax_rate", counted(self.bill.rate));
        }
    }

    fn paid(&mut self, random: &mut Random) {
        let words = &self.country.words;
        let style = self.roll.style;
        match self.bill.paid.clone() {
            Paid::Cash(given) => {
                let (cash, change) = (self.word(random, words.cash), self.word(random, words.change));
                self.roll.ends(style, &format!("{cash}{}", self.colon), &self.money(given));
                self.roll.ends(style, &format!("{change}{}", self.colon), &self.money(given - self.bill.total));
                self.note("cash", recorded(given));
                self.note("change", recorded(given - self.bill.total));
            }
            Paid::Card(last) => {
                let card = self.word(random, words.card);
                self.roll.ends(style, &format!("{card}{}", self.colon), &self.money(self.bill.total));
                if random.chance(0.6) {
                    let hidden = random.pick(&["************", "**** **** **** ", "XXXXXXXXXXXX"]);
                    self.roll.line(0.0, &format!("{hidden}{last}"));
                    self.note("card", format!("**** {last}"));
                }
            }
        }
    }

    /// Rates with what they are of.
    fn table(&mut self) {
        let ends = [0.0, 0.45, 0.72, 1.0];
        self.roll.divide();
        self.roll.cells(&ends, &self.country.words.table);
        let (net, tax) = (self.bill.net, self.bill.tax);
        let amounts = [net, tax, net + tax].map(|v| self.notation.amount(v));
        let rate = format!("{}%", self.notation.number(self.bill.rate));
        self.roll.cells(&ends, &[&rate, &amounts[0], &amounts[1], &amounts[2]]);
        self.note("subtotal", recorded(net));
        self.taxed(&rate);
    }

    /// Thanks; and the whole.
    pub(crate) fn tail(mut self, random: &mut Random) -> (Sheet, Value, usize) {
        let count = random.whole(1, 2) as usize;
        for thanks in random.sample(self.country.words.thanks, count) {
            self.roll.y += self.roll.lead * 0.4;
            self.roll.middle(self.roll.style, thanks);
        }
        if random.chance(0.25) {
            self.roll.bars(random);
        }
        let columns = self.roll.columns;
        (self.roll.torn(random), Value::Object(self.fields), columns)
    }
}

/// One of some patterns with a digit for each `#`.
fn dialled(random: &mut Random, of: &[&str]) -> String {
    random.pick(of).chars().map(|c| if c == '#' { random.letter("0123456789") } else { c }).collect()
}

/// Of a receipt.
fn number(random: &mut Random) -> String {
    match random.below(5) {
        0 => random.digits(6),
        1 => format!("{}{}", random.letter("ABCDT"), random.digits(5)),
        2 => format!("CS-{}-{}", random.digits(4), random.digits(6)),
        3 => format!("{}/{}", random.digits(4), random.digits(3)),
        _ => random.digits(9),
    }
}
