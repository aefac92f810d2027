//! Real servers for tests, as children of the test on free loopback ports. PostgreSQL, Redis, RabbitMQ, two S3 servers (one of them
//! SQS as well) and a mail server, and a bad line before any of them.
//!
//! A server ends with its handle, and with the test process however that ends. Everything here blocks and panics with a sentence
//! when it cannot do what it says, because its callers are tests and benches. What is tested against a server is left to them.

mod daemon;
mod guard;
mod noise;
mod port;
pub mod postgres;
mod process;
mod proxy;
mod rabbitmq;
mod redis;
pub mod s3;
pub mod smtp;

pub use noise::noise;
pub use port::free_port;
pub use postgres::{Options, Postgres};
pub use process::is_running;
pub use proxy::{Fault, Proxy};
pub use rabbitmq::RabbitMq;
pub use redis::Redis;
pub use s3::{Moto, SeaweedFs};
pub use smtp::Smtp;
