//! Pixels as other readers like them: straight, when a page lies askew or was photographed at an angle, and no larger than its letters
//! need. Needs no model.

mod corners;
mod homography;
mod letters;
mod skew;
mod warp;

pub use corners::page_corners;
pub use homography::{flattened, homography};
pub use letters::letter_height;
pub use skew::skew;
pub use warp::warp;
