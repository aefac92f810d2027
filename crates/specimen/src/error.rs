//! What can stand in the way of a specimen.

use gristmill_pdf::Refusal;
use thiserror::Error;

/// A specimen could not be made. Nothing that is given can cause this: it is a fault of this program or of a library it draws with.
#[derive(Debug, Error)]
pub enum NotMade {
    /// The page was written and could not be drawn.
    #[error("The page was written and could not be drawn: {0} This is a fault of this program. Report it with the seed.")]
    Drawing(#[from] Refusal),
    /// The picture could not be encoded.
    #[error("The picture could not be encoded: {0}. This is a fault of this program. Report it with the seed.")]
    Encoding(#[from] image::ImageError),
}
