//! What a glyph says it is, as text that somebody may search for.

use hayro::hayro_interpret::hayro_cmap::BfString;
use unicode_normalization::UnicodeNormalization;

/// What stands for a glyph that does not say what it is.
pub(crate) const UNKNOWN: char = char::REPLACEMENT_CHARACTER;

/// Characters of one word of a glyph that are kept, and words: ligatures have a handful, and one.
const MOST: usize = 16;

/// Appends the text of a glyph, without blanks but for single ones within it; whether the glyph says what it is.
pub(crate) fn append(glyph: Option<&BfString>, out: &mut String) -> bool {
    match glyph {
        Some(BfString::Char(c)) => letter(*c, out),
        Some(BfString::String(s)) => {
            let words = s.split_whitespace().map(|word| word.chars().take(MOST));
            words.enumerate().take(MOST).fold(true, |known, (n, word)| {
                if n > 0 {
                    out.push(' ');
                }
                word.fold(known, |known, c| letter(c, out) && known)
            })
        }
        None => letter(UNKNOWN, out),
    }
}

fn letter(c: char, out: &mut String) -> bool {
    match c {
        c if c.is_ascii_graphic() => out.push(c),
        c if c.is_whitespace() => {}
        // Marks that no reader sees: zero width blanks, joiners, marks of direction and of byte order.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
        // Drawn, it is a hyphen.
        '\u{ad}' => out.push('-'),
        // Bullets of symbol fonts, which are mapped into the private use area by adding 0xf000.
        '\u{f0b7}' => out.push('•'),
        '\u{f0a7}' => out.push('▪'),
        c if c.is_control() || is_private(c) || c == UNKNOWN => {
            out.push(UNKNOWN);
            return false;
        }
        c if is_presentation_form(c) => out.extend(std::iter::once(c).nfkc().filter(|c| !c.is_whitespace())),
        c => out.push(c),
    }
    true
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Ligatures and shapes that stand for ordinary letters (Unicode blocks Alphabetic Presentation Forms, Arabic Presentation Forms-A and -B).
fn is_presentation_form(c: char) -> bool {
    matches!(c, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(chars: &str) -> (String, bool) {
        let mut out = String::new();
        let known = append(Some(&BfString::String(chars.to_owned())), &mut out);
        (out, known)
    }

    #[test]
    fn ligatures_become_their_letters_and_nothing_else_changes() {
        assert_eq!(text("ﬁﬄ"), ("fiffl".into(), true));
        assert_eq!(text("ﻼ"), ("لا".into(), true));
        assert_eq!(text("½²é"), ("½²é".into(), true), "these have letters of their own");
    }

    #[test]
    fn what_is_unknown_is_told() {
        assert_eq!(text("\u{e123}"), (UNKNOWN.to_string(), false));
        assert_eq!(text("\0"), (UNKNOWN.to_string(), false));
        assert_eq!(text(" \u{a0}\u{200b}"), (String::new(), true));
        assert_eq!(text(" two  words "), ("two words".into(), true));
        assert_eq!(text("\u{f0b7}"), ("•".into(), true));
    }
}
