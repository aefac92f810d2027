//! RabbitMQ as its operators expect it: six queues and three for dead letters ([`topology`]), announcements to them ([`Publisher`]), and
//! how much lies in each ([`depths`]). Rows stay the truth; the broker shows what they know to those who watch queues.

mod address;
mod depth;
mod line;
mod publisher;
pub mod topology;

pub use depth::{Depth, depths};
pub use publisher::{DEAD_HEADER, Publisher, QUEUE_HEADER};
