//! Numbers of companies for value added tax, with the check digits their countries publish (VIES; HMRC for the United Kingdom).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::account::luhn;
use crate::fold::pattern;

/// A number that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VatId {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// Country and number without blanks and points.
    pub(crate) value: String,
    /// Its check digits are right; none where we know of no check for the country.
    pub(crate) right: Option<bool>,
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(AT|BE|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ .:-]?([0-9A-Z](?:[ .-]?[0-9A-Z]){5,14})\b",
    )
});

/// Every number of a text of the form of its country.
pub(crate) fn vat_ids(text: &str) -> Vec<VatId> {
    NUMBER.captures_iter(text).filter_map(|c| vat_id(&c)).collect()
}

/// The number may be followed by another word: as many characters as its country has are taken.
fn vat_id(c: &regex::Captures<'_>) -> Option<VatId> {
    let (country, rest) = (c.get(1)?, c.get(2)?);
    let mut number = String::new();
    let mut best = None;
    let mut chars = rest.as_str().char_indices().peekable();
    while let Some((at, ch)) = chars.next() {
        if !ch.is_ascii_alphanumeric() {
            continue;
        }
        number.push(ch);
        let ends = chars.peek().is_none_or(|(_, n)| !n.is_ascii_alphanumeric());
        if let Some(right) = check(country.as_str(), &number).filter(|_| ends) {
            best = Some(VatId { span: country.start()..rest.start() + at + 1, value: format!("{}{number}", country.as_str()), right });
        }
    }
    best
}

/// Whether a country's number has its form, and if so whether its check digits are right, as far as they are known.
fn check(country: &str, number: &str) -> Option<Option<bool>> {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    let all = |n: usize| digits.clone().filter(|d| d.len() == n);
    match country {
        "NL" => dutch(number).map(Some),
        "BE" => all(10).map(|d| 97 - value(&d[..8]) % 97 == value(&d[8..])).map(Some),
        "DE" => all(9).map(|d| mod_11_10(&d)).map(Some),
        "AT" => number.strip_prefix('U').and_then(|n| (n.len() == 8).then(|| austrian(n))).flatten().map(Some),
        "FR" => french(number).map(Some),
        "IT" => all(11).map(|_| luhn(number)).map(Some),
        "PL" => all(10).map(|d| weighted(&d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == u64::from(d[9])).map(Some),
        "PT" => all(9).map(|d| (11 - weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == u64::from(d[8])).map(Some),
        "DK" => all(8).map(|d| weighted(&d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)).map(Some),
        "FI" => all(8).map(|d| (11 - weighted(&d, &[7, 9, 10, 5, 8, 4, 2]) % 11) % 11 == u64::from(d[7])).map(Some),
        "LU" => all(8).map(|d| value(&d[..6]) % 89 == value(&d[6..])).map(Some),
        "SE" => all(12).map(|_| number.ends_with("01") && luhn(&number[..10])).map(Some),
        "SI" => all(8).map(|d| (11 - weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == u64::from(d[7])).map(Some),
        "HR" => all(11).map(|d| mod_11_10(&d)).map(Some),
        "EL" => all(9).map(|d| weighted(&d, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == u64::from(d[8])).map(Some),
        "HU" => all(8).map(|d| (10 - weighted(&d, &[9, 7, 3, 1, 9, 7, 3]) % 10) % 10 == u64::from(d[7])).map(Some),
        "GB" | "XI" => all(9).map(|d| british(&d)).map(Some),
        "ES" => (number.len() == 9 && number.get(1..8)?.bytes().all(|b| b.is_ascii_digit())).then_some(None),
        "IE" => (matches!(number.len(), 8 | 9) && number.starts_with(|c: char| c.is_ascii_digit())).then_some(None),
        "CZ" | "RO" => digits.filter(|d| (8..=10).contains(&d.len())).map(|_| None),
        "SK" => all(10).map(|d| value(&d).is_multiple_of(11)).map(Some),
        "EE" => all(9).map(|d| (10 - weighted(&d, &[3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10 == u64::from(d[8])).map(Some),
        "LT" => digits.filter(|d| matches!(d.len(), 9 | 12)).map(|_| None),
        "LV" => all(11).map(|_| None),
        "MT" => all(8).map(|_| None),
        "CY" => (number.len() == 9 && number.get(..8)?.bytes().all(|b| b.is_ascii_digit())).then_some(None),
        _ => None,
    }
}

fn value(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |v, d| v * 10 + u64::from(*d))
}

fn weighted(digits: &[u32], weights: &[u64]) -> u64 {
    digits.iter().zip(weights).map(|(d, w)| u64::from(*d) * w).sum()
}

/// ISO 7064 mod 11,10.
fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, first)) = digits.split_last() else { return false };
    let product = first.iter().fold(10, |p, d| {
        let sum = (p + d) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *last
}

/// Nine digits, B and two more: mod 11 of the digits, or since 2020 mod 97 of the whole with its country.
fn dutch(number: &str) -> Option<bool> {
    let (first, last) = number.split_once('B')?;
    let digits: Vec<u32> = first.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    if digits.len() != 9 || last.len() != 2 || !last.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let elevens = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == u64::from(digits[8]);
    let rest = format!("NL{number}").chars().filter_map(|c| c.to_digit(36)).fold(0, |r, d| (r * if d > 9 { 100 } else { 10 } + d) % 97);
    Some(elevens || rest == 1)
}

/// A key of two digits over the nine of the company; keys with letters have no published check and are taken as they are.
fn french(number: &str) -> Option<bool> {
    let company: u64 = number.get(2..).filter(|n| n.len() == 9)?.parse().ok()?;
    let key: u64 = number.get(..2)?.parse().ok()?;
    Some((12 + 3 * (company % 97)) % 97 == key)
}

fn austrian(number: &str) -> Option<bool> {
    let digits: Vec<u32> = number.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let (check, first) = digits.split_last()?;
    let sum: u32 = first.iter().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 }).sum();
    Some((10 - (sum + 4) % 10) % 10 == *check)
}

/// Mod 97, or since 2010 mod 97 less 55.
fn british(digits: &[u32]) -> bool {
    let sum = weighted(digits, &[8, 7, 6, 5, 4, 3, 2]) + value(&digits[7..]);
    sum.is_multiple_of(97) || (sum + 55).is_multiple_of(97)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_with_right_check_digits_are_proven() {
        for (text, value) in [
            ("NL 0044.95.445.B01", "NL004495445B01"),
            ("BE 0403.170.701", "BE0403170701"),
            ("DE 136695976", "DE136695976"),
            ("ATU13585627", "ATU13585627"),
            ("FR 40 303 265 045", "FR40303265045"),
            ("IT 00743110157", "IT00743110157"),
            ("PL8567346215", "PL8567346215"),
            ("GB 980 7806 84", "GB980780684"),
            ("DK 13585628", "DK13585628"),
            ("LU15027442", "LU15027442"),
            ("PT501964843", "PT501964843"),
        ] {
            let found = vat_ids(&format!("VAT {text} Total"));
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!((found[0].value.as_str(), found[0].right), (value, Some(true)), "{text}");
        }
    }

    #[test]
    fn wrong_check_digits_are_told() {
        for text in ["NL004495446B01", "BE0403170702", "DE136695977", "ATU13585628", "IT00743110158", "GB980780685", "FR41303265045"] {
            assert_eq!(vat_ids(text)[0].right, Some(false), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|(NL|BE|DE|AT|FR|IT|ES|SE|GB|CY|IE|LU)[ .]?[0-9AUB .]{5,16}") {
            for id in vat_ids(&text) {
                prop_assert!(text.get(id.span).is_some());
            }
        }
    }
}
