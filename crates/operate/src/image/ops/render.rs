//! `image.resize`, `image.thumbnail` and `image.convert`: one plan of pictures each, made in one visit to a decoder.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use gristmill_picture::Encoding;
use serde_json::Value;

use super::options::{Plan, Variant, plan};
use super::source::{Source, prepare};
use crate::context::{Context, Input};
use crate::image::pool::{DEFAULT_WALL, Errand};
use crate::image::wire::{Output, Render, Work};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced};

/// One of the three operations.
pub(super) struct RenderOperation(pub(super) Variant);

/// AVIF is encoded at about a megapixel a second on a slow core; a picture of unknown size may be this many seconds.
const AVIF_WALL: Duration = Duration::from_secs(60);

#[async_trait]
impl Operation for RenderOperation {
    fn name(&self) -> &'static str {
        match self.0 {
            Variant::Resize => "image.resize",
            Variant::Thumbnail => "image.thumbnail",
            Variant::Convert => "image.convert",
        }
    }

    fn about(&self) -> &'static str {
        match self.0 {
            Variant::Resize => "Sizes of a picture in JPEG, PNG, WebP and AVIF: upright, in sRGB, without metadata.",
            Variant::Thumbnail => "Square thumbnails cut where the picture is most interesting.",
            Variant::Convert => "The picture in other formats at its own size.",
        }
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        plan(self.0, options).map(drop)
    }

    fn estimate(&self, bytes: u64) -> Duration {
        super::estimate(bytes)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let Plan { render, presets } = plan(self.0, options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let source = prepare(context, input).await?;
        context.progress(0.3, "rendering");
        let drafts = drafts(context, input, self.name(), &render, &presets);
        let paths: Vec<PathBuf> = drafts.iter().map(|d| d.path.clone()).collect();
        let wall = wall(&render.outputs);
        let errand = Errand { input: &source.path, outputs: &paths, upright: source.upright, work: Work::Render(render), wall };
        let report = context.tools.images.run(errand, &context.cancel).await?;
        Ok(Outcome::Done(Produced { report: told(report, &source, &drafts, &presets), artifacts: drafts, ..Produced::default() }))
    }
}

fn wall(outputs: &[Output]) -> Duration {
    let avifs = outputs.iter().filter(|o| o.encoding == Encoding::Avif).count();
    DEFAULT_WALL + AVIF_WALL * u32::try_from(avifs).unwrap_or(u32::MAX).min(10)
}

fn drafts(context: &Context, input: &Input, operation: &str, render: &Render, presets: &[String]) -> Vec<Draft> {
    let named = render.outputs.iter().zip(presets);
    let draft = |(output, preset): (&Output, &String)| {
        let ending = output.encoding.extension();
        Draft {
            name: format!("{}-{preset}.{ending}", input.stem()),
            media_type: output.encoding.media_type().to_owned(),
            path: context.scratch.join(format!("{operation}-{preset}.{ending}")),
        }
    };
    named.map(draft).collect()
}

/// The decoder's report with the names of the results, and of the original where another program decoded it.
fn told(mut report: Value, source: &Source, drafts: &[Draft], presets: &[String]) -> Value {
    if let Some(original) = &source.original {
        report["source"] = serde_json::to_value(original).unwrap_or(Value::Null);
    }
    if let Some(outputs) = report["outputs"].as_array_mut() {
        for ((output, draft), preset) in outputs.iter_mut().zip(drafts).zip(presets) {
            output["name"] = draft.name.clone().into();
            output["preset"] = preset.clone().into();
            output["media_type"] = draft.media_type.clone().into();
        }
    }
    report
}
