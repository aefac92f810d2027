//! What becomes of a clean page: a scan or a photo of it. No function of a mathematical library is used but the square root, which is
//! exact everywhere, so that the same seed wears the same way on every machine.

mod crumple;
mod field;
mod photo;
mod scan;
mod strokes;

pub(crate) use photo::photo;
pub(crate) use scan::{Device, scan};
