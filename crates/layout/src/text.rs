//! `text.txt`: what stands there and nothing else.

use crate::document::{Block, BlockKind, Document, Line, Page};
use crate::item::in_one_row;

impl Document {
    /// The words in reading order, line by line as they stand, broken words too. Pages are parted by a form feed and blocks by an empty
    /// line; cells of a table have a tab between them, other lines that stand beside each other two blanks.
    pub fn text(&self) -> String {
        self.pages.iter().map(Page::text).collect::<Vec<_>>().join(PAGE_BREAK)
    }
}

/// What stands between two pages of text.
pub const PAGE_BREAK: &str = "\u{c}";

impl Page {
    /// Its part of [`Document::text`].
    pub fn text(&self) -> String {
        let blocks: Vec<String> = self.blocks.iter().map(block).filter(|b| !b.is_empty()).collect();
        if blocks.is_empty() { String::new() } else { blocks.join("\n\n") + "\n" }
    }
}

fn block(block: &Block) -> String {
    let rows: Vec<String> = match &block.kind {
        BlockKind::Table(counts) => table_rows(&block.lines, counts).iter().map(|row| row.join("\t")).collect(),
        _ => rows(&block.lines).map(|row| row.iter().map(plain).collect::<Vec<_>>().join("  ")).collect(),
    };
    rows.join("\n")
}

/// Lines that follow each other and stand beside each other.
pub(crate) fn rows(lines: &[Line]) -> impl Iterator<Item = &[Line]> {
    lines.chunk_by(|a, b| in_one_row(a.bounds, b.bounds))
}

/// The texts of cells, row by row. Lines that no cell claims come in rows of their own: none is lost if the counts are wrong.
pub(crate) fn table_rows(lines: &[Line], counts: &[Vec<u32>]) -> Vec<Vec<String>> {
    let mut rest = lines;
    let mut cell = |count: &u32| {
        let (cell, after) = rest.split_at(rest.len().min(*count as usize));
        rest = after;
        cell.iter().map(plain).collect::<Vec<_>>().join(" ")
    };
    let mut table: Vec<Vec<String>> = counts.iter().map(|row| row.iter().map(&mut cell).collect()).collect();
    table.extend(rest.iter().map(|line| vec![plain(line)]));
    table
}

/// A line without anything that would look like the end of a line, a cell or a page.
pub(crate) fn plain(line: &Line) -> String {
    let words = line.words.iter().map(|w| w.text.replace(|c: char| c.is_control() || c.is_whitespace(), " "));
    words.collect::<Vec<_>>().join(" ")
}
