//! `image.placeholder`: `placeholder.json` with a ThumbHash, a BlurHash and the dominant colours. It has no options.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde::Deserialize;

use super::source::prepare;
use crate::context::{Context, Input};
use crate::image::pool::{DEFAULT_WALL, Errand};
use crate::image::wire::Work;
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced, read_options};

/// The operation `image.placeholder`.
pub(super) struct Placeholder;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {}

#[async_trait]
impl Operation for Placeholder {
    fn name(&self) -> &'static str {
        "image.placeholder"
    }

    fn about(&self) -> &'static str {
        "What a page shows before the picture has come: ThumbHash, BlurHash, dominant colours."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options).map(drop)
    }

    fn estimate(&self, bytes: u64) -> Duration {
        super::estimate(bytes)
    }

    async fn run(&self, context: &Context, input: &Input, _options: &Options) -> Result<Outcome, OperationError> {
        let source = prepare(context, input).await?;
        let path = context.scratch.join("placeholder.json");
        let errand = Errand {
            input: &source.path,
            outputs: std::slice::from_ref(&path),
            upright: source.upright,
            work: Work::Placeholder,
            wall: DEFAULT_WALL,
        };
        let report = context.tools.images.run(errand, &context.cancel).await?;
        let draft = Draft { name: "placeholder.json".to_owned(), media_type: "application/json".to_owned(), path };
        Ok(Outcome::Done(Produced { report, artifacts: vec![draft], ..Produced::default() }))
    }
}
