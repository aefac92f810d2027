//! Lines as running text: words that were broken at the end of a line are whole again.

/// Puts lines behind each other.
pub(crate) fn joined(lines: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        match break_of(&text, line) {
            Break::Blank if text.is_empty() || line.is_empty() => {}
            Break::Blank => text.push(' '),
            Break::Word => drop(text.pop()),
            Break::Compound => {}
        }
        text.push_str(line);
    }
    text
}

/// What was between two lines before they were parted.
#[derive(Debug, PartialEq, Eq)]
enum Break {
    Blank,
    /// A word, and the hyphen tells of its breaking only.
    Word,
    /// A word that has hyphens of its own, such as "state-of-the-art"; so the one at the break is likely to be one of them.
    Compound,
}

fn break_of(above: &str, below: &str) -> Break {
    let mut end = above.chars().rev();
    let hyphen = end.next().filter(|c| matches!(c, '-' | '\u{2010}' | '\u{AD}'));
    let goes_on = end.next().is_some_and(char::is_alphabetic) && below.chars().next().is_some_and(char::is_lowercase);
    match hyphen.filter(|_| goes_on) {
        None => Break::Blank,
        Some('\u{AD}') => Break::Word,
        Some(hyphen) => {
            let word = above.rsplit(' ').next().unwrap_or_default();
            if word.matches(hyphen).count() > 1 { Break::Compound } else { Break::Word }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    fn of(lines: &[&str]) -> String {
        joined(lines.iter().map(|l| (*l).to_owned()))
    }

    #[test]
    fn a_broken_word_is_whole_again_only_when_it_goes_on_in_lower_case() {
        assert_eq!(of(&["the SINGLE STEP func-", "tion is"]), "the SINGLE STEP function is");
        assert_eq!(of(&["bro\u{AD}", "ken"]), "broken");
        assert_eq!(of(&["Baden-", "Baden"]), "Baden- Baden");
        assert_eq!(of(&["pages 3-", "4"]), "pages 3- 4");
        assert_eq!(of(&["a dash -", "and more"]), "a dash - and more");
    }

    #[test]
    fn a_word_with_hyphens_of_its_own_keeps_the_one_at_the_break() {
        assert_eq!(of(&["a state-of-the-", "art tool"]), "a state-of-the-art tool");
    }

    #[test]
    fn empty_lines_leave_no_blanks() {
        assert_eq!(of(&["", "a", " ", "b"]), "a b");
    }
}
