//! `video.probe`: what a file holds, measured once for the report and for people.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde_json::json;

use super::inspect;
use crate::context::{Context, Input};
use crate::operation::{Operation, OperationError, Options, Outcome, Produced, read_options};

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {}

/// The operation `video.probe`.
pub(crate) struct Probe;

#[async_trait]
impl Operation for Probe {
    fn name(&self) -> &'static str {
        "video.probe"
    }

    fn about(&self) -> &'static str {
        "Container, streams, size as displayed, rate, depth and dynamic range."
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options).map(drop)
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(200)
    }

    fn passes(&self) -> Option<u32> {
        Some(0)
    }

    async fn run(&self, context: &Context, input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        let (sniffed, probe) = inspect::probed(context, input).await?;
        let source = inspect::source_of(sniffed.format, &probe);
        let report = json!({
            "measured": { "media_type": sniffed.media_type, "probe": probe, "picture": source.picture, "sounds": source.sounds.len() },
            "decided": {},
            "produced": {},
            "warnings": [],
        });
        Ok(Outcome::Done(Produced { report, ..Produced::default() }))
    }
}
