//! What can be told of an image without decoding its pixels.

mod counts;
mod inspect;
mod metadata;
mod tags;
mod xmp;

pub(crate) use counts::tiff_page;
pub use inspect::Inspected;
pub(crate) use inspect::{Headers, headers};
pub(crate) use metadata::{gps_present, metadata};
