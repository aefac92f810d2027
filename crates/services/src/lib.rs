//! Clients of services that do work for us: [`Vision`] reads pages, [`Chat`] asks a language model for the fields of a document.
//!
//! It knows HTTP and nothing of jobs. Addresses come from the operator and are reached wherever they lead; no redirect is followed, no
//! proxy asked, every answer bounded in size and time, and no key ever in an error or in `Debug`.

mod chat;
mod error;
mod failure;
mod http;
mod secret;
mod vision;

pub use chat::{Boundary, Chat, ChatSettings, Usage};
pub use error::{Blame, ServiceError};
pub use secret::Secret;
pub use vision::{Credentials, LARGEST_PICTURE, VISION, Vision, VisionSettings, hint};
