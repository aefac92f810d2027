//! Why a doorbell cannot be had. Once there, it never fails: a ring is at worst lost.

use std::error::Error;

/// Why a doorbell could not be set up: a fault of the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorbellError {
    /// The address of the server cannot be read.
    #[error(
        "the address of the doorbell's server is not one like postgres://user@host:5432/name, redis://host:6379, amqp://user@host:5672 or sqs://name"
    )]
    Address(#[source] Box<dyn Error + Send + Sync>),
    /// The address asks for an encrypted connection.
    #[error(
        "the doorbell cannot encrypt its connection yet; take sslmode=require, or the s of rediss: and amqps:, out of the address of its server"
    )]
    Encryption,
}
