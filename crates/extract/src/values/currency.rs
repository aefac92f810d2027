//! Signs and codes of currencies.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::fold::pattern;

/// A sign or code, the currency it stands for as ISO 4217 writes it, and whether it stands for that one only.
const MARKS: [(&str, &str, bool); 51] = [
    ("€", "EUR", true),
    ("£", "GBP", true),
    ("US$", "USD", true),
    ("S$", "SGD", true),
    ("A$", "AUD", true),
    ("C$", "CAD", true),
    ("CA$", "CAD", true),
    ("HK$", "HKD", true),
    ("NZ$", "NZD", true),
    ("R$", "BRL", true),
    ("$", "USD", false),
    ("¥", "JPY", false),
    ("￥", "JPY", false),
    ("₹", "INR", true),
    ("₩", "KRW", true),
    ("₽", "RUB", true),
    ("₺", "TRY", true),
    ("฿", "THB", true),
    ("₫", "VND", true),
    ("₱", "PHP", true),
    ("₪", "ILS", true),
    ("RM", "MYR", true),
    ("Rp", "IDR", true),
    ("Rs", "INR", false),
    ("Fr", "CHF", false),
    ("zł", "PLN", true),
    ("Kč", "CZK", true),
    ("Ft", "HUF", true),
    ("kr", "SEK", false),
    ("lei", "RON", true),
    ("EUR", "EUR", true),
    ("USD", "USD", true),
    ("GBP", "GBP", true),
    ("CHF", "CHF", true),
    ("JPY", "JPY", true),
    ("CNY", "CNY", true),
    ("RMB", "CNY", true),
    ("SEK", "SEK", true),
    ("NOK", "NOK", true),
    ("DKK", "DKK", true),
    ("PLN", "PLN", true),
    ("CZK", "CZK", true),
    ("HUF", "HUF", true),
    ("RON", "RON", true),
    ("CAD", "CAD", true),
    ("AUD", "AUD", true),
    ("INR", "INR", true),
    ("IDR", "IDR", true),
    ("MYR", "MYR", true),
    ("SGD", "SGD", true),
    ("BRL", "BRL", true),
];

/// Codes without a line above: known, but no mark of their own is looked for.
const MORE: [&str; 17] =
    ["NZD", "HKD", "KRW", "TRY", "ZAR", "MXN", "THB", "VND", "PHP", "ILS", "AED", "SAR", "BGN", "TWD", "ARS", "CLP", "COP"];

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:US|HK|NZ|CA|[SACR])\$|[€£$¥￥₹₩₽₺฿₫₱₪]|zł|Kč|\b(?:[A-Z]{3}|[Ee]ur|RM|R[Pp]|Rs|Fr|Ft|kr|lei)(?:\b|\.|[0-9])|\b[Ee]uros?\b")
});

/// A currency that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marked {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// As ISO 4217 writes it.
    pub(crate) code: &'static str,
    /// Whether the mark stands for this one only.
    pub(crate) sure: bool,
}

/// Every mark of a text.
pub(crate) fn marks(text: &str) -> Vec<Marked> {
    let mut found = Vec::new();
    for m in MARK.find_iter(text) {
        let written = m.as_str().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if let Some((code, sure)) = known(written) {
            found.push(Marked { span: m.start()..m.start() + written.len(), code, sure });
        }
    }
    found
}

/// What a sign, code or name stands for, and whether for that only.
pub(crate) fn known(written: &str) -> Option<(&'static str, bool)> {
    let upper = written.to_uppercase();
    if matches!(upper.as_str(), "EURO" | "EUROS" | "EUR") {
        return Some(("EUR", true));
    }
    let exact = MARKS.iter().find(|(mark, ..)| *mark == written || (mark.len() == 2 && mark.to_uppercase() == upper));
    exact.map(|(_, code, sure)| (*code, *sure)).or_else(|| MORE.iter().find(|c| **c == written).map(|c| (*c, true)))
}

/// The currency most marks of these lines stand for; none when two are as frequent.
pub(crate) fn most<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut tally: HashMap<&str, usize> = HashMap::new();
    for mark in lines.flat_map(marks) {
        *tally.entry(mark.code).or_default() += 1;
    }
    let (code, times) = tally.iter().max_by_key(|(_, n)| **n)?;
    let alone = tally.values().filter(|n| *n == times).count() == 1;
    alone.then(|| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_where_they_stand() {
        let codes = |text| marks(text).iter().map(|m| m.code).collect::<Vec<_>>();
        assert_eq!(codes("Total € 12,50 or US$5 or RM12.00 or 9.00 CHF"), ["EUR", "USD", "MYR", "CHF"]);
        assert_eq!(codes("THE FORM OF FRANCE"), Vec::<&str>::new());
        assert!(!marks("$5")[0].sure);
    }

    #[test]
    fn the_most_frequent_one_is_the_documents() {
        assert_eq!(most(["€ 1", "€ 2", "$ 3"].into_iter()).as_deref(), Some("EUR"));
        assert_eq!(most(["€ 1", "$ 3"].into_iter()), None);
    }
}
