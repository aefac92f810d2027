//! Requests that come as messages: of a stream of Redis, of queues of RabbitMQ or of SQS. A broker brings each message at least once; it is
//! told that it has arrived only after whoever handles it has made it durable. This crate knows brokers and nothing of jobs.

mod address;
mod content;
mod depth;
mod error;
mod message;
mod queue;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
#[cfg(feature = "redis")]
mod redis;
mod run;
#[cfg(feature = "sqs")]
mod sqs;

pub use content::Content;
pub use depth::{Depth, depths};
pub use error::IntakeError;
pub use gristmill_doorbell::State;
pub use message::{Message, Verdict};
pub use run::{Intake, probe};
