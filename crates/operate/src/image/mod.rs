//! Images: metadata, sizes, thumbnails, conversions, done in a pool of confined decoders.
//!
//! An operation (`ops`) turns options into an errand; the [`Pool`] sends it, with the input and the outputs already opened,
//! to a decoder process ([`child_main`]) that can open nothing itself. There the headers are read and held against
//! [`PixelLimits`] (`read`), the picture is decoded to sRGB (`decode`, `colour`), turned upright, resampled and encoded.
//! HEIC and AVIF become PNG in another confined program first. The engine knows nothing of all this.

mod child;
mod ops;
mod pool;
mod wire;

pub use child::child_main;
pub(crate) use ops::{decodable, register};
pub use pool::Pool;
