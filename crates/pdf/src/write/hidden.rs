//! Words as text that is found and not seen, each stretched to fill its box.

use gristmill_layout::{Line, Word};
use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Name, Str};
use unicode_bidi::{BidiClass, bidi_class};

use super::glyphless::{ASCENT, Characters, DESCENT, RESOURCE, WIDTH};
use crate::text::{Direction, direction, read_word};

/// A blank after each word, for viewers that copy text and do not look at gaps.
const BLANK: &str = " ";
/// Points below which a box holds no word.
const LEAST: f64 = 0.01;

/// Where a word stands, in the units of a page's content: y upwards, not turned.
struct Place {
    baseline: (f64, f64),
    along: (f64, f64),
    up: (f64, f64),
    width: f64,
    height: f64,
}

/// The content that writes lines; `place` leads from their boxes to the units of the page's content.
pub(crate) fn content(lines: &[Line], characters: &mut Characters, place: impl Fn((f64, f64)) -> (f64, f64)) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text().set_text_rendering_mode(TextRenderingMode::Invisible);
    for word in lines.iter().flat_map(|l| &l.words) {
        if let Some(at) = placed(word, &place) {
            show(&mut content, word, &at, characters);
        }
    }
    content.end_text();
    content.finish().into_vec()
}

fn placed(word: &Word, place: impl Fn((f64, f64)) -> (f64, f64)) -> Option<Place> {
    let [top_left, _, bottom_right, bottom_left] = word.bounds.corners().map(place);
    let along = unit(bottom_left, bottom_right)?;
    let up = unit(bottom_left, top_left)?;
    let (width, height) = (distance(bottom_left, bottom_right), distance(bottom_left, top_left));
    let rise = height * -f64::from(DESCENT) / f64::from(ASCENT - DESCENT);
    let baseline = (bottom_left.0 + up.0 * rise, bottom_left.1 + up.1 * rise);
    Some(Place { baseline, along, up, width, height })
}

fn show(content: &mut Content, word: &Word, at: &Place, characters: &mut Characters) {
    let mut clusters = clusters(&word.text);
    if direction(&word.text) == Direction::Right {
        // As it is seen, from the left: what readers of PDFs expect, and turn round.
        read_word(&mut clusters);
    }
    if clusters.is_empty() {
        return;
    }
    let natural = f64::from(WIDTH) / 1000.0 * at.height * clusters.len() as f64;
    let codes: Vec<u8> = clusters.into_iter().chain([BLANK]).flat_map(|c| characters.number(c).to_be_bytes()).collect();
    let matrix = [at.along.0, at.along.1, at.up.0, at.up.1, at.baseline.0, at.baseline.1].map(|v| v as f32);
    content
        .set_font(Name(RESOURCE.as_bytes()), at.height as f32)
        .set_horizontal_scaling((100.0 * at.width / natural) as f32)
        .set_text_matrix(matrix)
        .show(Str(&codes));
}

/// Characters with the marks that stand on them.
fn clusters(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> =
        text.char_indices().filter(|(n, c)| *n == 0 || bidi_class(*c) != BidiClass::NSM && *c != '\u{200d}').map(|(n, _)| n).collect();
    starts.push(text.len());
    let pairs = starts.windows(2).filter_map(|w| text.get(w[0]..w[1]));
    pairs.filter(|c| !c.chars().any(|c| c.is_control() || c.is_whitespace())).collect()
}

fn unit(from: (f64, f64), to: (f64, f64)) -> Option<(f64, f64)> {
    let length = distance(from, to);
    (length.is_finite() && length > LEAST).then(|| ((to.0 - from.0) / length, (to.1 - from.1) / length))
}

fn distance(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.0 - from.0).hypot(to.1 - from.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stay_with_their_letters() {
        assert_eq!(clusters("e\u{301}te\u{301}"), ["e\u{301}", "t", "e\u{301}"]);
        assert_eq!(clusters("שָׁלוֹם"), ["שָׁ", "ל", "וֹ", "ם"]);
        assert!(clusters("").is_empty());
    }
}
