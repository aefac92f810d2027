//! Marks at which items of lists begin: bullets, numbers, letters.

use crate::document::Word;

/// What an item of a list begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A sign that is used for nothing else, so one of them makes a list.
    Bullet,
    /// A dash or a star, which running text uses too.
    Dash,
    /// A sign that readers of pictures often see in a bullet; it may be itself all the same.
    Misread,
    /// `1.`, `1)` or `(1)`.
    Number(u32),
    /// `a.`, `b)` or `(C)`, counted from 1.
    Letter(u32),
}

impl Mark {
    /// Whether `next` may be the mark of the item after this one's.
    pub(crate) fn leads_to(self, next: Self) -> bool {
        match (self, next) {
            (Self::Dash, Self::Dash) => true,
            (Self::Bullet | Self::Misread, Self::Bullet | Self::Misread | Self::Dash) | (Self::Dash, Self::Misread) => true,
            (Self::Number(a), Self::Number(b)) | (Self::Letter(a), Self::Letter(b)) => a.checked_add(1) == Some(b),
            _ => false,
        }
    }
}

/// The mark that a word is; none when it is something else. A bullet may stick to the word after it.
pub(crate) fn mark(word: &Word) -> Option<Mark> {
    let text = word.text.as_str();
    let mut chars = text.chars();
    let first = chars.next()?;
    if is_bullet(first) {
        return Some(Mark::Bullet);
    }
    if matches!(first, '-' | '–' | '—' | '*' | '+' | '·') {
        return chars.next().is_none().then_some(Mark::Dash);
    }
    if matches!(text, "¢" | "©" | "®" | "°" | "«" | "»" | "¥") {
        return Some(Mark::Misread);
    }
    let inner = match text.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')')?,
        None => text.strip_suffix(['.', ')'])?,
    };
    if !inner.is_empty() && inner.len() <= 3 && inner.bytes().all(|b| b.is_ascii_digit()) {
        return inner.parse().ok().map(Mark::Number);
    }
    match inner.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => Some(Mark::Letter(u32::from(letter.to_ascii_lowercase() - b'a') + 1)),
        _ => None,
    }
}

/// Signs that stand for nothing but a point of a list.
pub(crate) fn is_bullet(sign: char) -> bool {
    matches!(
        sign,
        '•' | '◦'
            | '▪'
            | '▫'
            | '‣'
            | '⁃'
            | '●'
            | '○'
            | '■'
            | '□'
            | '◆'
            | '◇'
            | '➢'
            | '➤'
            | '✓'
            | '✔'
            | '❖'
            | '\u{F0B7}'
            | '\u{F0A7}'
    )
}

#[cfg(test)]
mod tests {
    use super::{Mark, mark};
    use crate::document::Word;
    use crate::geometry::Rect;

    fn of(text: &str) -> Option<Mark> {
        mark(&Word { text: text.into(), bounds: Rect::default(), confidence: 1.0 })
    }

    #[test]
    fn marks_are_bullets_numbers_and_letters_and_words_are_not() {
        assert_eq!(["•", "•Milk", "-", "–"].map(of), [Some(Mark::Bullet), Some(Mark::Bullet), Some(Mark::Dash), Some(Mark::Dash)]);
        assert_eq!(["¢", "©"].map(of), [Some(Mark::Misread); 2]);
        assert_eq!(["1.", "(12)", "3)"].map(of), [1, 12, 3].map(|n| Some(Mark::Number(n))));
        assert_eq!(["a)", "(B)", "c."].map(of), [1, 2, 3].map(|n| Some(Mark::Letter(n))));
        assert_eq!(["", "-5", "—existing", "1.5", "2024.", "etc.", "©2024", "()", ".", "(1", "ä."].map(of), [None; 11]);
    }

    #[test]
    fn numbers_lead_to_the_next_number_only() {
        assert!(Mark::Number(1).leads_to(Mark::Number(2)) && Mark::Letter(1).leads_to(Mark::Letter(2)));
        assert!(!Mark::Number(1).leads_to(Mark::Number(12)) && !Mark::Number(1).leads_to(Mark::Letter(2)));
    }
}
