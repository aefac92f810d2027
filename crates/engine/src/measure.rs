//! How much there is of a file, where prices ask for that.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use gristmill_model::credits::{Credits, Measure, Prices};

/// The answer of a [`Measurer`].
pub type MeasureFuture = Pin<Box<dyn Future<Output = Measure> + Send>>;

/// Looks how much there is of a file: pixels, seconds, pages. What it cannot read measures nothing; its pipeline will say why.
#[derive(Clone)]
pub struct Measurer(Arc<dyn Fn(PathBuf) -> MeasureFuture + Send + Sync>);

impl Measurer {
    /// One that calls `run` with the path of a file.
    pub fn new<F, A>(run: F) -> Self
    where
        F: Fn(PathBuf) -> A + Send + Sync + 'static,
        A: Future<Output = Measure> + Send + 'static,
    {
        Self(Arc::new(move |path| Box::pin(run(path))))
    }

    /// One that finds nothing in any file.
    pub fn blind() -> Self {
        Self::new(|_| async { Measure::default() })
    }

    pub(crate) fn measure(&self, path: PathBuf) -> MeasureFuture {
        (self.0)(path)
    }
}

impl fmt::Debug for Measurer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Measurer")
    }
}

/// Whether it matters for a price how much there is of a file.
pub(crate) fn matters(prices: &Prices) -> bool {
    [prices.per_megapixel, prices.per_media_minute, prices.per_page].iter().any(|p| *p > Credits::ZERO)
}
