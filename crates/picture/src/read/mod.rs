//! What can be told of an image without decoding its pixels.

mod counts;
mod inspect;
mod metadata;
mod tags;
mod xmp;

pub use counts::{Animated, tiff_page};
pub use inspect::{Headers, Inspected, headers};
pub use metadata::{gps_present, metadata};
