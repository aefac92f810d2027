//! Words of a line: where one ends, and where on the line it stands.

use crate::ctc::Glyph;
use crate::strip::HEIGHT;

/// A word of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    pub text: String,
    /// Where it begins and ends along the line.
    pub from: f64,
    pub to: f64,
    /// How sure the reader is of its least sure letter, 0..=1.
    pub sure: f64,
}

/// Below this part of a line's contrast a column is paper.
const PAPER: f32 = 0.25;

/// The recogniser leaves out blanks, most of all around signs. Letters so many times as far apart as usual on their line, with so much
/// paper between them as part of the height of the line, are two words. Lines with fewer pairs of letters do not tell what is usual.
const FAR_APART: f64 = 1.5;
const BLANK: f64 = 0.2;
const TELLING_PAIRS: usize = 3;

/// The words of a line, in pixels of its strip. A step of the reader is `step` pixels wide; `ink` says how dark each column is.
pub(crate) fn pieces(glyphs: &[Glyph], step: f64, ink: &[f32]) -> Vec<Piece> {
    let read: Vec<&[Glyph]> = glyphs.split(|g| g.letter == ' ').filter(|w| !w.is_empty()).collect();
    let pitch = pitch(&read, step);
    let tells = read.iter().map(|word| word.len() - 1).sum::<usize>() >= TELLING_PAIRS;
    let blank = |a: &Glyph, b: &Glyph| {
        let (a, b) = (centre(a, step), centre(b, step));
        b - a > FAR_APART * pitch && parted(a, b, ink).is_some_and(|(from, to)| to - from > BLANK * HEIGHT as f64)
    };
    let words: Vec<&[Glyph]> = read.into_iter().flat_map(|word| word.chunk_by(|a, b| !tells || !blank(a, b))).collect();
    let mut pieces: Vec<Piece> = words.iter().map(|word| piece(word, step, pitch)).collect();
    let ends: Vec<(f64, f64)> = words.iter().map(|w| (centre(&w[0], step), centre(&w[w.len() - 1], step))).collect();
    for i in 1..pieces.len() {
        let (left, right) = parted(ends[i - 1].1, ends[i].0, ink).unwrap_or_else(|| {
            let middle = pieces[i - 1].to.midpoint(pieces[i].from);
            (pieces[i - 1].to.min(middle), pieces[i].from.max(middle))
        });
        pieces[i - 1].to = left;
        pieces[i].from = right;
    }
    if let (Some(first), Some(inked)) = (pieces.first_mut(), ink.iter().position(|&v| v > PAPER)) {
        first.from = first.from.min(ends[0].0 - pitch).max(inked as f64).min(ends[0].0);
    }
    if let (Some(last), Some(inked), Some(end)) = (pieces.last_mut(), ink.iter().rposition(|&v| v > PAPER), ends.last()) {
        last.to = (end.1 + pitch).min(inked as f64 + 1.0).max(end.1);
    }
    pieces
}

fn centre(glyph: &Glyph, step: f64) -> f64 {
    (glyph.steps.0 + glyph.steps.1 + 1) as f64 / 2.0 * step
}

/// How far apart letters of a word stand in the middle of all cases; two steps when there are no two letters.
fn pitch(words: &[&[Glyph]], step: f64) -> f64 {
    let pairs = words.iter().flat_map(|word| word.windows(2));
    let mut apart: Vec<f64> = pairs.map(|w| centre(&w[1], step) - centre(&w[0], step)).collect();
    apart.sort_by(f64::total_cmp);
    apart.get(apart.len() / 2).copied().unwrap_or(2.0 * step)
}

fn piece(word: &[Glyph], step: f64, pitch: f64) -> Piece {
    Piece {
        text: word.iter().map(|g| g.letter).collect(),
        from: (centre(&word[0], step) - pitch / 2.0).max(0.0),
        to: centre(&word[word.len() - 1], step) + pitch / 2.0,
        sure: word.iter().map(|g| f64::from(g.sure)).fold(1.0, f64::min),
    }
}

/// The ends of the widest strip of paper between two places: where the word before it ends and the next begins.
fn parted(from: f64, to: f64, ink: &[f32]) -> Option<(f64, f64)> {
    let (from, to) = (from.max(0.0) as usize, (to.max(0.0) as usize).min(ink.len()));
    let mut widest: Option<(usize, usize)> = None;
    let mut start = None;
    let columns = ink.get(from..to)?.iter().map(|&dark| dark <= PAPER).chain([false]);
    for (x, paper) in (from..).zip(columns) {
        match (paper, start) {
            (true, None) => start = Some(x),
            (false, Some(begun)) => {
                if widest.is_none_or(|(a, b)| x - begun > b - a) {
                    widest = Some((begun, x));
                }
                start = None;
            }
            _ => {}
        }
    }
    widest.map(|(a, b)| (a as f64, b as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glyphs(text: &str) -> Vec<Glyph> {
        text.chars().zip(0..).map(|(letter, i)| Glyph { letter, steps: (i, i), sure: 0.5 + i as f32 / 100.0 }).collect()
    }

    #[test]
    fn words_end_where_the_ink_ends() {
        let mut ink = vec![1.0; 80];
        ink[..3].fill(0.0);
        ink[28..45].fill(0.0);
        ink[78..].fill(0.1);
        let found = pieces(&glyphs("abc  defg"), 9.0, &ink);
        let boxes: Vec<(&str, f64, f64)> = found.iter().map(|p| (p.text.as_str(), p.from, p.to)).collect();
        assert_eq!(boxes, [("abc", 3.0, 28.0), ("defg", 45.0, 78.0)]);
        assert!((found[1].sure - 0.55).abs() < 1e-6);
    }

    #[test]
    fn words_without_paper_between_share_the_room() {
        let found = pieces(&glyphs("ab cd"), 8.0, &[1.0; 40]);
        assert_eq!((found[0].to, found[1].from), (16.0, 24.0));
    }

    #[test]
    fn a_wide_strip_of_paper_parts_words_that_were_read_as_one() {
        let mut glyphs = glyphs("TOTAL:");
        glyphs[5].steps = (7, 7);
        let mut ink = vec![1.0; 72];
        let texts = |ink: &[f32]| pieces(&glyphs, 8.0, ink).into_iter().map(|p| p.text).collect::<Vec<_>>();
        assert_eq!(texts(&ink), ["TOTAL:"]);
        ink[44..56].fill(0.0);
        assert_eq!(texts(&ink), ["TOTAL", ":"]);
    }

    #[test]
    fn a_line_of_blanks_has_no_words() {
        assert!(pieces(&glyphs("   "), 8.0, &[0.0; 24]).is_empty());
        assert!(pieces(&[], 8.0, &[]).is_empty());
    }
}
