//! What stands on the pages of a document, and where: `layout.json`, and the texts made of it.
//!
//! PURE: no files, no pixels, no clock. Readers of pages (a PDF's text layer, an OCR engine) answer [`Line`]s of [`Word`]s; [`arrange`]
//! makes [`Block`]s of them; everything after them knows [`Document`]s only and cannot tell, but for [`Page::source`], which of them it was.

mod arrange;
mod columns;
mod cut;
mod document;
mod escape;
mod geometry;
mod grid;
mod heading;
mod hocr;
mod item;
mod joined;
mod list;
mod mark;
mod markdown;
mod paragraphs;
mod run;
mod script;
mod strip;
mod text;

pub use arrange::arrange;
pub use document::{Block, BlockKind, Document, FormField, Line, Origin, Page, Unit, Word};
pub use geometry::{Matrix, Rect};
pub use hocr::{HOCR_HEAD, HOCR_TAIL};
pub use markdown::RULE;
pub use text::PAGE_BREAK;
