//! Images: metadata, sizes, thumbnails, conversions, done in a pool of confined decoders.
//!
//! An operation (`ops`) turns options into an errand; the [`Pool`] sends it, with the input and the outputs already opened,
//! to a decoder process ([`child_main`]) that can open nothing itself. There `gristmill_picture` reads the headers, holds them
//! against its limits, decodes the picture, turns it upright, resamples and encodes it. HEIC and AVIF become PNG in another
//! confined program first. The engine knows nothing of all this.

mod child;
mod ops;
mod pool;
mod wire;

pub use child::child_main;
pub(crate) use ops::{decodable, register};
pub use pool::Pool;
