//! Numbers as people write them: `1.234,56`, `1,234.56`, `1'234.50`, `1 234,56`, `12,-`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::decimal::Decimal;
use crate::fold::pattern;

/// A number that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numeral {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// What it means.
    pub(crate) value: Decimal,
    /// What it may mean as well: `1.234` is a thousand to some and little more than one to others.
    pub(crate) other: Option<Decimal>,
    /// Digits after the point as they stand; two for `12,-`.
    pub(crate) decimals: usize,
    /// Thousands are set apart.
    pub(crate) grouped: bool,
    /// A blank or a wrong mark had to be overlooked.
    pub(crate) untidy: bool,
}

static NUMERAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[0-9]{1,3}(?:[ \u{a0}\u{202f}\u{2009}][0-9]{3})+,[0-9]{2}|[0-9]{1,3}(?:[.,][0-9]{3})*[.,] [0-9]{2}\b|[0-9]+, [0-9]{2}\b|[0-9]+(?:[.,'’][0-9]+)*(?:[.,][-–—]{1,2})?",
    )
});

/// Every number of a text; `decimal` is the mark this document is known to use.
pub(crate) fn numerals(text: &str, decimal: Option<char>) -> Vec<Numeral> {
    let mut found = Vec::new();
    for m in NUMERAL.find_iter(text) {
        let after = text.get(m.end()..).and_then(|t| t.chars().next());
        if after.is_some_and(|c| c.is_alphanumeric() && !matches!(c, 'x' | 'X' | 'k' | 'K' | 'E' | 'e' | 'R' | 'S' | 'T' | 'Z')) {
            continue;
        }
        // Readers put blanks after marks, and points for commas: "2035, 68", "1.345.00".
        let joined = m.as_str().replace(". ", ".").replace(", ", ",");
        let tidy = interpret(&joined, decimal);
        let untidy = tidy.is_none() || joined.len() < m.len();
        if let Some((value, other, decimals, grouped)) = tidy.or_else(|| one_mark(&joined)) {
            found.push(Numeral { span: m.range(), value, other, decimals, grouped, untidy });
        }
    }
    found
}

type Meaning = (Decimal, Option<Decimal>, usize, bool);

/// What digits and marks mean; none when they are no number (a date, a version, an address of a network).
fn interpret(written: &str, decimal: Option<char>) -> Option<Meaning> {
    let dashed = written.trim_end_matches(['-', '–', '—']);
    let (body, round) = if dashed.len() < written.len() { (dashed.trim_end_matches(['.', ',']), true) } else { (written, false) };
    let marks: Vec<(usize, char)> = body.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let Some(&(last_at, last)) = marks.last() else {
        return Decimal::of(body, "", false).map(|v| (v, None, if round { 2 } else { 0 }, false));
    };
    let tail = body.get(last_at + last.len_utf8()..)?;
    let same = marks.iter().all(|(_, c)| *c == last);
    let point = matches!(last, '.' | ',');
    if !point || round || (same && marks.len() > 1) {
        return groups(body).map(|v| (v, None, if round { 2 } else { 0 }, true));
    }
    let head = body.get(..last_at)?;
    let fraction = || if marks.len() > 1 { groups(head) } else { Decimal::of(head, "", false) }.and_then(|h| join(h, tail));
    if marks.len() > 1 || tail.len() != 3 || head.len() > 3 || head.starts_with('0') {
        return fraction().map(|v| (v, None, tail.len(), marks.len() > 1));
    }
    let (thousands, small) = (groups(body)?, fraction()?);
    match decimal {
        Some(mark) if mark == last => Some((small, Some(thousands), 3, false)),
        Some(_) => Some((thousands, None, 0, true)),
        None => Some((thousands, Some(small), 0, true)),
    }
}

/// Groups of three and two decimals, all with the same mark.
fn one_mark(written: &str) -> Option<Meaning> {
    let at = written.len().checked_sub(3).filter(|at| written.is_char_boundary(*at))?;
    let (head, tail) = written.split_at(at);
    let mark = tail.chars().next().filter(|m| matches!(m, '.' | ','))?;
    let same = head.contains(mark) && head.chars().all(|c| c.is_ascii_digit() || c == mark);
    let value = join(groups(head).filter(|_| same)?, tail.get(1..)?)?;
    Some((value, None, 2, true))
}

fn join(whole: Decimal, fraction: &str) -> Option<Decimal> {
    Decimal::parse(&format!("{}.{fraction}", whole.plain()))
}

/// Digits in groups of three with marks of one kind between them.
fn groups(body: &str) -> Option<Decimal> {
    let parts: Vec<&str> = body.split(|c: char| !c.is_ascii_digit()).collect();
    let mut marks = body.chars().filter(|c| !c.is_ascii_digit());
    let first = marks.next();
    let regular = parts.iter().skip(1).all(|p| p.len() == 3) && parts.first().is_some_and(|p| (1..=3).contains(&p.len()));
    (marks.all(|m| Some(m) == first) && (regular || parts.len() == 1)).then(|| Decimal::of(&parts.concat(), "", false)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only(text: &str, decimal: Option<char>) -> (String, Option<String>) {
        let found = numerals(text, decimal);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        (found[0].value.money(), found[0].other.map(Decimal::money))
    }

    #[test]
    fn numbers_are_read_as_many_countries_write_them() {
        for (text, value) in [
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1'234.50", "1234.50"),
            ("1 234,56", "1234.56"),
            ("12 345 678,90", "12345678.90"),
            ("12,-", "12.00"),
            ("2035, 68", "2035.68"),
            ("1.345.00", "1345.00"),
            ("1.250,--", "1250.00"),
            ("0,5", "0.50"),
            ("0.125", "0.125"),
            ("1.234.567", "1234567.00"),
            ("12.3456", "12.3456"),
            ("1234,50", "1234.50"),
        ] {
            assert_eq!(only(text, None), (value.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn a_thousand_or_one_is_told_by_what_the_document_uses() {
        assert_eq!(only("1.234", Some(',')), ("1234.00".into(), None));
        assert_eq!(only("1.234", Some('.')), ("1.234".into(), Some("1234.00".into())));
        assert_eq!(only("1.234", None), ("1234.00".into(), Some("1.234".into())));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["12.03.2024", "192.168.1.17", "1,23,45", "123abc", "1.2345678"] {
            assert!(numerals(text, None).is_empty(), "{text}: {:?}", numerals(text, None));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[0-9.,' -]{0,20}") {
            for mark in [None, Some('.'), Some(',')] {
                for n in numerals(&text, mark) {
                    prop_assert!(text.get(n.span).is_some());
                }
            }
        }

        #[test]
        fn grouping_does_not_change_a_number(size in 0i64..1_000_000_000_000) {
            let cents = Decimal(size * 100);
            let plain = cents.money();
            let (whole, fraction) = plain.split_once('.').unwrap();
            for (group, point) in [('.', ','), (',', '.'), ('\'', '.'), (' ', ',')] {
                let mut grouped = String::new();
                for (i, c) in whole.chars().enumerate() {
                    if i > 0 && (whole.len() - i) % 3 == 0 { grouped.push(group); }
                    grouped.push(c);
                }
                prop_assert_eq!(only(&format!("{grouped}{point}{fraction}"), None).0, plain.clone());
            }
        }
    }
}
