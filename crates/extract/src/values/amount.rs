//! Amounts of money and percentages, and which numbers are neither.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::convention::Convention;
use super::decimal::Decimal;
use super::numeral::{Numeral, numerals};
use super::{currency, date};
use crate::fold::pattern;

/// An amount or a percentage that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Amount {
    /// Bytes of the text: the number, with its sign.
    pub(crate) span: Range<usize>,
    /// What it means.
    pub(crate) value: Decimal,
    /// What it may mean as well.
    pub(crate) other: Option<Decimal>,
    /// How surely it is money, 0..=1: two decimals are, a bare number may be anything.
    pub(crate) weight: f64,
}

static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"([0-9]{1,3}(?:[.,][0-9]{1,3})?)\s?[%％]"));

/// Every amount of a text. Numbers within dates, times and percentages are none.
pub(crate) fn amounts(text: &str, known: &Convention) -> Vec<Amount> {
    let mut taken: Vec<Range<usize>> = date::dates(text, known).into_iter().map(|d| d.span).collect();
    taken.extend(date::times(text).into_iter().filter(|t| text.get(t.span.clone()).is_some_and(|t| t.contains(':'))).map(|t| t.span));
    taken.extend(PERCENT.find_iter(text).map(|m| m.range()));
    let marks = currency::marks(text);
    let free = |n: &Numeral| taken.iter().all(|t| t.end <= n.span.start || n.span.end <= t.start);
    numerals(text, known.decimal).into_iter().filter(free).filter_map(|n| amount(text, n, &marks)).collect()
}

fn amount(text: &str, n: Numeral, marks: &[currency::Marked]) -> Option<Amount> {
    let (before, after) = (text.get(..n.span.start)?, text.get(n.span.end..)?);
    let marked = marks.iter().any(|m| {
        text.get(m.span.end..n.span.start).is_some_and(|gap| gap.trim_matches([' ', '.', ':', '-', '−', '(']).is_empty())
            || text.get(n.span.end..m.span.start).is_some_and(|gap| gap.trim().is_empty())
    });
    let word = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '#' | '/' | '_' | '%'));
    if (word && !marked) || after.starts_with(['/', '#', '_']) {
        return None;
    }
    let weight = match (n.decimals, n.grouped, marked) {
        _ if n.untidy => 0.85,
        (2, ..) => 1.0,
        (0, true, _) => 0.93,
        (0, false, true) => 0.92,
        (0, false, false) => 0.55,
        _ => 0.7,
    };
    let (span, negative) = signed(text, &n, marks);
    let turn = |d: Decimal| if negative { Decimal(-d.0) } else { d };
    Some(Amount { span, value: turn(n.value), other: n.other.map(turn), weight })
}

/// With a minus before it or after it, or in brackets, or marked as a credit, it is owed the other way.
fn signed(text: &str, n: &Numeral, marks: &[currency::Marked]) -> (Range<usize>, bool) {
    let (before, after) = (text.get(..n.span.start).unwrap_or(""), text.get(n.span.end..).unwrap_or(""));
    let mark = marks.iter().rev().find(|m| text.get(m.span.end..n.span.start).is_some_and(|gap| gap.trim().is_empty()));
    let bare = mark.and_then(|m| text.get(..m.span.start)).unwrap_or(before).trim_end_matches(' ');
    let minus = bare.chars().next_back().filter(|c| matches!(c, '-' | '−' | '–'));
    let alone = |m: char| {
        let earlier = bare.get(..bare.len() - m.len_utf8()).unwrap_or("").chars().next_back();
        earlier.is_none_or(|c| c.is_whitespace() || currency_sign(c) || c == '(')
    };
    if let Some(m) = minus.filter(|m| alone(*m)) {
        return (bare.len() - m.len_utf8()..n.span.end, true);
    }
    let bracket = bare.ends_with('(') && after.starts_with(')');
    let trailing = after.starts_with(['-', '−']) && after.chars().nth(1).is_none_or(char::is_whitespace) && !text.ends_with(",-");
    let credit = after.trim_start().get(..2) == Some("CR");
    match (bracket, trailing) {
        (true, _) => (bare.len() - 1..n.span.end + 1, true),
        (_, true) => (n.span.start..n.span.end + after.chars().next().map_or(0, char::len_utf8), true),
        _ => (n.span.clone(), credit),
    }
}

fn currency_sign(c: char) -> bool {
    matches!(c, '€' | '$' | '£' | '¥' | '₹' | '₩' | '₽' | '₺' | '฿')
}

/// Every percentage of a text.
pub(crate) fn percentages(text: &str) -> Vec<Amount> {
    let read = |c: regex::Captures<'_>| {
        let (all, number) = (c.get(0)?, c.get(1)?);
        // Nobody charges a thousand percent: a mark is always the one before decimals.
        let mark = number.as_str().chars().find(|c| matches!(c, '.' | ','));
        let n = numerals(number.as_str(), mark).into_iter().next()?;
        let joined = text.get(..all.start())?.chars().next_back().is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
        (!joined).then_some(Amount { span: all.range(), value: n.value, other: None, weight: 1.0 })
    };
    PERCENT.captures_iter(text).filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    fn open() -> Convention {
        Convention::open(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap())
    }

    fn read(text: &str) -> Vec<String> {
        amounts(text, &open()).iter().map(|a| a.value.money()).collect()
    }

    #[test]
    fn amounts_are_told_from_other_numbers() {
        for (text, values) in [
            ("€ 12,50", vec!["12.50"]),
            ("RM12.00", vec!["12.00"]),
            ("EUR1.234,00", vec!["1234.00"]),
            ("12,50€", vec!["12.50"]),
            ("-12.50", vec!["-12.50"]),
            ("€ -12,50", vec!["-12.50"]),
            ("-€12,50", vec!["-12.50"]),
            ("-RM0.02", vec!["-0.02"]),
            ("%6", vec![]),
            ("12.50-", vec!["-12.50"]),
            ("(12.50)", vec!["-12.50"]),
            ("12.50 CR", vec!["-12.50"]),
            ("21% 4,20", vec!["4.20"]),
            ("03/04/2025 14:05 9.99", vec!["9.99"]),
            ("2 x 1,50 3,00", vec!["2.00", "1.50", "3.00"]),
            ("12,-", vec!["12.00"]),
            ("INV12.50", vec![]),
            ("A/12.50", vec![]),
            ("5.00-7.00", vec!["5.00", "7.00"]),
        ] {
            assert_eq!(read(text), values, "{text}");
        }
    }

    #[test]
    fn percentages_keep_their_decimals() {
        let read = |text| percentages(text).iter().map(|a| a.value.plain()).collect::<Vec<_>>();
        assert_eq!(read("21% 5,5 % 19.00%"), ["21", "5.5", "19"]);
        assert_eq!(read("1,5% 2.345%"), ["1.5", "2.345"]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-0-9.,() €$%CR]{0,24}") {
            for a in amounts(&text, &open()).into_iter().chain(percentages(&text)) {
                prop_assert!(text.get(a.span).is_some());
            }
        }
    }
}
