//! What the worker asks of a decoder and what it answers: JSON beside passed descriptors.
//!
//! The first descriptor is the input, read-only; then one for each file that is to be written, in order. The decoder opens
//! nothing by name.

use gristmill_picture::{Crop, Encoding, PixelLimits, Wanted};
use serde::{Deserialize, Serialize};

/// The most files one request may have written; keeps a message below the kernel's 253 descriptors.
pub(crate) const MOST_OUTPUTS: usize = 60;

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub limits: PixelLimits,
    /// Whether the pixels were already turned upright by an earlier decoder, so that an orientation tag is not to be obeyed.
    pub upright: bool,
    pub work: Work,
}

/// What is to be done with the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Read headers; answers an [`Inspected`](gristmill_picture::Inspected).
    Inspect,
    /// Write `metadata.json`.
    Metadata {
        /// Whether coordinates are told, or only that there are some.
        coordinates: bool,
    },
    /// Write `placeholder.json`.
    Placeholder,
    /// Write pictures.
    Render(Render),
}

impl Work {
    /// How many files it writes.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Inspect => 0,
            Self::Metadata { .. } | Self::Placeholder => 1,
            Self::Render(render) => render.outputs.len(),
        }
    }
}

/// Pictures to make of one input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Render {
    pub outputs: Vec<Output>,
    pub animation: Animation,
    /// Laid under alpha in formats without it, and around a contained picture.
    pub background: [u8; 3],
    pub keep: Keep,
}

/// One picture to make.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Output {
    pub wanted: Wanted,
    pub crop: Crop,
    pub encoding: Encoding,
    pub quality: u8,
}

/// What becomes of an animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Animation {
    /// WebP results move; the others show the first frame.
    #[default]
    Keep,
    /// All results show the first frame.
    First,
}

/// Which metadata goes into results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Keep {
    #[default]
    Nothing,
    WithoutPlace,
    Everything,
}
