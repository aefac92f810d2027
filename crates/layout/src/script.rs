//! Which way a text runs.

use crate::document::Line;

/// Whether a letter belongs to a script that is written from right to left: Hebrew, Arabic and their neighbours, with the forms that
/// older files use for them (the blocks that Unicode sets aside for such scripts).
fn runs_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Whether more words run from right to left than the other way; words without letters have no say.
pub(crate) fn mostly_right_to_left<'a>(lines: impl IntoIterator<Item = &'a Line>) -> bool {
    let (mut leftwards, mut rightwards) = (0_usize, 0_usize);
    for word in lines.into_iter().flat_map(|l| &l.words) {
        match word.text.chars().find(|c| c.is_alphabetic()) {
            Some(letter) if runs_left(letter) => leftwards += 1,
            Some(_) => rightwards += 1,
            None => {}
        }
    }
    leftwards > rightwards
}
