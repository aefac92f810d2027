//! Children of this same program that read what owners sent: confined, kept warm, handed open descriptors, able to open nothing
//! themselves. The [`Pool`] is the worker's side, [`serve`] the child's; what is asked and answered is each family's affair.

mod channel;
mod inherited;
mod memory;
mod pool;
mod serve;

use gristmill_model::Problem;
use serde_json::Value;

pub(crate) use memory::give_back;
pub use pool::ChildCommand;
pub(crate) use pool::{Errand, Pool};
pub(crate) use serve::{serve, whole, write_all};

/// The longest message either way. What is longer goes through files.
pub(crate) const MOST_MESSAGE_BYTES: usize = 128 << 10;

/// What a child answers: a report, or a refusal.
pub(crate) type Answer = Result<Value, Problem>;
