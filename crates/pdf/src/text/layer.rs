//! Whether the text that a page states can be used instead of reading its picture.

use gristmill_layout::Line;

use super::letters::UNKNOWN;
use super::scan::Scan;

/// What a page's text layer is worth. Every variant but [`Self::Usable`], [`Self::Blank`] and [`Self::EmbeddedOcr`] means that the picture
/// of the page says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// It says what stands on the page.
    Usable,
    /// Nothing is drawn: there is nothing to read.
    Blank,
    /// There is no text, but something is drawn: a scan, or letters drawn as shapes.
    None,
    /// There is text, but it does not say which characters it is.
    Broken,
    /// A little text on top of a scan: a stamp, a page number.
    Stamp,
    /// Invisible text over a scan: somebody read the scan before. How well is unknown.
    EmbeddedOcr,
}

/// Above this share of glyphs that do not say what they are, the rest is not worth reading: a text with its ornaments and formulas unknown
/// stays far below, a font without a table of its characters is at 1.
const UNKNOWN_MOST: f64 = 0.2;
/// Fewer visible characters than this on a page that is a picture are a stamp or a number, not the page's text.
const STAMP_MOST: usize = 25;
/// A picture over this share of a page is the page.
const SCAN_LEAST: f64 = 0.5;
/// Texts shorter than this are too short to be judged by their characters.
const JUDGED_LEAST: usize = 40;
/// Real texts, with tables and formulas, have more letters and digits than this.
const WORDY_LEAST: f64 = 0.3;
/// No letter is this frequent in any language; fonts whose table maps all glyphs to one character are.
const ONE_LETTER_MOST: f64 = 0.6;

pub(crate) fn judge(scan: &Scan, lines: &[Line]) -> Layer {
    let mapped = scan.visible + scan.hidden;
    let total = mapped + scan.unknown;
    let covered = scan.cover.share();
    if total == 0 {
        return if scan.paths == 0 && scan.images == 0 { Layer::Blank } else { Layer::None };
    }
    if scan.unknown as f64 > UNKNOWN_MOST * total as f64 || gibberish(lines) {
        return Layer::Broken;
    }
    if lines.is_empty() {
        return if scan.paths == 0 && scan.images == 0 { Layer::Blank } else { Layer::None };
    }
    match (scan.hidden > scan.visible, covered) {
        (true, c) if c >= SCAN_LEAST => Layer::EmbeddedOcr,
        (_, c) if c >= SCAN_LEAST && scan.visible < STAMP_MOST => Layer::Stamp,
        _ => Layer::Usable,
    }
}

fn gibberish(lines: &[Line]) -> bool {
    let mut total = 0_usize;
    let mut wordy = 0_usize;
    let mut counts = std::collections::HashMap::<char, usize>::new();
    for c in lines.iter().flat_map(|l| &l.words).flat_map(|w| w.text.chars()).filter(|c| *c != UNKNOWN) {
        total += 1;
        if c.is_alphanumeric() {
            wordy += 1;
            *counts.entry(c).or_default() += 1;
        }
    }
    let most = counts.values().max().copied().unwrap_or(0) as f64;
    total >= JUDGED_LEAST && (wordy as f64 / (total as f64) < WORDY_LEAST || most > ONE_LETTER_MOST * total as f64)
}

#[cfg(test)]
mod tests {
    use gristmill_layout::{Rect, Word};

    use super::*;

    fn line(text: &str) -> Vec<Line> {
        let word = |t: &str| Word { text: t.to_owned(), bounds: Rect::new(0.0, 0.0, 1.0, 1.0), confidence: 1.0 };
        Line::of(text.split_whitespace().map(word).collect()).into_iter().collect()
    }

    #[test]
    fn a_text_of_one_letter_or_of_none_is_gibberish() {
        assert!(gibberish(&line(&"AAAA AAAA ".repeat(10))));
        assert!(gibberish(&line(&"!$%& /()= ".repeat(10))));
        assert!(!gibberish(&line(&"the quick brown fox ".repeat(5))));
        assert!(!gibberish(&line("!!!")), "too short to tell");
        assert!(!gibberish(&line(&"Contents ........ 7 ".repeat(5))), "leaders of a table of contents");
    }
}
