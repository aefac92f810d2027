//! Reads the text of a picture of a page: pixels in, [`gristmill_layout::Line`]s out.
//!
//! PURE: no files, no network, no processes; the caller brings the bytes of the models. A page is looked at once by a detector, which
//! marks where text is, and each line is cut out along its own slope and read. Nothing is rendered in between: turns and slopes are
//! matrices. [`straighten`] is for callers that have another reader, and needs no model.

mod alphabet;
mod components;
mod ctc;
mod detect;
mod network;
mod onnx;
mod order;
mod pixels;
mod read;
mod recognise;
mod regions;
mod slanted;
pub mod straighten;
mod strip;
mod upright;
mod words;

pub use alphabet::Alphabet;
pub use pixels::{MOST_SIDE, Pixels};
pub use read::{Engine, ModelError, ReadError, ReadOptions, Reading};
pub use upright::Upright;
