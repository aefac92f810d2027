//! The words of the house, pure: ids, states, [`task::advance`], roll-ups, retry policy, declared pipelines.
//!
//! Nothing here does IO, reads a clock or draws a random number. Callers pass the time; stores call these functions
//! and write down what they answer, so two SQL dialects never re-implement policy.

pub mod credits;
pub mod critical;
pub mod fault;
pub mod id;
pub mod job;
pub mod operation;
pub mod pipeline;
pub mod queue;
pub mod report;
pub mod retry;
pub mod rollup;
pub mod schedule;
pub mod task;
pub mod time;

pub use fault::{Fault, Problem};
pub use id::{AttemptNumber, EffectId, EndpointId, Fence, FileId, JobId, KeyId, TaskId, UploadId, WorkerId};
pub use time::Timestamp;
