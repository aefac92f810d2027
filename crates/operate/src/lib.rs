//! The operations a step may name, one folder a family, and the sandbox they run tools in.
//!
//! An [`Operation`] turns one file, local or behind a gateway, (and what earlier steps left) into a report and artifacts in scratch space. It knows
//! nothing of jobs, leases or stores: the engine brings the input, publishes the outcome and decides about retries by the
//! [`Fault`](gristmill_model::Fault) of the error. Adding one is a folder, a line in [`Registry::standard`], tests and a page in docs/.

mod check;
mod context;
pub mod image;
mod noop;
mod operation;
mod registry;
pub mod sandbox;
mod source;
mod video;

pub use check::{HEAD, Sniffed, measure, sniff};
pub use context::{Checkpoint, Context, Earlier, EarlierArtifact, Input, Keeper, Tools};
pub use operation::{Draft, Operation, OperationError, Options, Outcome, PartPlan, Produced, read_options};
pub use registry::Registry;
pub use source::Source;
