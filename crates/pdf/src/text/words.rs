//! Glyphs to words: what follows closely in the order it is drawn is one word, a blank or a gap ends it.

use gristmill_layout::Rect;

use super::bidi::{self, Direction};
use super::frames::{Frame, Span};
use super::letters::UNKNOWN;
use super::scan::{Glyph, Scan};

/// A wider gap than this, in ems, parts words where a file leaves blanks out. Kerning stays below a tenth, and the narrowest blank of a
/// justified line above two.
const WORD_GAP: f64 = 0.15;
/// How far a glyph may reach back over the one before it: accents are drawn over their letters, and kerned pairs overlap.
const OVERLAP: f64 = 0.6;
/// How far baselines within a word may differ, in ems.
const BASELINE: f64 = 0.15;
/// The same for what follows without any gap: the figures of H₂O and 10².
const RAISED: f64 = 0.5;
const TIGHT: f64 = 0.05;
/// Glyphs of one word: a line of Chinese has no blanks, but hundreds and not thousands of glyphs.
const GLYPHS_MOST: usize = 2_000;

/// A word on the axes of its direction.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) direction: Direction,
    /// On the page.
    pub(crate) bounds: Rect,
    /// On its axes.
    pub(crate) span: Span,
    /// Which axes.
    pub(crate) frame: usize,
    /// When it was drawn: words that are drawn one after the other have numbers one after the other.
    pub(crate) number: usize,
}

/// Which way glyphs follow each other within a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Unknown,
    Forward,
    Backward,
}

struct Open {
    glyphs: Vec<usize>,
    span: Span,
    last: Span,
    frame: usize,
    way: Way,
}

/// The words of a page in the order they are drawn.
pub(crate) fn words(scan: &Scan) -> Vec<Piece> {
    let (frames, frame_of) = Frame::of(scan);
    let mut pieces = Vec::new();
    let mut open: Option<Open> = None;
    for (index, glyph) in scan.glyphs.iter().enumerate() {
        let frame = frame_of[glyph.run as usize];
        let span = frames[frame].span(glyph, &scan.runs[glyph.run as usize]);
        if glyph.blank {
            close(&mut open, scan, &frames, &mut pieces);
            continue;
        }
        if let Some(word) = &mut open
            && word.frame == frame
        {
            if word.repeats(scan, glyph, &span) {
                continue;
            }
            if let Some(way) = word.way_to(&span) {
                word.push(index, span, way);
                continue;
            }
        }
        close(&mut open, scan, &frames, &mut pieces);
        open = Some(Open { glyphs: vec![index], span, last: span, frame, way: Way::Unknown });
    }
    close(&mut open, scan, &frames, &mut pieces);
    pieces
}

impl Open {
    fn push(&mut self, index: usize, span: Span, way: Way) {
        self.glyphs.push(index);
        self.span = self.span.union(span);
        self.last = span;
        self.way = way;
    }

    /// Bold made by drawing a glyph twice, a hair apart.
    fn repeats(&self, scan: &Scan, glyph: &Glyph, span: &Span) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 0.1 * span.em;
        let same = near(self.last.from, span.from) && near(self.last.to, span.to) && near(self.last.bottom, span.bottom);
        same && span.to - span.from > 0.2 * span.em
            && self.glyphs.last().is_some_and(|g| scan.text_of(&scan.glyphs[*g]) == scan.text_of(glyph))
    }

    /// Which way the word goes on with a glyph; none when it does not.
    fn way_to(&self, next: &Span) -> Option<Way> {
        let em = self.last.em.max(next.em);
        let off = (baseline(&self.last) - baseline(next)).abs();
        let forward = (next.from - self.last.to) / em;
        let backward = (self.last.from - next.to) / em;
        let follows = |gap: f64| {
            let close = (-OVERLAP..=WORD_GAP).contains(&gap) && off <= BASELINE * em;
            close || (-TIGHT..=TIGHT).contains(&gap) && off <= RAISED * em
        };
        let room = self.glyphs.len() < GLYPHS_MOST;
        match self.way {
            _ if !room => None,
            Way::Unknown | Way::Forward if follows(forward) => Some(Way::Forward),
            Way::Unknown | Way::Backward if follows(backward) => Some(Way::Backward),
            _ => None,
        }
    }
}

fn baseline(span: &Span) -> f64 {
    span.bottom - 0.2 * (span.bottom - span.top)
}

fn close(open: &mut Option<Open>, scan: &Scan, frames: &[Frame], pieces: &mut Vec<Piece>) {
    let Some(word) = open.take() else { return };
    let mut glyphs: Vec<&str> = word.glyphs.iter().map(|g| scan.text_of(&scan.glyphs[*g])).collect();
    let drawn = glyphs.concat();
    let text = match (bidi::direction(&drawn), word.way) {
        (Direction::Right, Way::Unknown | Way::Forward) => {
            bidi::read_word(&mut glyphs);
            glyphs.concat()
        }
        // Drawn from the right though it is read from the left.
        (Direction::Left, Way::Backward) => glyphs.into_iter().rev().collect(),
        _ => drawn,
    };
    // Nearly always one; a glyph may stand for several words.
    let parts: Vec<&str> = text.split(' ').filter(|p| p.chars().any(|c| c != UNKNOWN)).collect();
    let width = (word.span.to - word.span.from) / parts.len() as f64;
    for (n, part) in parts.into_iter().enumerate() {
        let from = word.span.from + width * n as f64;
        let span = Span { from, to: from + width, ..word.span };
        let bounds = frames[word.frame].on_page(&span);
        let direction = bidi::direction(part);
        pieces.push(Piece { text: part.to_owned(), direction, bounds, span, frame: word.frame, number: pieces.len() });
    }
}
