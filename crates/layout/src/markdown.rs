//! `document.md`: headings, paragraphs, lists and tables in GitHub's Markdown.

use crate::document::{Block, BlockKind, Document, FormField, Line, Page};
use crate::escape::{inline, line};
use crate::geometry::Rect;
use crate::joined::joined;
use crate::list::list;
use crate::script::mostly_right_to_left;
use crate::text::{plain, rows, table_rows};

impl Document {
    /// The pages with a rule between them. Words that were broken at the end of a line are whole again, lines flow, and a line that ends
    /// before it has to, as in an address, still ends there. Fields of forms are a list at the end of their page. Nothing that stands in
    /// the document is taken for markup.
    pub fn markdown(&self) -> String {
        let pages: Vec<String> = self.pages.iter().map(Page::markdown).filter(|p| !p.is_empty()).collect();
        if pages.is_empty() { String::new() } else { pages.join(RULE) + "\n" }
    }
}

/// What stands between two pages of Markdown.
pub const RULE: &str = "\n\n***\n\n";

impl Page {
    /// Its part of [`Document::markdown`], without a line end.
    pub fn markdown(&self) -> String {
        let fields: Vec<String> = self.form.iter().map(field).collect();
        let blocks = self.blocks.iter().map(block).chain([fields.join("\n")]);
        blocks.filter(|b| !b.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

fn block(block: &Block) -> String {
    match &block.kind {
        BlockKind::Heading(level) => {
            let text = joined(block.lines.iter().map(plain));
            if text.is_empty() { text } else { format!("{} {}", "#".repeat(usize::from(*level).clamp(1, 6)), inline(&text)) }
        }
        BlockKind::Paragraph => paragraph(block),
        BlockKind::List => list(&block.lines),
        BlockKind::Table(counts) => table(&table_rows(&block.lines, counts)),
    }
}

fn paragraph(block: &Block) -> String {
    let leftwards = mostly_right_to_left(&block.lines);
    let rows: Vec<&[Line]> = rows(&block.lines).collect();
    let early: Vec<bool> = rows.windows(2).map(|pair| ends_early(pair[0], pair[1], block.bounds, leftwards)).collect();
    // The longest lines of an address or a poem cannot show that their ends are meant; their neighbours do.
    let all = 2 * early.iter().filter(|e| **e).count() >= early.len() || rows.iter().all(|row| opens(row));
    let mut out = Vec::new();
    let mut open = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        open.push(row.iter().map(plain).collect::<Vec<_>>().join(" "));
        if all || early.get(at).is_none_or(|early| *early) {
            out.push(line(&joined(open.drain(..))));
        }
    }
    out.retain(|l| !l.is_empty());
    out.join("\\\n")
}

/// Whether the first word of the next row would have had room behind a row that does not end in a hyphen: then the break is meant.
fn ends_early(row: &[Line], next: &[Line], bounds: Rect, leftwards: bool) -> bool {
    let (Some(last), Some(word)) = (row.last(), next.first().and_then(|l| l.words.first())) else { return false };
    let room = if leftwards { last.bounds.x0 - bounds.x0 } else { bounds.x1 - last.bounds.x1 };
    let broken = last.words.last().is_some_and(|w| w.text.ends_with(['-', '\u{2010}', '\u{AD}']));
    // A blank, and a little more for lines that are set ragged.
    !broken && room > word.bounds.width() + last.bounds.height()
}

/// Whether a row begins as a line of an address does: with a capital or a figure, and it is short. All lines of running text seldom do.
fn opens(row: &[Line]) -> bool {
    let first = row.first().and_then(|l| l.words.first()?.text.chars().next());
    let chars: usize = row.iter().flat_map(|l| &l.words).map(|w| w.text.chars().count() + 1).sum();
    chars <= 40 && first.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit())
}

/// The first row is the head, because there is no table without one; it has all columns, and shorter rows below it need none.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let cell = |text: &String| if text.trim().is_empty() { "  |".to_owned() } else { format!(" {} |", inline(text.trim())) };
    let written = |row: &Vec<String>| "|".to_owned() + &row.iter().map(cell).collect::<String>();
    let Some((head, body)) = rows.split_first().filter(|_| columns > 0) else { return String::new() };
    let head = written(head) + &"  |".repeat(columns - head.len());
    let lines = [head, "|".to_owned() + &" --- |".repeat(columns)];
    lines.into_iter().chain(body.iter().filter(|r| !r.is_empty()).map(written)).collect::<Vec<_>>().join("\n")
}

fn field(field: &FormField) -> String {
    let name = field.label.as_deref().filter(|l| !l.trim().is_empty()).unwrap_or(&field.name);
    format!("- {}: {}", line(&on_one_line(name)), inline(&on_one_line(&field.value))).trim_end().to_owned()
}

fn on_one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}
