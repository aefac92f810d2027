//! How much lies in each queue of the broker.

use gristmill_deliver::DeliverError;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Channel, Error};

use crate::publisher::Publisher;
use crate::topology;

/// A queue of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// Its name on the broker.
    pub queue: &'static str,
    /// Messages that nobody has taken yet. Those taken and not yet settled do not count.
    pub messages: u32,
    /// Who reads it.
    pub consumers: u32,
}

/// How the nine queues stand, in the order of [`topology::names`]. How old the oldest message is a broker does not tell, and looking at
/// it would count as a delivery. Just after a restart a queue is said to be empty until its replicas have found each other.
///
/// # Errors
/// The line is lost, or a queue is not there, which ends the channel.
pub async fn depths(channel: &Channel) -> Result<Vec<Depth>, Error> {
    let mut found = Vec::new();
    for queue in topology::names() {
        // Passive: it asks, and makes nothing.
        let told = channel.queue_declare(queue.into(), QueueDeclareOptions::durable().passive(), FieldTable::default()).await?;
        found.push(Depth { queue, messages: told.message_count(), consumers: told.consumer_count() });
    }
    Ok(found)
}

impl Publisher {
    /// The same on a line of its own.
    ///
    /// # Errors
    /// The broker is away; said as by [`Deliver::probe`](gristmill_deliver::Deliver::probe).
    pub async fn depths(&self) -> Result<Vec<Depth>, DeliverError> {
        self.lines.with(|channel| async move { Ok(depths(&channel).await?) }).await
    }
}
