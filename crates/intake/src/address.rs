//! Where a broker is, and which.

use crate::IntakeError;

/// A broker's address.
pub(crate) enum Address {
    /// A stream of Redis.
    #[cfg(feature = "redis")]
    Redis(redis::Client),
    /// Queues of RabbitMQ.
    #[cfg(feature = "rabbitmq")]
    RabbitMq(Box<lapin::uri::AMQPUri>),
    /// A queue of SQS.
    #[cfg(feature = "sqs")]
    Sqs(crate::sqs::Place),
}

impl Address {
    /// By the scheme. What is refused is not repeated: it may have a password in it.
    pub(crate) fn parse(url: &str) -> Result<Self, IntakeError> {
        match url.split_once(':').map_or("", |(scheme, _)| scheme) {
            #[cfg(feature = "redis")]
            "redis" => redis::Client::open(url).map(Self::Redis).map_err(|_| IntakeError::Address),
            #[cfg(feature = "rabbitmq")]
            "amqp" => url.parse().map(|uri| Self::RabbitMq(Box::new(uri))).map_err(|_| IntakeError::Address),
            #[cfg(feature = "sqs")]
            "sqs" => crate::sqs::Place::parse(url).map(Self::Sqs),
            "rediss" | "amqps" => Err(IntakeError::Encryption),
            _ => Err(IntakeError::Address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_for_encryption_is_refused() {
        for url in ["rediss://127.0.0.1", "amqps://127.0.0.1"] {
            assert!(matches!(Address::parse(url), Err(IntakeError::Encryption)), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for url in [
            "",
            "same",
            "http://me:secret@127.0.0.1",
            "redis://me:secret@127.0.0.1:no/x",
            "amqp://me:secret@127.0.0.1:no",
            "sqs://me:secret@a/b",
            "sqs://a.fifo",
        ] {
            let refused = Address::parse(url).err().expect("no address");
            assert!(matches!(refused, IntakeError::Address) && !format!("{refused:?} {refused}").contains("secret"), "{url}");
        }
    }
}
