//! `file.check`: what a file is by its content, and whether the pipeline takes it.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::{Class, Kind};

use crate::context::{Context, Input};
use crate::operation::{Operation, OperationError, Options, Outcome};

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sniffed {
    /// Its kind.
    pub kind: Kind,
    /// A short stable name of its format: `jpeg`, `mp4`, `matroska`.
    pub format: &'static str,
    /// Its media type.
    pub media_type: &'static str,
}

/// The operation `file.check`.
pub(crate) struct Check;

#[async_trait]
impl Operation for Check {
    fn name(&self) -> &'static str {
        "file.check"
    }
    fn about(&self) -> &'static str {
        "Type by content, size, duration, dimensions and streams against the pipeline's limits."
    }
    fn class(&self) -> Class {
        Class::Io
    }
    fn check_options(&self, _options: &Options) -> Result<(), String> {
        Ok(())
    }
    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(200)
    }
    async fn run(&self, _context: &Context, _input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        Err(OperationError::bug("unsupported", "not yet"))
    }
}
