//! Pictures as bytes and as pixels. Nothing here opens a file or trusts one: headers are held against [`PixelLimits`] before anything is
//! decoded, and what is decoded becomes sRGB ([`Raster`]), whatever its colours were. Who calls it confines the process it runs in.
//!
//! A crate of its own so that codecs and pixel loops are optimised once, also for tests, and not again with every change of an operation:
//! its functions take no closures by type, which would have them compiled where they are called.

mod colour;
mod decode;
mod encode;
mod format;
mod geometry;
mod heif;
mod limits;
mod orientation;
mod palette;
mod raster;
mod read;
mod resize;
mod smart;

pub use decode::{Decoded, Frame, Frames, damaged, decode};
pub use encode::{Settings, WebpAnimation, encode};
pub use format::{Encoding, Format};
pub use geometry::{Fit, Placement, Size, Wanted, decode_eighths, place};
pub use heif::{HeifError, HeifHead, read_heif};
pub use limits::PixelLimits;
pub use orientation::Orientation;
pub use palette::{Share, dominant};
pub use raster::Raster;
pub use read::{Animated, Headers, Inspected, gps_present, headers, metadata, tiff_page};
pub use resize::{Crop, Resampler};
