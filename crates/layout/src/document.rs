//! `layout.json`: pages, blocks, lines and words with their boxes and confidences.

use serde::{Deserialize, Serialize};

use crate::geometry::{Matrix, Rect};

/// All that was read of a file: what `layout.json` holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Document {
    /// In order; a page that could not be read is there, empty, with [`Origin::Failed`].
    pub pages: Vec<Page>,
}

/// One page as a person would hold it: upright, straight, and for a photo with its perspective taken out. All boxes are in this picture of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// In [`Self::unit`]s.
    pub width: f64,
    /// In [`Self::unit`]s.
    pub height: f64,
    /// What sizes and boxes are counted in.
    pub unit: Unit,
    /// Where the words come from.
    pub source: Origin,
    /// The engine that read it, with its version ("ppocr-v6-small", "tesseract 5.3.0"); none for a text layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// From the page as the file shows it to the page as it is here, both in [`Self::unit`]s; none when they are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub straightened: Option<Matrix>,
    /// What stands on it, in reading order.
    pub blocks: Vec<Block>,
    /// Fields of a form with the values the file states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<FormField>,
    /// What a reader should know: a broken text layer, a page that had to be made smaller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What a page is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A 72nd of an inch: pages of PDFs.
    Pt,
    /// A pixel: pictures.
    Px,
}

/// Where the words of a page come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The file states them.
    Text,
    /// The file states them beneath a scan: somebody else's OCR.
    EmbeddedOcr,
    /// Ours.
    Ocr,
    /// There is nothing on it.
    Blank,
    /// It could not be read; its warnings say why.
    Failed,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Around its lines.
    #[serde(rename = "box")]
    pub bounds: Rect,
    /// From top to bottom; those of a table row by row.
    pub lines: Vec<Line>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Running text.
    Paragraph,
    /// A heading; 1 is the highest level, 3 the lowest.
    Heading(u8),
    /// Items of a list, each beginning at a line with a mark.
    List,
    /// A grid. Its rows hold, cell by cell, how many of the block's lines a cell has.
    Table(Vec<Vec<u32>>),
}

/// Words in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Around its words.
    #[serde(rename = "box")]
    pub bounds: Rect,
    /// In reading order.
    pub words: Vec<Word>,
}

/// One word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Without blanks; never empty.
    pub text: String,
    /// Around it.
    #[serde(rename = "box")]
    pub bounds: Rect,
    /// How sure its reader is, 0..=1, to a thousandth in JSON; 1 where the file states it.
    #[serde(serialize_with = "thousandths")]
    pub confidence: f64,
}

/// A field of a form, as the file states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormField {
    /// Its full name.
    pub name: String,
    /// What the form calls it when it tells a person, if that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its value as text; empty when it is not filled in, `on` or `off` for a box to tick.
    pub value: String,
    /// Where it stands on the page, if it does.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Rect>,
}

impl Line {
    /// A line of words; none of no words.
    pub fn of(words: Vec<Word>) -> Option<Self> {
        let bounds = words.iter().map(|w| w.bounds).reduce(Rect::union)?;
        Some(Self { bounds, words })
    }

    /// Its words with a blank between them.
    pub fn text(&self) -> String {
        self.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl Page {
    /// Every line, in reading order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.blocks.iter().flat_map(|b| &b.lines)
    }

    /// Every word, in reading order.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.lines().flat_map(|l| &l.words)
    }
}

fn thousandths<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_the_same_after_it_was_written_and_read() {
        let word = Word { text: "Grist".into(), bounds: Rect::new(1.0, 2.0, 30.5, 12.25), confidence: 0.987 };
        let line = Line::of(vec![word]).unwrap();
        let block = Block { kind: BlockKind::Table(vec![vec![1]]), bounds: line.bounds, lines: vec![line] };
        let page = Page {
            number: 1,
            width: 595.0,
            height: 842.0,
            unit: Unit::Pt,
            source: Origin::Ocr,
            engine: Some("tesseract 5.3.0".into()),
            straightened: Some(Matrix::scale(2.0, 2.0)),
            blocks: vec![block],
            form: Vec::new(),
            warnings: Vec::new(),
        };
        let document = Document { pages: vec![page] };
        let json = serde_json::to_string(&document).unwrap();
        assert!(json.contains(r#""box":[1.0,2.0,30.5,12.25]"#), "{json}");
        assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }
}
