//! Documents: pages drawn, read and made searchable.
//!
//! A document is looked at once by a confined reader (`child`): pages that state their text are done with that. What must be read is drawn as
//! pixels, a page a task, and given to an engine (`engine`): PP-OCR in the same kind of child, or Tesseract. What comes back is
//! laid out (`gristmill_layout`), joined in the order of the pages and written as text, Markdown, layout and a searchable PDF (`ops`).

mod child;
mod documents;
mod engine;
mod files;
mod office;
mod ops;
mod poppler;
mod prepare;
mod wire;

pub use child::child_main;
pub(crate) use documents::Document;
pub use documents::Documents;
pub(crate) use ops::register;
pub(crate) use wire::{Form, Inspected};
