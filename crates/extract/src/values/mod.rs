//! Values in a text, by their type: where they stand, what they mean, and how sure that is.

mod account;
mod amount;
mod contact;
pub(crate) mod convention;
mod currency;
pub(crate) mod date;
pub(crate) mod decimal;
mod mark;
mod month;
mod numeral;
mod vat;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::fold::{fold, pattern};
use crate::schema::{Kind, Leaf};

pub(crate) use account::masked;
use convention::Convention;
use decimal::Decimal;
pub(crate) use mark::{Mark, mark};

/// A value that stands in a text, in its normal form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// Normal form, as text whatever JSON makes of it.
    pub(crate) value: String,
    /// What it may mean as well.
    pub(crate) other: Option<String>,
    /// How surely it is a value of this type, 0..=1.
    pub(crate) weight: f64,
    /// A check digit proves it.
    pub(crate) proven: bool,
    /// A mixed-up character was put right.
    pub(crate) repaired: bool,
    /// It has check digits and they are wrong.
    pub(crate) broken: bool,
}

impl Reading {
    fn plain(span: Range<usize>, value: String, weight: f64) -> Self {
        Self { span, value, other: None, weight, proven: false, repaired: false, broken: false }
    }
}

static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| pattern(r"[\pL0-9][\pL0-9._/#-]{0,38}[\pL0-9]|[0-9]"));

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\S+"));

/// Every value of a type in a text, from left to right. Wordy types take the whole text.
pub(crate) fn readings(leaf: &Leaf, text: &str, known: &Convention) -> Vec<Reading> {
    let mut found = by_kind(leaf.kind, text, known);
    if leaf.past {
        found.retain_mut(|r| not_in_future(r, known));
    }
    if let Some(pattern) = &leaf.pattern {
        found = by_pattern(leaf, pattern, text, found);
    }
    if !leaf.options.is_empty() {
        found = by_options(leaf, text);
    }
    found
}

/// The currency a word stands for, or begins or ends with.
pub(crate) fn currency_of(word: &str) -> Option<&'static str> {
    currency::marks(word).first().map(|m| m.code)
}

/// The currency a sign, code or name is.
pub(crate) fn known_currency(written: &str) -> Option<&'static str> {
    currency::known(written).or_else(|| currency::known(&written.to_uppercase())).map(|(code, _)| code)
}

/// Where a text holds telephone numbers.
pub(crate) fn phones(text: &str) -> Vec<Range<usize>> {
    contact::phones(text).into_iter().map(|(span, _)| span).collect()
}

/// The owners' names in the mail and web addresses of a text: `example` of `info@example.org`.
pub(crate) fn hosts(text: &str) -> Vec<String> {
    const MAIL: [&str; 6] = ["gmail", "hotmail", "outlook", "yahoo", "icloud", "live"];
    let mails = contact::emails(text).into_iter().filter_map(|(_, m)| m.split_once('@').map(|(_, h)| h.to_owned()));
    let pages = contact::urls(text).into_iter().map(|(_, u)| {
        let bare = u.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
        bare.split('/').next().unwrap_or(bare).to_owned()
    });
    let own = |host: String| host.rsplit('.').nth(1).map(fold).filter(|h| !MAIL.contains(&h.as_str()));
    mails.chain(pages).filter_map(own).collect()
}

fn by_kind(kind: Kind, text: &str, known: &Convention) -> Vec<Reading> {
    let each = |found: Vec<(Range<usize>, String)>, weight: f64| {
        found.into_iter().map(|(span, value)| Reading::plain(span, value, weight)).collect::<Vec<_>>()
    };
    match kind {
        Kind::Text | Kind::Name | Kind::Address => words(kind, text).into_iter().collect(),
        Kind::Date => date::dates(text, known).into_iter().map(dated).collect(),
        Kind::Time => date::times(text).into_iter().map(|t| Reading::plain(t.span, t.value, 1.0)).collect(),
        Kind::Amount => amount::amounts(text, known).into_iter().map(|a| number(a, Decimal::money)).collect(),
        Kind::Number => {
            amount::amounts(text, known).into_iter().map(|a| number(amount::Amount { weight: 0.95, ..a }, Decimal::plain)).collect()
        }
        Kind::Percent => amount::percentages(text).into_iter().map(|a| number(a, Decimal::plain)).collect(),
        Kind::Currency => {
            let sure = |m: &currency::Marked| if m.sure { 1.0 } else { 0.8 };
            currency::marks(text).into_iter().map(|m| Reading::plain(m.span.clone(), m.code.to_owned(), sure(&m))).collect()
        }
        Kind::Identifier => identifiers(text, known),
        Kind::Iban => {
            let told = |a: account::Account| Reading { proven: true, repaired: a.repaired, ..Reading::plain(a.span, a.value, 1.0) };
            account::ibans(text).into_iter().map(told).collect()
        }
        Kind::Bic => each(account::bics(text), 0.98),
        Kind::VatId => {
            let told = |v: vat::VatId| {
                let weight = if v.right == Some(true) { 1.0 } else { 0.85 };
                Reading { proven: v.right == Some(true), broken: v.right == Some(false), ..Reading::plain(v.span, v.value, weight) }
            };
            vat::vat_ids(text).into_iter().map(told).collect()
        }
        Kind::Reference => each(account::references(text), 1.0).into_iter().map(|r| Reading { proven: true, ..r }).collect(),
        Kind::Card => each(account::cards(text), 1.0),
        Kind::Email => each(contact::emails(text), 1.0),
        Kind::Phone => each(contact::phones(text), 0.97),
        Kind::Url => each(contact::urls(text), 1.0),
        Kind::Checkbox => ticked(text).into_iter().collect(),
    }
}

fn dated(found: date::Dated) -> Reading {
    let other = found.other.map(|d| d.to_string());
    Reading { other, ..Reading::plain(found.span, found.value.to_string(), found.weight) }
}

fn number(found: amount::Amount, form: fn(Decimal) -> String) -> Reading {
    Reading { other: found.other.map(form), ..Reading::plain(found.span, form(found.value), found.weight) }
}

/// A date that cannot lie ahead is, of its two meanings, the one that does not; it is none when both do. A day is left for time zones.
fn not_in_future(reading: &mut Reading, known: &Convention) -> bool {
    let latest = known.today.succ_opt().unwrap_or(known.today).to_string();
    if reading.value > latest {
        match reading.other.take().filter(|o| *o <= latest) {
            Some(other) => reading.value = other,
            None => return false,
        }
    }
    reading.other.take_if(|o| *o > latest);
    true
}

/// The words themselves, without the marks at their ends.
fn words(kind: Kind, text: &str) -> Option<Reading> {
    let start = text.find(|c: char| c.is_alphanumeric() || matches!(c, '(' | '"' | '\'' | '+'))?;
    let rest = text.get(start..)?;
    let bare = rest.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '_' | ':' | ';' | ',' | '|' | '-' | '*' | '='));
    let (letters, digits) =
        bare.chars().fold((0, 0), |(l, d), c| (l + usize::from(c.is_alphabetic()), d + usize::from(c.is_ascii_digit())));
    let fits = match kind {
        Kind::Name => letters >= 2 && digits * 2 <= letters && bare.split_whitespace().count() <= 9,
        Kind::Address => letters >= 2,
        _ => letters + digits > 0,
    };
    let tidy = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let titled = kind == Kind::Name && tidy.split(' ').any(|w| NOBODY.contains(&fold(w).as_str()));
    // A ticked box may have been read as a letter of the word after it.
    let crossed = tidy.strip_prefix(['x', 'X']).is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase() || c == ' '));
    let weight = if titled || crossed { 0.7 } else { 1.0 };
    fits.then(|| Reading::plain(start..start + bare.len(), tidy, weight))
}

/// Words of titles and labels, seldom of names.
const NOBODY: [&str; 16] = [
    "form",
    "submission",
    "invoice",
    "receipt",
    "test",
    "exam",
    "quiz",
    "worksheet",
    "number",
    "date",
    "details",
    "information",
    "signature",
    "page",
    "formulier",
    "formular",
];

/// Words with a digit that are no date, amount or percentage.
fn identifiers(text: &str, known: &Convention) -> Vec<Reading> {
    let mut taken: Vec<Range<usize>> = date::dates(text, known).into_iter().filter(|d| d.weight > 0.6).map(|d| d.span).collect();
    taken.extend(date::times(text).into_iter().map(|t| t.span));
    taken.extend(amount::percentages(text).into_iter().map(|a| a.span));
    taken.extend(amount::amounts(text, known).into_iter().filter(|a| a.weight == 1.0).map(|a| a.span));
    let mut found = Vec::new();
    for m in IDENTIFIER.find_iter(text) {
        let written = m.as_str();
        let free = taken.iter().all(|t| t.end <= m.start() || m.end() <= t.start);
        if free && written.bytes().any(|b| b.is_ascii_digit()) {
            let weight = if written.len() >= 3 { 1.0 } else { 0.8 };
            found.push(Reading::plain(m.range(), written.to_owned(), weight));
        }
    }
    found
}

/// A box beside words, or a word for yes or no.
fn ticked(text: &str) -> Option<Reading> {
    let first = text.split_whitespace().next()?;
    let at = text.find(first)?;
    let on = match mark(first) {
        Some(Mark::On) => true,
        Some(Mark::Off) => false,
        None => match fold(first).as_str() {
            "yes" | "ja" | "oui" | "si" | "true" | "on" | "x" => true,
            "no" | "nee" | "nein" | "non" | "false" | "off" => false,
            _ => return None,
        },
    };
    Some(Reading::plain(at..at + first.len(), on.to_string(), 0.97))
}

/// What matches the schema's own pattern: values that do, and for words any part that does.
fn by_pattern(leaf: &Leaf, pattern: &Regex, text: &str, found: Vec<Reading>) -> Vec<Reading> {
    if leaf.kind.is_wordy() || leaf.kind == Kind::Identifier {
        let part = |m: regex::Match<'_>| Reading::plain(m.range(), m.as_str().to_owned(), 1.0);
        return pattern.find_iter(text).filter(|m| !m.is_empty()).map(part).collect();
    }
    found.into_iter().filter(|r| pattern.is_match(&r.value)).collect()
}

/// The one of the allowed values that stands there; the longest first, so that "10A" is not "10".
fn by_options(leaf: &Leaf, text: &str) -> Vec<Reading> {
    let mut options: Vec<&String> = leaf.options.iter().collect();
    options.sort_by_key(|o| std::cmp::Reverse(o.len()));
    let words: Vec<(usize, &str)> = WORD.find_iter(text).map(|m| (m.start(), m.as_str())).collect();
    for option in options {
        let (wanted, length) = (fold(option), option.split_whitespace().count().max(1));
        for window in words.windows(length) {
            let joined: String = window.iter().map(|(_, w)| fold(w)).collect();
            if let (true, Some((start, _)), Some((last, word))) = (joined == wanted, window.first(), window.last()) {
                return vec![Reading::plain(*start..last + word.len(), option.clone(), 1.0)];
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
