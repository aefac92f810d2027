//! Images: metadata, sizes, thumbnails, conversions, done in a pool of confined decoders.

mod inspect;
mod pool;

pub use inspect::Inspected;
pub use pool::{ChildCommand, Pool};

use crate::registry::Registry;

pub(crate) fn register(_registry: &mut Registry) {}

/// The confined decoder: serves requests that come over descriptor 3 until it is closed, and answers the exit code.
pub fn child_main() -> i32 {
    1
}
