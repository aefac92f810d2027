//! The operations a step may name, one folder a family, and the sandbox they run tools in.
//!
//! An [`Operation`] turns one file, local or behind a gateway, (and what earlier steps left) into a report and artifacts in scratch space. It knows
//! nothing of jobs, leases or stores: the engine brings the input, publishes the outcome and decides about retries by the
//! [`Fault`](gristmill_model::Fault) of the error. Adding one is a folder, a line in [`Registry::standard`], tests and a page in docs/.

mod check;
mod child;
mod context;
pub mod document;
pub mod image;
pub mod models;
mod noop;
mod operation;
mod record;
mod registry;
pub mod sandbox;
mod services;
mod source;
mod video;

pub use check::{HEAD, Sniffed, measure, sniff};
pub use child::ChildCommand;
pub use context::{Checkpoint, Context, Earlier, EarlierArtifact, Input, Keeper, Password, Tools};
pub use operation::{Draft, Operation, OperationError, Options, Outcome, PartPlan, Produced, Record, read_options};
pub use registry::Registry;
pub use services::Services;
pub use source::Source;
