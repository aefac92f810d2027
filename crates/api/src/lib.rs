//! The door: HTTP over the engine. Wire types, problems, events, OpenAPI and the dashboard live here.
//!
//! It decides nothing about jobs: every route reads a request, calls one verb of [`gristmill_engine::Engine`] and tells the
//! answer. Who may see what is `owner`; which error has which status is `problem`; both are one place on purpose.

#![expect(unused_qualifications, reason = "the OpenAPI macros write qualified names")]

mod broker;
mod dispose;
mod extract;
mod frame;
mod guard;
mod keyring;
mod linger;
mod message;
mod names;
mod owner;
mod problem;
mod range;
mod router;
mod routes;
mod settings;
mod sse;
mod state;
mod ticket;
mod tus;
mod wire;

pub use broker::{Broker, BrokerFuture, BrokerQueue};
pub use keyring::new_key;
pub use message::{Refused, Submission, by_message, object_news, redrive_by_message};
pub use router::{openapi, router};
pub use settings::{Probe, ProbeFuture, Settings};
