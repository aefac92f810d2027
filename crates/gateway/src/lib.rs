//! Remote objects at a loopback address, for tools that read URLs. A [`Gateway`] serves ranges of what it was given a [`Link`] to, and
//! nothing else: no credentials and no addresses reach a tool, and an object of any size is read in constant memory.
//!
//! Fetching, trying again and pinning the version is the work of [`Object`](gristmill_blob::Object); which tools may connect is that of
//! the sandbox they run in.

mod ahead;
mod bounds;
mod index;
mod link;
mod parts;
mod range;
mod reader;
mod runs;
mod server;

pub use bounds::Bounds;
pub use link::{Counts, Link};
pub use server::Gateway;
