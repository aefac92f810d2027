//! The test kit. [`App`] is a whole mill in this process, [`Served`] the real binary to talk to and to kill, [`media`] finds
//! sample files and makes others with ffmpeg, [`Receiver`] takes webhooks. Nothing but tests uses this crate.

mod app;
pub mod backends;
pub mod media;
mod receiver;
mod served;
mod wait;

pub use app::App;
pub use receiver::{Call, Receiver};
pub use served::Served;
pub use wait::until;
