//! Why messages cannot be taken at all: a fault of the settings. A broker that is away is no error; it is told by the state.

/// Why an intake could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// The address of the broker cannot be read. It is not repeated, because it may have a password in it.
    #[error(
        "the address of the intake's broker is not one like redis://host:6379, amqp://user@host:5672 or sqs://QUEUE?region=eu-central-1"
    )]
    Address,
    /// The address asks for an encrypted connection.
    #[error("the intake cannot encrypt its connection yet; take the s of rediss: and amqps: out of the address of its broker")]
    Encryption,
}
