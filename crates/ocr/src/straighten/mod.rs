//! Straight pictures of pages that lie askew or were photographed at an angle. Needs no model.

mod corners;
mod homography;
mod skew;
mod warp;

pub use corners::page_corners;
pub use homography::{flattened, homography};
pub use skew::skew;
pub use warp::warp;
