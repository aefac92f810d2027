//! `bench-reporting`: an operation that reports progress each second until it is stopped. Only benches know it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_operate::{Context, Input, Operation, OperationError, Options, Outcome};

/// How often it reports.
pub const EACH: Duration = Duration::from_secs(1);
/// Progress that is worth a write at every report (a hundredth would do), for a minute and a half.
const STEP: f64 = 0.011;

/// The operation `bench-reporting`; counts those that run.
#[derive(Clone, Default)]
pub struct Reporting(pub Arc<AtomicUsize>);

#[async_trait]
impl Operation for Reporting {
    fn name(&self) -> &'static str {
        "bench-reporting"
    }

    fn about(&self) -> &'static str {
        "Reports each second, until it is stopped."
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, _options: &Options) -> Result<(), String> {
        Ok(())
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(1)
    }

    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, context: &Context, _input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let mut seconds = tokio::time::interval(EACH);
        for report in 0u32.. {
            seconds.tick().await;
            context.progress(f64::from(report) * STEP, "working");
        }
        Err(OperationError::bug("bench_reporting", "It was not stopped."))
    }
}
