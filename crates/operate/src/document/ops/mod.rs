//! The operations on documents.

mod extract;
mod ocr;
mod pages;
mod render;
mod settings;
mod survey;
mod written;

use crate::registry::Registry;

/// Adds them.
pub(crate) fn register(registry: &mut Registry) {
    registry.add(extract::Extract);
    registry.add(ocr::Ocr);
    registry.add(render::Render);
}
