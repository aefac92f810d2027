//! The text layer of a page: what was drawn ([`scan`]), glyphs to words ([`words`]), words to lines ([`lines`]), and whether it is worth
//! anything ([`layer`]).

mod bidi;
mod cover;
mod frames;
mod layer;
mod letters;
mod lines;
mod scan;
mod words;

use gristmill_layout::Line;

pub(crate) use bidi::{Direction, direction, read_word};
pub use layer::Layer;
pub(crate) use scan::Scan;

/// What the file itself says stands on a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageText {
    /// Words along one baseline up to a gap as wide as between columns, in the order the page draws them. Right-to-left words, and the
    /// words of right-to-left lines, are in the order they are read. Confidences are 1.
    pub lines: Vec<Line>,
    /// Whether the lines are worth anything.
    pub layer: Layer,
    /// How much of the page is covered by pictures, 0..=1: a page with text and a large picture may hold more text in the picture.
    pub pictures: f64,
    /// What a reader of the text should know.
    pub warnings: Vec<String>,
}

impl PageText {
    pub(crate) fn of(scan: &Scan) -> Self {
        let lines = lines::lines(words::words(scan));
        let layer = layer::judge(scan, &lines);
        let mut warnings = Vec::new();
        if layer == Layer::Broken {
            warnings.push("The text layer does not say which characters its glyphs are.".to_owned());
        }
        if scan.exhausted {
            warnings.push("The page draws more than is read: some of its text may be missing.".to_owned());
        }
        Self { lines, layer, pictures: scan.cover.share(), warnings }
    }
}
