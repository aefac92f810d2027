//! The results of a document, written page by page so that memory does not grow with the pages.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use gristmill_layout::{HOCR_HEAD, HOCR_TAIL, Origin, PAGE_BREAK, Page, RULE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::operation::{Draft, OperationError};

/// What `pages.json` says of a page: what is needed to show it with boxes on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub page: u32,
    pub width: f64,
    pub height: f64,
    pub unit: gristmill_layout::Unit,
    pub source: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub straightened: Option<gristmill_layout::Matrix>,
}

/// Results that grow by a page at a time.
pub(super) struct Writer {
    folder: PathBuf,
    text: BufWriter<File>,
    markdown: BufWriter<File>,
    hocr: BufWriter<File>,
    layout: BufWriter<File>,
    /// A page a line, for the reader that makes the searchable PDF.
    lines: BufWriter<File>,
    sheets: Vec<Sheet>,
    ruled: bool,
    counts: Counts,
}

/// What the report sums up.
#[derive(Debug, Default)]
struct Counts {
    sources: [u32; 5],
    words: u64,
    confidence: f64,
    failed: Vec<Value>,
    warnings: Vec<String>,
}

/// More warnings tell an owner nothing new.
const MOST_WARNINGS: usize = 20;

const LINES: &str = "layout.jsonl";

impl Writer {
    /// Results in a folder.
    pub(super) fn new(folder: &Path) -> Result<Self, OperationError> {
        let create = |name: &str| Ok::<_, OperationError>(BufWriter::new(File::create(folder.join(name))?));
        let mut writer = Self {
            folder: folder.to_owned(),
            text: create("text.txt")?,
            markdown: create("document.md")?,
            hocr: create("document.hocr")?,
            layout: create("layout.json")?,
            lines: create(LINES)?,
            sheets: Vec::new(),
            ruled: false,
            counts: Counts::default(),
        };
        writer.hocr.write_all(HOCR_HEAD.as_bytes())?;
        writer.layout.write_all(b"{\"pages\":[")?;
        Ok(writer)
    }

    /// Appends a page.
    pub(super) fn add(&mut self, page: &Page) -> Result<(), OperationError> {
        let first = self.sheets.is_empty();
        self.text.write_all(if first { b"" } else { PAGE_BREAK.as_bytes() })?;
        self.text.write_all(page.text().as_bytes())?;
        let markdown = page.markdown();
        if !markdown.is_empty() {
            self.markdown.write_all(if std::mem::replace(&mut self.ruled, true) { RULE.as_bytes() } else { b"" })?;
            self.markdown.write_all(markdown.as_bytes())?;
        }
        self.hocr.write_all(page.hocr().as_bytes())?;
        let json = serde_json::to_vec(page).map_err(std::io::Error::from)?;
        self.layout.write_all(if first { b"\n" } else { b",\n" })?;
        self.layout.write_all(&json)?;
        self.lines.write_all(&json)?;
        self.lines.write_all(b"\n")?;
        self.counts.add(page);
        self.sheets.push(Sheet {
            page: page.number,
            width: page.width,
            height: page.height,
            unit: page.unit,
            source: page.source,
            straightened: page.straightened,
        });
        Ok(())
    }

    /// Ends them: what is published, the report so far, and the file for the searchable PDF.
    pub(super) fn finish(mut self) -> Result<(Vec<Draft>, Value, PathBuf), OperationError> {
        self.markdown.write_all(if self.ruled { b"\n" } else { b"" })?;
        self.hocr.write_all(HOCR_TAIL.as_bytes())?;
        self.layout.write_all(b"\n]}\n")?;
        for file in [&mut self.text, &mut self.markdown, &mut self.hocr, &mut self.layout, &mut self.lines] {
            file.flush()?;
        }
        std::fs::write(self.folder.join("pages.json"), serde_json::to_vec(&self.sheets).map_err(std::io::Error::from)?)?;
        let named = [
            ("text.txt", "text/plain; charset=utf-8"),
            ("document.md", "text/markdown; charset=utf-8"),
            ("document.hocr", "application/xhtml+xml"),
            ("layout.json", "application/json"),
            ("pages.json", "application/json"),
        ];
        let draft =
            |(name, media_type): (&str, &str)| Draft { name: name.into(), media_type: media_type.into(), path: self.folder.join(name) };
        Ok((named.map(draft).into(), self.counts.report(self.sheets.len()), self.folder.join(LINES)))
    }

    /// Whether anything was read by an engine.
    pub(super) fn read_any(&self) -> bool {
        self.counts.sources[of(Origin::Ocr)] > 0
    }

    /// Why nothing at all could be read, if that is so.
    pub(super) fn hopeless(&self) -> Option<String> {
        let all_failed = self.counts.sources[of(Origin::Failed)] as usize == self.sheets.len();
        let why = self.counts.failed.first().and_then(|f| f["why"].as_str()).unwrap_or("no page could be read");
        all_failed.then(|| why.to_owned())
    }
}

fn of(source: Origin) -> usize {
    match source {
        Origin::Text => 0,
        Origin::EmbeddedOcr => 1,
        Origin::Ocr => 2,
        Origin::Blank => 3,
        Origin::Failed => 4,
    }
}

impl Counts {
    fn add(&mut self, page: &Page) {
        self.sources[of(page.source)] += 1;
        for word in page.words() {
            self.words += 1;
            self.confidence += word.confidence;
        }
        if page.source == Origin::Failed {
            self.failed.push(json!({ "page": page.number, "why": page.warnings.last() }));
        }
        let room = MOST_WARNINGS.saturating_sub(self.warnings.len());
        self.warnings.extend(page.warnings.iter().take(room).map(|w| format!("Page {}: {w}", page.number)));
    }

    fn report(&self, pages: usize) -> Value {
        let [text, embedded_ocr, ocr, blank, failed] = self.sources;
        let confidence = (self.words > 0).then(|| (self.confidence / self.words as f64 * 1000.0).round() / 1000.0);
        json!({
            "pages": pages,
            "sources": { "text": text, "embedded_ocr": embedded_ocr, "ocr": ocr, "blank": blank, "failed": failed },
            "words": self.words,
            "confidence": confidence,
            "failed_pages": self.failed,
            "warnings": self.warnings,
        })
    }
}
