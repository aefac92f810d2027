//! The verbs: submit, claim, attempt, heartbeat, settle, cancel, retry. [`Engine`] is what doors and commands use;
//! [`worker`] claims and runs tasks; [`duty`] holds the background loops.
//!
//! SQL lives in the store, policy in the model, media in operate. What is here is order: which of them is called when.

mod artifact;
mod cron;
pub mod duty;
mod endpoints;
mod engine;
mod error;
mod measure;
pub mod memory;
mod notice;
mod pipelines;
mod pointer;
mod records;
mod report;
mod submit;
mod upload;
mod view;
pub mod worker;

pub use artifact::{Body, Found};
pub use cron::{NewCron, next_time};
pub use endpoints::{BESIDE, Signing};
pub use engine::{Engine, Parts, Terms, Wake};
pub use error::EngineError;
pub use gristmill_doorbell::State as DoorbellState;
pub use measure::{MeasureFuture, Measurer};
pub use notice::{DropFolder, Noticed};
pub use pipelines::Pipelines;
pub use pointer::{Bucket, Pointer, SourceError, Sources};
pub use records::Judgement;
pub use submit::{Bytes, File, Received, Request};
pub use upload::{Announced, Checksum, Cut, Direct, DirectPart, UploadTerms};
pub use view::{FileView, JobView, eta};
