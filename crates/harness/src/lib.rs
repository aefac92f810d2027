//! The test kit. [`App`] is a whole mill in this process, [`Served`] the real binary to talk to and to kill, [`media`] finds
//! sample files and makes others with ffmpeg. Nothing but tests uses this crate.

mod app;
pub mod media;
mod served;
mod wait;

pub use app::App;
pub use served::Served;
pub use wait::until;
