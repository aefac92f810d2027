//! What an invoice is about: who, what, when and how much, without a thought of how it looks.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::language::Language;
use crate::calendar::{DateStyle, day, later, recorded as iso};
use crate::money::{Notation, counted, recorded, share};
use crate::names::{bic, iban, person, vat_id};
use crate::random::Random;

/// A line of an invoice; the quantity is in thousandths, money in cents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) item: &'static str,
    pub(crate) quantity: i64,
    pub(crate) price: i64,
    pub(crate) amount: i64,
}

/// An invoice.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) vendor: &'static str,
    pub(crate) vendor_lines: [String; 2],
    pub(crate) customer: String,
    pub(crate) customer_lines: [String; 2],
    pub(crate) number: String,
    pub(crate) date: NaiveDate,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) days: u64,
    pub(crate) style: DateStyle,
    pub(crate) vat: String,
    pub(crate) iban: Option<String>,
    pub(crate) bic: Option<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) rate: i64,
    pub(crate) subtotal: i64,
    pub(crate) tax: i64,
    pub(crate) total: i64,
    pub(crate) notation: Notation,
    sign: &'static str,
    sign_first: bool,
    currency: &'static str,
}

impl Account {
    pub(crate) fn new(random: &mut Random, language: &Language) -> Self {
        let firms = random.sample(language.firms, 2);
        let customer = if random.chance(0.3) { person(random) } else { firms[1].to_owned() };
        let date = day(random, 2014, 2025);
        let days = random.pick(&[8, 14, 15, 30, 30, 45]);
        let count = random.pick(&[1, 2, 3, 4, 5, 6, 8]);
        let rows: Vec<Row> = random.sample(language.items, count).into_iter().map(|item| row(random, item)).collect();
        let rate = random.pick(language.rates);
        let subtotal: i64 = rows.iter().map(|r| r.amount).sum();
        let tax = share(subtotal, rate, 100_000);
        let year = date.format("%Y").to_string();
        let iban = random.chance(0.85).then(|| iban(random, language.land));
        Self {
            vendor: firms[0],
            vendor_lines: address(random, language),
            customer,
            customer_lines: address(random, language),
            number: number(random, &year),
            date,
            due: random.chance(0.75).then(|| later(date, days)),
            days,
            style: DateStyle::any(random, language.tongue),
            vat: vat_id(random, language.land),
            bic: (iban.is_some() && random.chance(0.7)).then(|| bic(random, language.land)),
            iban,
            rows,
            rate,
            subtotal,
            tax,
            total: subtotal + tax,
            notation: random.pick(language.notations),
            sign: random.pick(language.signs),
            sign_first: language.sign_first,
            currency: language.currency,
        }
    }

    /// An amount with its currency.
    pub(crate) fn money(&self, cents: i64) -> String {
        let amount = self.notation.amount(cents);
        if self.sign_first { format!("{}{amount}", self.sign) } else { format!("{amount} {}", self.sign) }
    }

    /// Its fields, with the columns that are printed.
    pub(crate) fn fields(&self, quantities: bool) -> Value {
        let mut fields = json!({
            "vendor": self.vendor, "vendor_vat_id": self.vat, "customer": self.customer, "invoice_number": self.number,
            "date": iso(self.date), "currency": self.currency, "subtotal": recorded(self.subtotal), "tax_rate": counted(self.rate),
            "tax": recorded(self.tax), "total": recorded(self.total),
        });
        let optional = [("due_date", self.due.map(iso)), ("iban", self.iban.clone()), ("bic", self.bic.clone())];
        for (field, value) in optional {
            if let Some(value) = value {
                fields[field] = value.into();
            }
        }
        let items = self.rows.iter().map(|row| match quantities {
            true => json!({
                "description": row.item, "quantity": counted(row.quantity), "unit_price": recorded(row.price),
                "amount": recorded(row.amount),
            }),
            false => json!({ "description": row.item, "amount": recorded(row.amount) }),
        });
        fields["items"] = items.collect();
        fields
    }
}

fn row(random: &mut Random, item: &'static str) -> Row {
    let quantity = random.pick(&[1_000, 1_000, 1_000, 2_000, 3_000, 4_000, 5_000, 8_000, 10_000, 12_000, 1_500, 7_500, 24_000]);
    let high = random.pick(&[4_000, 15_000, 95_000]);
    let raw = random.whole(250, high);
    let price = if random.chance(0.4) { raw / 100 * 100 } else { raw };
    Row { item, quantity, price, amount: share(price, quantity, 1_000) }
}

fn address(random: &mut Random, language: &Language) -> [String; 2] {
    let house = random.whole(1, 180).to_string();
    [random.pick(language.streets).replace("{n}", &house), random.pick(language.towns).to_owned()]
}

fn number(random: &mut Random, year: &str) -> String {
    match random.below(7) {
        0 => format!("{year}-{}", random.digits(4)),
        1 => format!("INV-{}", random.digits(5)),
        2 => random.digits(6),
        3 => format!("RE{year}{}", random.digits(3)),
        4 => format!("F{year}/{}", random.digits(3)),
        5 => format!("{year}{}", random.digits(4)),
        _ => format!("A-{}-{}", random.digits(3), random.digits(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::of;
    use super::*;

    #[test]
    fn invoices_add_up() {
        for seed in 0..100 {
            let account = Account::new(&mut Random::new("account", seed), of(seed));
            assert_eq!(account.rows.iter().map(|r| r.amount).sum::<i64>(), account.subtotal);
            assert_eq!(account.subtotal + account.tax, account.total);
            assert!((account.tax as f64 - account.subtotal as f64 * account.rate as f64 / 1e5).abs() <= 0.5);
            assert_ne!(account.vendor, account.customer);
        }
    }
}
