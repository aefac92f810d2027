//! `noop`: does nothing, at once. For measuring the engine and for tests of it.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;

use crate::context::{Context, Input};
use crate::operation::{Operation, OperationError, Options, Outcome, Produced, read_options};

/// The operation `noop`.
pub(crate) struct Noop;

#[derive(serde::Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {}

#[async_trait]
impl Operation for Noop {
    fn name(&self) -> &'static str {
        "noop"
    }

    fn about(&self) -> &'static str {
        "Does nothing, at once; for measuring the engine."
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options).map(drop)
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(1)
    }

    fn writes(&self) -> bool {
        false
    }

    fn passes(&self) -> Option<u32> {
        Some(0)
    }

    async fn run(&self, _context: &Context, _input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        Ok(Outcome::Done(Produced { report: serde_json::json!({}), ..Produced::default() }))
    }
}
