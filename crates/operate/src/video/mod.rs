//! Video: probe, poster, ladder, packaging, with ffmpeg in the sandbox.

use crate::registry::Registry;

pub(crate) fn register(_registry: &mut Registry) {}
