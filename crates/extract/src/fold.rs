//! Words made alike before they are compared: case, accents and punctuation gone, and for labels the characters readers mix up.

use regex::Regex;
use strsim::levenshtein;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters and digits only, lower case, without accents; ligatures and full-width forms become what they stand for.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            c if c.is_alphanumeric() => folded.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())),
            _ => {}
        }
    }
    folded
}

/// Folded text with the characters that readers of pages take for one another made one. For labels only: in a value they are the difference.
pub(crate) fn twins(folded: &str) -> String {
    folded
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            '8' => 'b',
            c => c,
        })
        .collect()
}

/// How many letters of a label of this length may be wrong. Short labels have neighbours that mean something else ("date", "rate").
pub(crate) fn slack(letters: usize) -> usize {
    match letters {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// How alike two folded texts are as labels: 1 when equal, less for twins and for few wrong letters, none when they are different words.
pub(crate) fn likeness(seen: &str, label: &str) -> Option<f64> {
    if seen == label {
        return Some(1.0);
    }
    let letters = label.chars().count();
    if seen.chars().count().abs_diff(letters) > 2 {
        return None;
    }
    let (seen, label) = (twins(seen), twins(label));
    match levenshtein(&seen, &label) {
        0 => Some(0.97),
        wrong if wrong <= slack(letters) => Some(0.94 - 0.04 * wrong as f64),
        _ => None,
    }
}

/// The one of these that is nearest to what was written, for messages.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|k| levenshtein(written, k))
}

/// A pattern of ours.
#[expect(clippy::unwrap_used, reason = "patterns of this crate are constants, and a test compiles each of them")]
pub(crate) fn pattern(constant: &'static str) -> Regex {
    Regex::new(constant).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_are_gone() {
        assert_eq!(fold("Número de Facture №:"), "numerodefactureno");
        assert_eq!(fold("Straße Œuvre ﬁne"), "strasseoeuvrefine");
    }

    #[test]
    fn twins_are_nearly_equal_and_short_words_must_be_exact() {
        assert_eq!(likeness("t0tal", "total"), Some(0.97));
        assert_eq!(likeness("rate", "date"), None);
        assert!(likeness("lnvoicenumber", "invoicenumber").is_some_and(|l| l > 0.9));
        assert!(likeness("invoicenumbr", "invoicenumber").is_some_and(|l| l < 0.95));
    }
}
