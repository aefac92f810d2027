//! How this document writes dates and numbers, told by those of its values that can be read in one way only.

use chrono::NaiveDate;

use super::{currency, date, numeral};

/// What is known of a document's habits, and of the day it is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Convention {
    /// The mark before the decimals.
    pub(crate) decimal: Option<char>,
    /// Whether the day comes before the month.
    pub(crate) day_first: Option<bool>,
    /// What most of its amounts are in, as ISO 4217 writes it.
    pub(crate) currency: Option<String>,
    /// The day it is read.
    pub(crate) today: NaiveDate,
}

/// Currencies of countries that write the day first, all but the dollar and those of East Asia.
const DAY_FIRST: [&str; 22] = [
    "EUR", "GBP", "CHF", "DKK", "SEK", "NOK", "PLN", "CZK", "RON", "BGN", "TRY", "INR", "IDR", "MYR", "SGD", "AUD", "NZD", "BRL", "AED",
    "ZAR", "THB", "VND",
];

impl Convention {
    /// Of nothing: every habit is open.
    pub(crate) fn open(today: NaiveDate) -> Self {
        Self { decimal: None, day_first: None, currency: None, today }
    }

    /// Of the lines of a document.
    pub(crate) fn of<'a>(lines: impl Iterator<Item = &'a str> + Clone, today: NaiveDate) -> Self {
        let mut known = Self::open(today);
        known.decimal = decimal(lines.clone(), &known);
        known.currency = currency::most(lines.clone());
        known.day_first = day_first(lines.clone(), &known).or_else(|| {
            let european = known.currency.as_deref().is_some_and(|c| DAY_FIRST.contains(&c));
            (european || known.decimal == Some(',')).then_some(true)
        });
        known
    }
}

/// The mark that stands before two digits, if only one of the two does so, or nearly.
fn decimal<'a>(lines: impl Iterator<Item = &'a str>, open: &Convention) -> Option<char> {
    let (mut points, mut commas) = (0usize, 0usize);
    for line in lines {
        let dates = date::dates(line, open);
        for n in numeral::numerals(line, None) {
            let apart = dates.iter().all(|d| d.span.end <= n.span.start || n.span.end <= d.span.start);
            let mark = line.get(n.span.clone()).and_then(|t| t.chars().rev().nth(2));
            match mark {
                Some('.') if apart && n.decimals == 2 => points += 1,
                Some(',') if apart && n.decimals == 2 => commas += 1,
                _ => {}
            }
        }
    }
    match (points, commas) {
        (p, c) if p > 4 * c => Some('.'),
        (p, c) if c > 4 * p => Some(','),
        _ => None,
    }
}

/// By dates that are valid in one order only; none when there are none or they disagree.
fn day_first<'a>(lines: impl Iterator<Item = &'a str>, open: &Convention) -> Option<bool> {
    let (mut day, mut month) = (0usize, 0usize);
    for line in lines {
        for found in date::dates(line, open) {
            match found.order {
                Some(date::Order::DayFirst) => day += 1,
                Some(date::Order::MonthFirst) => month += 1,
                None => {}
            }
        }
    }
    match (day, month) {
        (0, 0) => None,
        (_, 0) => Some(true),
        (0, _) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Convention {
        Convention::of(lines.iter().copied(), NaiveDate::from_ymd_opt(2026, 11, 23).unwrap())
    }

    #[test]
    fn one_clear_date_tells_of_the_others() {
        assert_eq!(of(&["25/03/2025", "03/04/2025"]).day_first, Some(true));
        assert_eq!(of(&["03/25/2025", "03/04/2025"]).day_first, Some(false));
        assert_eq!(of(&["03/04/2025"]).day_first, None);
        assert_eq!(of(&["03/04/2025", "Total € 5.00"]).day_first, Some(true));
        assert_eq!(of(&["03/04/2025", "Total $5.00"]).day_first, None);
    }

    #[test]
    fn the_decimal_mark_is_the_one_before_two_digits() {
        assert_eq!(of(&["1.234,56", "10,00"]).decimal, Some(','));
        assert_eq!(of(&["12.50 9.99", "1,234"]).decimal, Some('.'));
        assert_eq!(of(&["1.234"]).decimal, None);
    }
}
