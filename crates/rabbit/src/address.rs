//! Where the broker is. Its address may have a password in it, which no error and no log repeats.

use std::fmt;

use gristmill_deliver::DeliverError;
use lapin::uri::AMQPUri;

/// The address of a broker, `amqp://user:password@host:5672/vhost`.
#[derive(Clone)]
pub(crate) struct Address(pub(crate) AMQPUri);

impl Address {
    /// Reads it. The error is one of the settings.
    pub(crate) fn read(url: &str) -> Result<Self, DeliverError> {
        if url.starts_with("amqps:") {
            let why = "the connection to RabbitMQ cannot be encrypted yet; take the s of amqps: out of its address";
            return Err(DeliverError::Settings(why.into()));
        }
        // Its own words may repeat the address.
        let refused = |_| DeliverError::Settings("the address of RabbitMQ is not one like amqp://user:password@host:5672/vhost".into());
        url.parse().map(Self).map_err(refused)
    }
}

impl fmt::Display for Address {
    /// For people: without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RabbitMQ at {}:{}", self.0.authority.host, self.0.authority.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_or_asks_for_encryption_is_refused_without_repeating_it() {
        for bad in ["redis://me:secret@127.0.0.1", "amqps://me:secret@127.0.0.1", "amqp://me:secret@127.0.0.1:x", "secret"] {
            let refused = Address::read(bad).err().expect(bad);
            assert!(matches!(refused, DeliverError::Settings(_)) && !format!("{refused:?} {refused}").contains("secret"), "{bad}");
        }
    }

    #[test]
    fn what_people_read_has_no_password() {
        let read = Address::read("amqp://me:secret@broker.example:5673/mill").ok().unwrap();
        assert_eq!(read.to_string(), "RabbitMQ at broker.example:5673");
    }
}
