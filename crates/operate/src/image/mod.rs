//! Images: metadata, sizes, thumbnails, conversions, done in a pool of confined decoders.
//!
//! An operation (`ops`) turns options into an errand; the [`Pool`] sends it, with the input and the outputs already opened,
//! to a decoder process ([`child_main`]) that can open nothing itself. There the headers are read and held against
//! [`PixelLimits`] (`read`), the picture is decoded to sRGB (`decode`, `colour`), turned upright, resampled and encoded.
//! HEIC and AVIF become PNG in another confined program first. The engine knows nothing of all this.

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
pub(crate) use decode::decode;
pub(crate) use encode::{Settings, encode};
pub(crate) use format::{Encoding, Format};
pub(crate) use geometry::{Size, Wanted, decode_eighths, place};
pub use heif::{HeifError, HeifHead, read_heif};
pub use limits::PixelLimits;
pub(crate) use ops::{decodable, register};
pub use pool::Pool;
pub(crate) use raster::Raster;
pub use read::Inspected;
pub(crate) use read::{Headers, headers, tiff_page};
