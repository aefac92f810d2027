//! Images: metadata, sizes, thumbnails, conversions, done in a pool of confined decoders.
//!
//! An operation (`ops`) turns options into an errand; the [`Pool`] sends it, with the input and the outputs already opened,
//! to a decoder process ([`child_main`]) that can open nothing itself. There the headers are read and held against
//! [`PixelLimits`] (`read`), the picture is decoded to sRGB (`decode`, `colour`), turned upright, resampled and encoded.
//! HEIC and AVIF become PNG in another confined program first. The engine knows nothing of all this.

mod channel;
mod child;
mod colour;
mod decode;
mod encode;
mod format;
mod geometry;
mod heif;
mod limits;
mod ops;
mod orientation;
mod palette;
mod pool;
mod raster;
mod read;
mod resize;
mod smart;
mod wire;

pub use child::child_main;
pub use heif::{HeifError, HeifHead, read_heif};
pub use limits::PixelLimits;
pub(crate) use ops::register;
pub use pool::{ChildCommand, Pool};
pub use read::Inspected;
