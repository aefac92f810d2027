//! `bench-stamp`: an operation that says when it started. Only benches know it.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_operate::{Context, Input, Operation, OperationError, Options, Outcome, Produced};
use tokio::sync::mpsc::UnboundedSender;

/// The operation `bench-stamp`.
pub struct Stamp(pub UnboundedSender<Instant>);

#[async_trait]
impl Operation for Stamp {
    fn name(&self) -> &'static str {
        "bench-stamp"
    }

    fn about(&self) -> &'static str {
        "Tells the bench when it started."
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

    async fn run(&self, _context: &Context, _input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        let _ = self.0.send(Instant::now());
        Ok(Outcome::Done(Produced { report: serde_json::json!({}), ..Produced::default() }))
    }
}
