//! `metadata.extract`: `metadata.json` with EXIF, XMP, colour profile, camera and date; a place is flagged.
//!
//! Options: `gps`, `"flag"` (default: tells that there is a place and nothing of it) or `"include"` (the coordinates too).

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde::Deserialize;

use crate::context::{Context, Input};
use crate::image::pool::{DEFAULT_WALL, Errand};
use crate::image::wire::Work;
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced, read_options};

/// The operation `metadata.extract`.
pub(super) struct Metadata;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    gps: Gps,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Gps {
    #[default]
    Flag,
    Include,
}

#[async_trait]
impl Operation for Metadata {
    fn name(&self) -> &'static str {
        "metadata.extract"
    }

    fn about(&self) -> &'static str {
        "What a picture tells of itself: EXIF, XMP, colour profile, camera, date; whether it tells a place."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options).map(drop)
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(20)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings: Settings = read_options(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let path = context.scratch.join("metadata.json");
        let work = Work::Metadata { coordinates: settings.gps == Gps::Include };
        let errand = Errand { input: input.source.path()?, outputs: std::slice::from_ref(&path), upright: false, work, wall: DEFAULT_WALL };
        let report = context.tools.images.run(errand, &context.cancel).await?;
        let draft = Draft { name: "metadata.json".to_owned(), media_type: "application/json".to_owned(), path };
        Ok(Outcome::Done(Produced { report, artifacts: vec![draft], ..Produced::default() }))
    }
}
