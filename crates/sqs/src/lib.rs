//! A small client of Amazon SQS, and of what speaks like it, over its JSON protocol. Signing and keys are the work of `object_store`, which
//! is here anyway; Amazon's own kit would add minutes to every build for the dozen calls that are needed.

mod address;
mod client;
mod error;
mod queues;
mod received;
mod transport;

pub use address::Address;
pub use client::Client;
pub use error::SqsError;
pub use received::Received;

/// The result of every call.
pub type Result<T> = std::result::Result<T, SqsError>;
