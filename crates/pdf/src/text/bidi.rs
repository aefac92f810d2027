//! From the order in which glyphs stand to the order in which they are read. Files store what is seen; Hebrew and Arabic are read from the
//! right, but for the numbers and foreign words among them (after the Unicode bidirectional algorithm, UAX 9, as far as it goes without
//! knowing the text as it was typed).

use unicode_bidi::{BidiClass, bidi_class};

/// Which way a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the left: at least one letter of such a script, and none of the others.
    Left,
    /// From the right: at least one letter of such a script.
    Right,
    /// Neither says: digits and marks.
    Neutral,
}

/// No letter below this is read from the right.
const FIRST_FROM_THE_RIGHT: char = '\u{590}';

pub(crate) fn direction(text: &str) -> Direction {
    let mut letters = false;
    for c in text.chars() {
        if c >= FIRST_FROM_THE_RIGHT && matches!(bidi_class(c), BidiClass::R | BidiClass::AL) {
            return Direction::Right;
        }
        letters = letters || c.is_alphabetic();
    }
    if letters { Direction::Left } else { Direction::Neutral }
}

/// The glyphs of a word with letters read from the right, in the order they are read; they come as they stand, from the left.
pub(crate) fn read_word(glyphs: &mut [&str]) {
    glyphs.reverse();
    flip(glyphs, |text| text.chars().next().is_some_and(goes_right), |text| text.chars().next().is_some_and(joins_numbers));
}

/// The words of a line in the order they are read; they come as they stand, from the left.
pub(crate) fn read_line<T>(words: &mut [T], direction: impl Fn(&T) -> Direction) {
    let count = |which| words.iter().filter(|w| direction(w) == which).count();
    let (right, left) = (count(Direction::Right), count(Direction::Left));
    if right == 0 {
        return;
    }
    let base = if right > left {
        words.reverse();
        Direction::Left
    } else {
        Direction::Right
    };
    flip(words, |w| direction(w) == base, |w| direction(w) == Direction::Neutral);
}

/// Turns round every run of items that are `of` a kind, with what `joins` two of them.
fn flip<T>(items: &mut [T], of: impl Fn(&T) -> bool, joins: impl Fn(&T) -> bool) {
    let mut start = 0;
    while let Some(first) = items[start..].iter().position(&of).map(|n| start + n) {
        let within = items[first..].iter().take_while(|t| of(t) || joins(t)).count();
        let last = items[first..first + within].iter().rposition(&of).map_or(first, |n| first + n);
        items[first..=last].reverse();
        start = last + 1;
    }
}

fn goes_right(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::L | BidiClass::EN | BidiClass::AN)
}

fn joins_numbers(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::CS | BidiClass::ES | BidiClass::ET)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(seen: &str) -> String {
        let glyphs: Vec<String> = seen.chars().map(String::from).collect();
        let mut glyphs: Vec<&str> = glyphs.iter().map(String::as_str).collect();
        read_word(&mut glyphs);
        glyphs.concat()
    }

    fn line(seen: &str) -> String {
        let mut words: Vec<&str> = seen.split(' ').collect();
        read_line(&mut words, |w| direction(w));
        words.join(" ")
    }

    #[test]
    fn a_word_is_read_from_the_right_and_its_numbers_from_the_left() {
        assert_eq!(word("םולש"), "שלום");
        assert_eq!(word("1.5-ב"), "ב-1.5");
        assert_eq!(word("COVID-ה"), "ה-COVID");
    }

    #[test]
    fn lines_are_read_as_most_of_their_words_are() {
        assert_eq!(line("םלוע םולש"), "םולש םלוע");
        assert_eq!(line("one םלוע םולש two three"), "one םולש םלוע two three");
        assert_eq!(line("ג World 2 Hello ב א"), "א ב World 2 Hello ג");
        assert_eq!(line("plain words 12"), "plain words 12");
    }

    #[test]
    fn digits_have_no_direction() {
        assert_eq!(direction("12.5"), Direction::Neutral);
        assert_eq!(direction("12th"), Direction::Left);
        assert_eq!(direction("ה12"), Direction::Right);
    }
}
