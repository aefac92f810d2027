//! A document by geometry: words in rows, rows in segments with wide gaps between them. What its reader took for blocks does not matter.

use std::ops::Range;

use gristmill_layout::{Document, Line, Page, Rect, Word};

use crate::fold::fold;

/// A word, or a part of one that was split at the mark after a label.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) folded: String,
    pub(crate) bounds: Rect,
    pub(crate) confidence: f64,
    /// A colon or a line to write on follows: what comes before is a label.
    pub(crate) key: bool,
    pub(crate) segment: usize,
}

/// Words with no wide gap between them.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) tokens: Range<usize>,
    pub(crate) bounds: Rect,
    pub(crate) row: usize,
}

/// Segments that stand beside each other.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) segments: Range<usize>,
    pub(crate) bounds: Rect,
    /// From 0, in order of the document.
    pub(crate) page: usize,
    /// Of its letters: the unit of all distances.
    pub(crate) height: f64,
}

/// All of a document in rows from top to bottom, page after page.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub(crate) pages: &'a [Page],
    pub(crate) tokens: Vec<Token>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) rows: Vec<Row>,
    /// The share of doubtful words of each page, above the usual one: readers are sure of some of their mistakes, and make more of them
    /// on pages where they are unsure of others.
    doubt: Vec<f64>,
}

/// A word its reader is less sure of is doubtful.
const DOUBTFUL: f64 = 0.9;
/// This share of doubtful words is nothing special.
const USUAL: f64 = 0.01;
/// What each share above that takes away from words. Readers are sure of much that they misread: of words they were sure of, every fiftieth
/// was wrong on clear pages, and on pages with three in a hundred doubtful words there were some where half were.
const STEEPNESS: f64 = 10.0;
/// Misread characters show in what has a form of its own (dates, amounts), so it loses this part only of what words lose.
const FORMED: f64 = 0.07;

fn doubt(page: &Page) -> f64 {
    let (all, doubtful) = page.words().fold((0usize, 0usize), |(n, d), w| (n + 1, d + usize::from(w.confidence < DOUBTFUL)));
    (doubtful as f64 / all.max(1) as f64 - USUAL).clamp(0.0, 0.5)
}

/// A gap of this many heights of its row ends a segment.
const GAP: f64 = 0.85;

impl<'a> Sheet<'a> {
    pub(crate) fn of(document: &'a Document) -> Self {
        let mut sheet = Self {
            pages: &document.pages,
            tokens: Vec::new(),
            segments: Vec::new(),
            rows: Vec::new(),
            doubt: document.pages.iter().map(doubt).collect(),
        };
        for (number, page) in document.pages.iter().enumerate() {
            for lines in rows(page) {
                sheet.add(number, &lines);
            }
        }
        sheet
    }

    fn add(&mut self, page: usize, lines: &[&Line]) {
        let height = median(lines.iter().map(|l| letters(l)));
        let mut words: Vec<&Word> = lines.iter().flat_map(|l| &l.words).collect();
        words.sort_by(|a, b| a.bounds.x0.total_cmp(&b.bounds.x0));
        let (first_token, first_segment) = (self.tokens.len(), self.segments.len());
        let row = self.rows.len();
        let mut right: Option<f64> = None;
        for token in words.into_iter().flat_map(split) {
            if token.text.is_empty() {
                // A colon on its own belongs to the word before it.
                if let Some(last) = self.tokens.get_mut(first_token..).and_then(<[Token]>::last_mut) {
                    last.key |= token.key;
                }
                continue;
            }
            let apart = right.is_none_or(|r| token.bounds.x0 - r > GAP * height);
            right = Some(right.unwrap_or(f64::MIN).max(token.bounds.x1));
            match self.segments.last_mut() {
                Some(last) if !apart => {
                    last.tokens.end += 1;
                    last.bounds = last.bounds.union(token.bounds);
                }
                _ => {
                    let at = self.tokens.len();
                    self.segments.push(Segment { tokens: at..at + 1, bounds: token.bounds, row });
                }
            }
            self.tokens.push(Token { segment: self.segments.len() - 1, ..token });
        }
        let segments = first_segment..self.segments.len();
        if let Some(bounds) = self.segments.get(segments.clone()).and_then(|s| s.iter().map(|s| s.bounds).reduce(Rect::union)) {
            self.rows.push(Row { segments, bounds, page, height });
        }
    }

    /// How far an unproven value of a page can be trusted, 0..=1; `formed` if it has a form of its own in which misread characters show.
    pub(crate) fn clarity(&self, page: usize, formed: bool) -> f64 {
        let doubt = self.doubt.get(page).copied().unwrap_or(0.0);
        let lost = STEEPNESS * doubt * if formed { FORMED } else { 1.0 };
        // Not less than half: what is doubtful anyway need not vanish.
        1.0 - lost.min(0.5)
    }

    /// The words of a range with blanks between them.
    pub(crate) fn text(&self, range: Range<usize>) -> String {
        self.span(range).iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The tokens of a range.
    pub(crate) fn span(&self, range: Range<usize>) -> &[Token] {
        self.tokens.get(range).unwrap_or(&[])
    }

    /// The tokens of a row.
    pub(crate) fn row_tokens(&self, row: &Row) -> Range<usize> {
        let segments = self.segments.get(row.segments.clone()).unwrap_or(&[]);
        segments.first().map_or(0, |s| s.tokens.start)..segments.last().map_or(0, |s| s.tokens.end)
    }

    /// Around the tokens of a range.
    pub(crate) fn bounds(&self, range: Range<usize>) -> Option<Rect> {
        self.span(range).iter().map(|t| t.bounds).reduce(Rect::union)
    }

    /// The row a token stands in; none for a number that is no token.
    pub(crate) fn row_of(&self, token: usize) -> Option<&Row> {
        self.rows.get(self.segments.get(self.tokens.get(token)?.segment)?.row)
    }

    /// The text of every row.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.rows.iter().map(|r| self.text(self.row_tokens(r))).collect()
    }
}

/// Lines that stand beside each other, from top to bottom. A line joins the row whose nearest line's middle, along the slope of the text
/// there, is less than half the lower height away.
fn rows(page: &Page) -> Vec<Vec<&Line>> {
    let slopes = slopes(page);
    let mut lines: Vec<(f64, &Line)> = page.lines().map(|l| (level(l.bounds, &slopes), l)).collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rows: Vec<Vec<(f64, &Line)>> = Vec::new();
    for (level, line) in lines {
        let near = |row: &Vec<(f64, &Line)>| {
            let apart = |other: &Line| (other.bounds.x0 - line.bounds.x1).max(line.bounds.x0 - other.bounds.x1);
            let nearest = row.iter().min_by(|a, b| apart(a.1).total_cmp(&apart(b.1)));
            nearest.is_some_and(|(beside, n)| {
                let side = n.bounds.shared_width(line.bounds) < 0.2;
                side && (beside - level).abs() < 0.5 * letters(n).min(letters(line))
            })
        };
        // Only the last few rows can be beside it: lines come by their middles.
        match rows.iter_mut().rev().take(4).find(|r| near(r)) {
            Some(row) => row.push((level, line)),
            None => rows.push(vec![(level, line)]),
        }
    }
    rows.into_iter().map(|row| row.into_iter().map(|(_, line)| line).collect()).collect()
}

/// How high a line's letters are: of a line that climbs its box is higher.
fn letters(line: &Line) -> f64 {
    median(line.words.iter().map(|w| w.bounds.height()))
}

/// How steeply long lines climb, each at its height: the words of a photo do not all stand level, nor all alike.
fn slopes(page: &Page) -> Vec<(f64, f64)> {
    let slope = |line: &Line| {
        let ((x0, y0), (x1, y1)) = (line.words.first()?.bounds.centre(), line.words.last()?.bounds.centre());
        let slope = (y1 - y0) / (x1 - x0);
        (x1 - x0 > 4.0 * letters(line) && slope.abs() < STEEPEST).then_some((line.bounds.centre().1, slope))
    };
    let mut all: Vec<(f64, f64)> = page.lines().filter_map(slope).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}

/// A line that climbs more is not one of a page that was set upright.
const STEEPEST: f64 = 0.35;
/// Lines above and below whose slopes are asked.
const ASKED: usize = 7;

/// Where the middle of a box would stand if its row were level.
fn level(bounds: Rect, slopes: &[(f64, f64)]) -> f64 {
    let (x, y) = bounds.centre();
    let after = slopes.partition_point(|(at, _)| *at < y);
    let first = after.saturating_sub(ASKED / 2 + 1).min(slopes.len().saturating_sub(ASKED));
    let near = slopes.get(first..slopes.len().min(first + ASKED)).unwrap_or(&[]);
    y - median(near.iter().map(|(_, slope)| *slope)) * x
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A word in its parts: at the colon after letters (`Total:12.50`), at a bracket after them (`Total(EUR)`), at dots or underscores that
/// lead to a value. A part of nothing but a colon has no text.
fn split(word: &Word) -> Vec<Token> {
    let chars: Vec<char> = word.text.chars().collect();
    let mut parts: Vec<(Range<usize>, bool)> = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < chars.len() {
        let run = chars.get(at..).unwrap_or(&[]).iter().take_while(|c| matches!(c, '.' | '_' | '…')).count();
        let letters = chars.get(start..at).is_some_and(|c| c.iter().any(|c| c.is_alphabetic()));
        let next = chars.get(at + 1);
        match chars.get(at) {
            Some('.' | '_' | '…') if run >= 3 || (run >= 1 && chars.get(at) == Some(&'…')) => {
                parts.push((start..at, true));
                at += run;
                start = at;
                continue;
            }
            Some(':' | '：') if (letters || at == start) && next != Some(&'/') => {
                // A colon on its own is no word.
                parts.push((start..if at > start { at + 1 } else { at }, true));
                start = at + 1;
            }
            // "4)which" is the mark of a question and a word.
            Some(')') if !letters && at > start && next.is_some_and(|c| c.is_alphabetic()) => {
                parts.push((start..at + 1, false));
                start = at + 1;
            }
            Some('(') if letters && next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '€' | '$' | '£')) => {
                parts.push((start..at, false));
                start = at;
            }
            _ => {}
        }
        at += 1;
    }
    if start < chars.len() {
        parts.push((start..chars.len(), false));
    }
    let width = word.bounds.width() / chars.len().max(1) as f64;
    let token = |(range, key): (Range<usize>, bool)| {
        let text: String = chars.get(range.clone()).unwrap_or(&[]).iter().collect();
        let x = |i: usize| word.bounds.x0 + width * i as f64;
        let bounds = Rect::new(x(range.start), word.bounds.y0, x(range.end), word.bounds.y1);
        Token { folded: fold(&text), text, bounds, confidence: word.confidence, key, segment: 0 }
    };
    parts.into_iter().map(token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, bool)> {
        let word = Word { text: text.into(), bounds: Rect::new(0.0, 0.0, 100.0, 10.0), confidence: 1.0 };
        split(&word).into_iter().map(|t| (t.text, t.key)).collect()
    }

    #[test]
    fn rows_follow_the_slope_of_the_paper() {
        let word = |text: &str, x: f64, y: f64| Word { text: text.into(), bounds: Rect::new(x, y, x + 40.0, y + 10.0), confidence: 1.0 };
        // Each row falls by a tenth: the value at its right end stands lower than the label of the next row.
        let line = |words: Vec<Word>| Line::of(words).unwrap();
        let lines = (0..5).flat_map(|i| {
            let y = 20.0 + 14.0 * f64::from(i);
            [
                line(vec![word("a", 0.0, y), word("long", 50.0, y + 5.0), word(&i.to_string(), 100.0, y + 10.0)]),
                line(vec![word(&i.to_string(), 300.0, y + 30.0)]),
            ]
        });
        let lines: Vec<Line> = lines.collect();
        let block = gristmill_layout::Block { kind: gristmill_layout::BlockKind::Paragraph, bounds: lines[0].bounds, lines };
        let page = Page {
            number: 1,
            width: 400.0,
            height: 200.0,
            unit: gristmill_layout::Unit::Px,
            source: gristmill_layout::Origin::Ocr,
            engine: None,
            straightened: None,
            blocks: vec![block],
            form: Vec::new(),
            warnings: Vec::new(),
        };
        let document = Document { pages: vec![page] };
        assert_eq!(Sheet::of(&document).lines(), (0..5).map(|i| format!("a long {i} {i}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_word_is_split_after_its_label() {
        let told = |text: &str, key| (text.to_owned(), key);
        assert_eq!(parts("Total:12.50"), [told("Total:", true), told("12.50", false)]);
        assert_eq!(parts("12:30"), [told("12:30", false)]);
        assert_eq!(parts("https://a.b"), [told("https://a.b", false)]);
        assert_eq!(parts("Name____"), [told("Name", true)]);
        assert_eq!(parts("Total......5,00"), [told("Total", true), told("5,00", false)]);
        assert_eq!(parts(":"), [told("", true)]);
        assert_eq!(parts("Total(EUR)"), [told("Total", false), told("(EUR)", false)]);
    }
}
