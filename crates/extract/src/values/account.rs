//! Accounts and cards: IBAN (ISO 13616), BIC (ISO 9362), creditor references (ISO 11649), card numbers (ISO 7812).

use std::ops::Range;
use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;

use crate::fold::pattern;

/// An account number that stands in a text, with the digits of its check right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// Without blanks.
    pub(crate) value: String,
    /// A character that readers mix up was changed, because the check is right with it and with no other.
    pub(crate) repaired: bool,
}

static BEGIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Za-z]{2}[0-9OoIlSsBZz]{2}[ .-]?[A-Za-z0-9]"));
static BIC: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b"));
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bRF[0-9]{2}(?: ?[A-Z0-9]){1,21}\b|\+{3}[0-9]{3}/[0-9]{4}/[0-9]{5}\+{3}"));
static MASKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:[*xX•·#.]{2,}[ -]?)+([0-9]{4})\b"));
static LONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9](?:[ -]?[0-9]){12,18}\b"));

/// The longest IBAN has 34 characters, the shortest 15.
const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;

/// Every IBAN of a text whose check digits are right, as they stand or with one mixed-up character put right.
pub(crate) fn ibans(text: &str) -> Vec<Account> {
    let mut found: Vec<Account> = Vec::new();
    for m in BEGIN.find_iter(text) {
        let joined = text.get(..m.start()).and_then(|t| t.chars().next_back()).is_some_and(char::is_alphanumeric);
        if joined || found.last().is_some_and(|f| f.span.end > m.start()) {
            continue;
        }
        found.extend(iban_at(text, m.start()));
    }
    found
}

fn iban_at(text: &str, start: usize) -> Option<Account> {
    let (mut compact, mut repaired) = (String::new(), None);
    let mut rest = text.get(start..)?.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            ' ' | '.' | '-' | '\u{a0}' => continue,
            c if c.is_ascii_alphanumeric() => compact.push(c.to_ascii_uppercase()),
            _ => break,
        }
        let ends = rest.peek().is_none_or(|(_, next)| !next.is_alphanumeric());
        if compact.len() > *IBAN_LENGTHS.end() {
            break;
        }
        if ends && IBAN_LENGTHS.contains(&compact.len()) {
            let span = start..start + at + c.len_utf8();
            if is_iban(&compact) {
                return Some(Account { span, value: compact, repaired: false });
            }
            repaired = repaired.or_else(|| repair(&compact, is_iban).map(|value| Account { span, value, repaired: true }));
        }
    }
    repaired
}

/// ISO 7064 mod 97-10, the country's length and the form of its bank codes.
pub(crate) fn is_iban(compact: &str) -> bool {
    compact.parse::<Iban>().is_ok()
}

/// The one text that passes the check and differs in one character that readers mix up; none when there are none or several.
pub(crate) fn repair(compact: &str, passes: impl Fn(&str) -> bool) -> Option<String> {
    const TWINS: [(char, char); 6] = [('0', 'O'), ('1', 'I'), ('5', 'S'), ('8', 'B'), ('2', 'Z'), ('6', 'G')];
    let mut right: Vec<String> = Vec::new();
    for (at, c) in compact.char_indices().filter(|(_, c)| c.is_ascii()) {
        for (a, b) in TWINS {
            let Some(put) = (if c == a { Some(b) } else { (c == b).then_some(a) }) else { continue };
            let mut changed = compact.to_owned();
            changed.replace_range(at..=at, put.encode_utf8(&mut [0; 4]));
            if passes(&changed) {
                right.push(changed);
            }
        }
    }
    let [only] = right.as_slice() else { return None };
    Some(only.clone())
}

/// Every BIC of a text whose fifth and sixth letters are a country that has banks with an IBAN, or one of a few more.
pub(crate) fn bics(text: &str) -> Vec<(Range<usize>, String)> {
    let country = |bic: &str| bic.get(4..6).is_some_and(|c| BIC_COUNTRIES.contains(&c));
    BIC.find_iter(text).filter(|m| country(m.as_str())).map(|m| (m.range(), m.as_str().to_owned())).collect()
}

const BIC_COUNTRIES: [&str; 60] = [
    "AD", "AE", "AL", "AT", "AU", "BA", "BE", "BG", "BR", "CA", "CH", "CN", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GE",
    "GI", "GR", "HK", "HR", "HU", "ID", "IE", "IL", "IN", "IS", "IT", "JP", "KR", "LI", "LT", "LU", "LV", "MC", "ME", "MK", "MT", "MX",
    "MY", "NL", "NO", "NZ", "PL", "PT", "RO", "RS", "RU", "SE", "SG", "SI", "SK", "SM", "TR", "US",
];

/// Every payment reference of a text with its check right: ISO 11649 (`RF18 …`) and the Belgian one (`+++090/9337/55493+++`).
pub(crate) fn references(text: &str) -> Vec<(Range<usize>, String)> {
    let compact = |written: &str| written.chars().filter(|c| *c != ' ').collect::<String>();
    let right = |r: &String| if r.starts_with("RF") { mod_97(r) == Some(1) } else { belgian(r) };
    REFERENCE.find_iter(text).map(|m| (m.range(), compact(m.as_str()))).filter(|(_, r)| right(r)).collect()
}

fn belgian(reference: &str) -> bool {
    let digits: String = reference.chars().filter(char::is_ascii_digit).collect();
    let (Some(Ok(base)), Some(Ok(check))) = (digits.get(..10).map(str::parse::<u64>), digits.get(10..).map(str::parse::<u64>)) else {
        return false;
    };
    check == if base % 97 == 0 { 97 } else { base % 97 }
}

/// ISO 7064 mod 97 of a text whose first four characters are put at its end and whose letters count from ten.
fn mod_97(compact: &str) -> Option<u32> {
    let turned = compact.get(4..)?.chars().chain(compact.get(..4)?.chars());
    turned.map(|c| c.to_digit(36)).try_fold(0u32, |rest, digit| {
        let digit = digit?;
        Some((rest * if digit > 9 { 100 } else { 10 } + digit) % 97)
    })
}

/// Every card number of a text, masked but for its last four digits; complete ones must pass Luhn's check.
pub(crate) fn cards(text: &str) -> Vec<(Range<usize>, String)> {
    let last = |digits: &str| format!("**** {digits}");
    let masked = MASKED.captures_iter(text).filter_map(|c| Some((c.get(0)?.range(), last(c.get(1)?.as_str()))));
    let complete = card_numbers(text).into_iter().filter_map(|span| {
        let digits: String = text.get(span.clone())?.chars().filter(char::is_ascii_digit).collect();
        Some((span, last(digits.get(digits.len() - 4..)?)))
    });
    let mut found: Vec<_> = masked.chain(complete).collect();
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// Where complete card numbers stand: 13 to 19 digits of an issuer of payment cards with Luhn's check right.
fn card_numbers(text: &str) -> Vec<Range<usize>> {
    let is_card = |m: &regex::Match<'_>| {
        let digits: String = m.as_str().chars().filter(char::is_ascii_digit).collect();
        digits.starts_with(['3', '4', '5', '6']) && luhn(&digits)
    };
    LONG.find_iter(text).filter(is_card).map(|m| m.range()).collect()
}

/// A text with every complete card number in it masked but for the last four digits.
pub(crate) fn masked(text: &str) -> String {
    let mut safe = text.to_owned();
    // Some of the digits of an account may look like a card by chance.
    let accounts: Vec<Range<usize>> = ibans(text).into_iter().map(|a| a.span).collect();
    let free = |span: &Range<usize>| accounts.iter().all(|a| a.end <= span.start || span.end <= a.start);
    for span in card_numbers(text).into_iter().filter(free).rev() {
        let last: String = safe.get(span.clone()).unwrap_or("").chars().rev().filter(char::is_ascii_digit).take(4).collect();
        safe.replace_range(span, &format!("**** {}", last.chars().rev().collect::<String>()));
    }
    safe
}

/// ISO 7812's check digit.
pub(crate) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.wrapping_sub(b'0')))
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Examples of the registry of IBANs.
    const IBANS: [&str; 8] = [
        "NL91 ABNA 0417 1643 00",
        "DE89 3704 0044 0532 0130 00",
        "FR14 2004 1010 0505 0001 3M02 606",
        "BE68 5390 0754 7034",
        "ES91 2100 0418 4502 0005 1332",
        "IT60 X054 2811 1010 0000 0123 456",
        "GB29 NWBK 6016 1331 9268 19",
        "CH93 0076 2011 6238 5295 7",
    ];

    #[test]
    fn an_iban_is_found_among_words_and_ends_where_its_check_says() {
        for iban in IBANS {
            let text = format!("IBAN: {iban} BIC ABNANL2A 2025");
            let found = ibans(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].value, iban.replace(' ', ""));
            assert!(!found[0].repaired);
        }
        assert!(ibans("NL92 ABNA 0417 1643 00").is_empty());
    }

    #[test]
    fn one_mixed_up_character_is_put_right_only_if_the_check_says_so() {
        let found = ibans("NL91 ABNA O417 1643 00");
        assert_eq!((found[0].value.as_str(), found[0].repaired), ("NL91ABNA0417164300", true));
        assert!(ibans("NL91 ABNA OA17 1643 00").is_empty());
    }

    #[test]
    fn references_and_bics_are_checked() {
        assert_eq!(references("RF18 5390 0754 7034").len(), 1);
        assert!(references("RF19 5390 0754 7034").is_empty());
        assert_eq!(references("+++090/9337/55493+++").len(), 1);
        assert!(references("+++090/9337/55494+++").is_empty());
        assert_eq!(bics("INVOICES ABNANL2A DEUTDEFF500").iter().map(|b| b.1.as_str()).collect::<Vec<_>>(), ["ABNANL2A", "DEUTDEFF500"]);
    }

    #[test]
    fn of_a_card_only_the_last_four_digits_are_told() {
        assert_eq!(cards("VISA **** **** **** 1234")[0].1, "**** 1234");
        assert_eq!(cards("4111 1111 1111 1111")[0].1, "**** 1111");
        assert!(cards("4111 1111 1111 1112").is_empty());
        assert_eq!(masked("IBAN GB11 LABD 4737 9988 9471 18"), "IBAN GB11 LABD 4737 9988 9471 18");
        assert_eq!(masked("card 4111-1111-1111-1111 paid"), "card **** 1111 paid");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[A-Z0-9 +/*-]{0,40}") {
            for a in ibans(&text) {
                prop_assert!(text.get(a.span).is_some() && is_iban(&a.value));
            }
            let _ = (bics(&text), references(&text), cards(&text), masked(&text));
        }

        #[test]
        fn a_wrong_digit_is_never_an_iban(which in 0usize..8, at in 4usize..15, put in 0u8..10) {
            let mut compact = IBANS[which].replace(' ', "").into_bytes();
            let digit = b'0' + put;
            prop_assume!(compact[at].is_ascii_digit() && compact[at] != digit);
            compact[at] = digit;
            prop_assert!(!is_iban(std::str::from_utf8(&compact).unwrap()));
        }
    }
}
