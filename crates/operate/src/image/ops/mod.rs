//! The image operations a step may name: they read options, send errands to the pool and name the results.

mod colour_text;
mod metadata;
mod options;
mod placeholder;
mod render;
mod source;

use std::time::Duration;

use crate::registry::Registry;
pub(crate) use source::decodable;

/// Adds every image operation.
pub(crate) fn register(registry: &mut Registry) {
    registry.add(metadata::Metadata);
    registry.add(placeholder::Placeholder);
    for variant in [options::Variant::Resize, options::Variant::Thumbnail, options::Variant::Convert] {
        registry.add(render::RenderOperation(variant));
    }
}

/// Decoding runs at about 8 MB of compressed picture a second; the rest is the start of a request.
fn estimate(bytes: u64) -> Duration {
    Duration::from_millis(30 + bytes / 8_000)
}
