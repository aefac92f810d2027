//! The RabbitMQ that is told what happens to jobs, if there is one: the way there, and how its queues stand.

use std::sync::Arc;

use gristmill_api::Broker;
use gristmill_deliver::{Deliver, DeliverError};

/// A broker that is told what happens to jobs.
pub struct Announcer {
    /// The way there.
    pub deliver: Arc<dyn Deliver>,
    /// How its queues stand.
    pub broker: Broker,
}

/// Declares its queues in the background, if it is there: nobody waits for it, and what is announced later declares them too.
pub fn declare_early(way: Arc<dyn Deliver>) {
    tokio::spawn(async move {
        if let Err(error) = way.probe().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "announcements wait for their broker");
        }
    });
}

/// Whether `url` may be an address of one.
#[cfg(feature = "rabbitmq")]
pub fn check(url: &str) -> Result<(), DeliverError> {
    gristmill_rabbit::Publisher::open(url).map(drop)
}

/// The way to the server at `url`; nobody is asked yet.
#[cfg(feature = "rabbitmq")]
pub fn open(url: &str) -> Result<Announcer, DeliverError> {
    let publisher = Arc::new(gristmill_rabbit::Publisher::open(url)?);
    let asked = Arc::clone(&publisher);
    let broker = Broker::new("rabbitmq", move || {
        let publisher = Arc::clone(&asked);
        async move { publisher.depths().await.map(|depths| depths.into_iter().map(queue).collect()).map_err(|e| e.to_string()) }
    });
    Ok(Announcer { deliver: publisher, broker })
}

#[cfg(feature = "rabbitmq")]
fn queue(of: gristmill_rabbit::Depth) -> gristmill_api::BrokerQueue {
    let (name, depth, consumers) = (of.queue.to_owned(), of.messages.into(), Some(of.consumers.into()));
    gristmill_api::BrokerQueue { name, depth, consumers, oldest: None }
}

#[cfg(not(feature = "rabbitmq"))]
pub fn check(_: &str) -> Result<(), DeliverError> {
    Err(without())
}

#[cfg(not(feature = "rabbitmq"))]
fn without() -> DeliverError {
    DeliverError::Settings("this build does not speak with RabbitMQ; take one with the feature `rabbitmq`".into())
}

#[cfg(not(feature = "rabbitmq"))]
pub fn open(_: &str) -> Result<Announcer, DeliverError> {
    Err(without())
}
