//! Words to lines: what stands on one baseline without a gap as between columns, in whichever order it was drawn.

use std::collections::HashMap;

use gristmill_layout::{Line, Word};

use super::bidi;
use super::words::Piece;

/// A wider gap than this, in ems, is one between columns.
const COLUMN_GAP: f64 = 1.75;
/// The same between words that were not drawn one after the other: columns of scientific papers stand one em apart, and words of one
/// line are hardly ever drawn apart and wide at once.
const COLUMN_GAP_APART: f64 = 0.8;
/// How far a word may reach back over the end of a line.
const OVERLAP: f64 = 0.5;
/// How much height a word shares with its line.
const SHARED: f64 = 0.5;
/// Letters so many times as high are a drop cap or a heading beside the line, not of it.
const ALIKE: f64 = 4.0;
/// Lines that are compared with words, over a page: pages made to be slow are read word by word after that.
const TRIES: usize = 20_000_000;

struct Open {
    words: Vec<usize>,
    /// The tallest word: small raised ones must not lead a line astray.
    tallest: usize,
    last: usize,
}

/// The lines of a page in the order their first words were drawn.
pub(crate) fn lines(mut pieces: Vec<Piece>) -> Vec<Line> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&pieces[*a], &pieces[*b]);
        (a.frame.cmp(&b.frame)).then(a.span.from.total_cmp(&b.span.from)).then(a.number.cmp(&b.number))
    });
    let mut rows = Rows::new(&pieces);
    for index in order {
        rows.take(index);
    }
    let mut lines = rows.lines;
    lines.sort_by_key(|line| line.words.iter().min().copied());
    lines.into_iter().filter_map(|line| finish(&line.words, &mut pieces)).collect()
}

struct Rows<'p> {
    pieces: &'p [Piece],
    lines: Vec<Open>,
    /// Lines that may go on, by axes and by where they stand across, in steps of [`Self::step`].
    shelves: HashMap<(usize, i64), Vec<usize>>,
    step: f64,
    tries: usize,
}

impl<'p> Rows<'p> {
    fn new(pieces: &'p [Piece]) -> Self {
        let tallest = pieces.iter().map(|p| p.span.em).fold(1.0, f64::max);
        let mut ems: Vec<f64> = pieces.iter().map(|p| p.span.em).collect();
        let middle = ems.len() / 2;
        let usual = if ems.is_empty() { 1.0 } else { *ems.select_nth_unstable_by(middle, f64::total_cmp).1 };
        // Few shelves for a word to look through, whatever the sizes of the page's letters are.
        Self { pieces, lines: Vec::new(), shelves: HashMap::new(), step: usual.max(tallest / 50.0), tries: 0 }
    }

    fn take(&mut self, index: usize) {
        match self.best(index) {
            Some(line) => self.append(line, index),
            None => {
                self.lines.push(Open { words: vec![index], tallest: index, last: index });
                self.shelve(self.lines.len() - 1, index);
            }
        }
    }

    fn append(&mut self, line: usize, index: usize) {
        let open = &mut self.lines[line];
        let (word, last) = (&self.pieces[index], &self.pieces[open.last]);
        let twice = word.text == last.text && (word.span.from - last.span.from).abs() < 0.2 * word.span.em;
        if twice {
            // A shadow, or bold made by drawing twice.
            return;
        }
        open.words.push(index);
        open.last = index;
        if word.span.em > self.pieces[open.tallest].span.em * 1.05 {
            open.tallest = index;
            self.shelve(line, index);
        }
    }

    fn shelf(&self, across: f64) -> i64 {
        (across / self.step).floor() as i64
    }

    fn shelve(&mut self, line: usize, index: usize) {
        let piece = &self.pieces[index];
        let middle = self.shelf(piece.span.top.midpoint(piece.span.bottom));
        self.shelves.entry((piece.frame, middle)).or_default().push(line);
    }

    /// The line whose end is nearest before a word.
    fn best(&mut self, index: usize) -> Option<usize> {
        let pieces = self.pieces;
        let word = &pieces[index];
        // Of a line of letters at most four times as high the middle is at most two of the word's heights away.
        let reach = 2.0 * word.span.em.max(self.step);
        let shelves = self.shelf(word.span.top - reach)..=self.shelf(word.span.bottom + reach);
        let mut best: Option<(f64, usize)> = None;
        for shelf in shelves {
            let Some(lines) = self.shelves.get_mut(&(word.frame, shelf)) else { continue };
            // Words come from the left: a line that ends far before this one ends before all that follow.
            lines.retain(|line| {
                let line = &self.lines[*line];
                word.span.from - pieces[line.last].span.to < COLUMN_GAP * ALIKE * pieces[line.tallest].span.em
            });
            for line in lines.iter().copied() {
                self.tries += 1;
                if self.tries > TRIES {
                    return None;
                }
                let gap = gap(&self.lines[line], word, pieces);
                if let Some(gap) = gap
                    && best.is_none_or(|(least, _)| gap.abs() < least)
                {
                    best = Some((gap.abs(), line));
                }
            }
        }
        best.map(|(_, line)| line)
    }
}

/// The gap in ems from the end of a line to a word that belongs to it; none when it does not.
fn gap(line: &Open, word: &Piece, pieces: &[Piece]) -> Option<f64> {
    let (last, tallest) = (&pieces[line.last], &pieces[line.tallest]);
    let em = tallest.span.em.max(word.span.em);
    let gap = (word.span.from - last.span.to) / em;
    let follows = word.number.abs_diff(last.number) == 1;
    let most = if follows { COLUMN_GAP } else { COLUMN_GAP_APART };
    let twice = word.text == last.text && (word.span.from - last.span.from).abs() < 0.2 * word.span.em;
    let fits = (-OVERLAP..=most).contains(&gap) || twice;
    let alike = tallest.span.em < ALIKE * word.span.em && word.span.em < ALIKE * tallest.span.em;
    (fits && alike && tallest.span.shared_height(&word.span) >= SHARED).then_some(gap)
}

fn finish(words: &[usize], pieces: &mut [Piece]) -> Option<Line> {
    let mut words = words.to_vec();
    bidi::read_line(&mut words, |w| pieces[*w].direction);
    let word = |index: usize| {
        let piece = &mut pieces[index];
        Word { text: std::mem::take(&mut piece.text), bounds: piece.bounds, confidence: 1.0 }
    };
    Line::of(words.into_iter().map(word).collect())
}
