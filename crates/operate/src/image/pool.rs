//! Keeps confined image decoders warm and hands them one request at a time.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::inspect::Inspected;
use crate::operation::OperationError;
use crate::sandbox::Sandbox;

/// How a decoder is started.
#[derive(Debug, Clone)]
pub struct ChildCommand {
    /// The program; usually this one.
    pub program: PathBuf,
    /// Its arguments; usually `image-child`.
    pub args: Vec<OsString>,
}

/// Warm, confined decoders.
#[derive(Debug, Default)]
pub struct Pool {}

impl Pool {
    /// At most `size` decoders, started by `child` in `sandbox` when they are first needed.
    pub fn new(_sandbox: Arc<Sandbox>, _child: ChildCommand, _size: usize) -> Self {
        Self {}
    }

    /// What the headers of the image at `path` say, without decoding its pixels.
    ///
    /// # Errors
    /// Fault `Input` when the headers are damaged or of no format we read, `Limit` when they declare more pixels than allowed.
    pub async fn inspect(&self, _path: &Path, _cancel: &CancellationToken) -> Result<Inspected, OperationError> {
        Err(OperationError::bug("unsupported", "not yet"))
    }
}
