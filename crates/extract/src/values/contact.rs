//! Mail addresses, web addresses and telephone numbers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::fold::pattern;

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}\b"));
static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:https?://|www\.)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:/[^\s<>|]*)?"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\+|\b00|\()?\(?[0-9](?:[ ()./\u{a0}-]{0,3}[0-9]){6,14}\b"));

/// Every mail address of a text, in lower case after the @.
pub(crate) fn emails(text: &str) -> Vec<(Range<usize>, String)> {
    let tidy = |m: regex::Match<'_>| {
        let (user, host) = m.as_str().split_once('@')?;
        Some((m.range(), format!("{user}@{}", host.to_lowercase())))
    };
    EMAIL.find_iter(text).filter_map(tidy).collect()
}

/// Every web address of a text, without the point or bracket of the sentence around it.
pub(crate) fn urls(text: &str) -> Vec<(Range<usize>, String)> {
    let tidy = |m: regex::Match<'_>| {
        let bare = m.as_str().trim_end_matches(['.', ',', ';', ')', ':', '!', '?']);
        (m.start()..m.start() + bare.len(), bare.to_owned())
    };
    URL.find_iter(text).map(tidy).collect()
}

/// Every run of 7 to 15 digits written as people write telephone numbers, its digits with a plus if it has one.
pub(crate) fn phones(text: &str) -> Vec<(Range<usize>, String)> {
    let tidy = |m: regex::Match<'_>| {
        let before = text.get(..m.start())?.chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric()) {
            return None;
        }
        let written = m.as_str().replace("(0)", "");
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let plus = if written.trim_start_matches('(').starts_with('+') { "+" } else { "" };
        (7..=15).contains(&digits.len()).then(|| (m.range(), format!("{plus}{digits}")))
    };
    PHONE.find_iter(text).filter_map(tidy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contacts_are_found_in_running_text() {
        assert_eq!(emails("Mail info@Example.ORG.")[0].1, "info@example.org");
        assert_eq!(urls("See www.example.org/a, or")[0].1, "www.example.org/a");
        assert_eq!(phones("Tel: +31 (0)20 123 45 67")[0].1, "+31201234567");
        assert_eq!(phones("(555) 123-4567")[0].1, "5551234567");
        assert!(phones("12.50").is_empty() && emails("a@b").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-0-9()+ ./@w]{0,30}") {
            for (span, _) in emails(&text).into_iter().chain(urls(&text)).chain(phones(&text)) {
                prop_assert!(text.get(span).is_some());
            }
        }
    }
}
