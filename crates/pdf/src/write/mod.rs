//! Writing: invisible text beneath the pages of a PDF, and PDFs of pictures.

mod glyphless;
mod hidden;
mod image;
mod searchable;

pub use image::{ImagePdf, Picture};
pub use searchable::{TextLayer, searchable};
