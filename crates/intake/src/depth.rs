//! How much lies in the queues of the intake, told without taking anything.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gristmill_doorbell::State;

use crate::address::Address;
use crate::queue::Lost;
use crate::{IntakeError, probe};

/// A queue of the broker, or what is like one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Its name at the broker.
    pub queue: String,
    /// Messages in it.
    pub messages: u64,
    /// How long the oldest has been there, where the broker tells.
    pub oldest: Option<Duration>,
}

/// The queue of requests and that of the refused ones, at the broker at `url`. Those of RabbitMQ are told with all its others by
/// `gristmill_rabbit`; here it has none.
///
/// # Errors
/// [`IntakeError`] for an address that cannot be read; the text, which has no secret in it, when the broker does not answer.
pub async fn depths(url: &str) -> Result<Result<Vec<Depth>, String>, IntakeError> {
    Ok(match Address::parse(url)? {
        #[cfg(feature = "redis")]
        Address::Redis(client) => told(crate::redis::depths(&client).await),
        #[cfg(feature = "rabbitmq")]
        Address::RabbitMq(_) => {
            let State { lost, .. } = probe(url).await?;
            lost.map_or(Ok(Vec::new()), Err)
        }
        #[cfg(feature = "sqs")]
        Address::Sqs(place) => told(crate::sqs::depths(&place).await),
    })
}

fn told(depths: Result<Vec<Depth>, Lost>) -> Result<Vec<Depth>, String> {
    depths.map_err(|why| why.to_string())
}

/// How long ago this was, in milliseconds since 1970; nothing for what is still to come.
pub(crate) fn since(milliseconds: u64) -> Option<Duration> {
    SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_millis(milliseconds)).ok()
}
