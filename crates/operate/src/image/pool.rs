//! The pool of confined image decoders, and what is asked of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gristmill_picture::{Inspected, PixelLimits};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::wire::{Request, Work};
use crate::child::{self, ChildCommand};
use crate::operation::OperationError;
use crate::sandbox::Sandbox;

/// How long one request may take unless its operation grants more.
pub(crate) const DEFAULT_WALL: Duration = Duration::from_secs(60);

/// A 100-megapixel picture with 16 bits a channel takes 800 MB before and 400 MB after its bits are cut.
const MEMORY_BYTES: u64 = 2 << 30;

/// Warm, confined image decoders.
#[derive(Debug)]
pub struct Pool {
    children: child::Pool,
    limits: PixelLimits,
}

/// One request with the files it is about.
#[derive(Debug)]
pub(crate) struct Errand<'a> {
    pub input: &'a Path,
    /// Created, and emptied before each try.
    pub outputs: &'a [PathBuf],
    /// Whether the pixels are upright already; see [`Request::upright`].
    pub upright: bool,
    pub work: Work,
    pub wall: Duration,
}

impl Default for Pool {
    /// As many decoders as there are processors, each this program with the argument `image-child`.
    fn default() -> Self {
        let size = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(Arc::new(Sandbox::new()), ChildCommand::this("image-child"), size)
    }
}

impl Pool {
    /// At most `size` decoders at a time, started by `command` in `sandbox`. The command must call [`super::child_main`] and
    /// nothing else.
    pub fn new(sandbox: Arc<Sandbox>, command: ChildCommand, size: usize) -> Self {
        Self { children: child::Pool::new(sandbox, command, size, MEMORY_BYTES, "image"), limits: PixelLimits::default() }
    }

    /// The same with other bounds on what is decoded.
    pub fn with_limits(self, limits: PixelLimits) -> Self {
        Self { limits, ..self }
    }

    /// What the headers of the image at `path` say, without decoding its pixels.
    ///
    /// # Errors
    /// Fault `Input` when the headers are damaged or of no format we read, `Limit` when they declare more pixels than allowed.
    pub async fn inspect(&self, path: &Path, cancel: &CancellationToken) -> Result<Inspected, OperationError> {
        let errand = Errand { input: path, outputs: &[], upright: false, work: Work::Inspect, wall: DEFAULT_WALL };
        let answer = self.run(errand, cancel).await?;
        serde_json::from_value(answer).map_err(|e| self.children.unreadable().because(e))
    }

    /// Has a decoder do the errand and answers its report.
    ///
    /// # Errors
    /// The decoder's refusal, `image_damaged` for an input that kills decoders twice, `image_timeout`, or `cancelled`.
    pub(crate) async fn run(&self, errand: Errand<'_>, cancel: &CancellationToken) -> Result<Value, OperationError> {
        let request = Request { limits: self.limits, upright: errand.upright, work: errand.work };
        let request = serde_json::to_vec(&request).map_err(|e| self.children.unreadable().because(e))?;
        let (inputs, outputs, wall) = (&[errand.input][..], errand.outputs, errand.wall);
        self.children.run(child::Errand { request: &request, inputs, outputs, wall }, cancel).await
    }
}
