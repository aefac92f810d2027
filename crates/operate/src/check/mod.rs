//! `file.check`: what a file is by its content, and whether the pipeline takes it.
//!
//! The steps: size, first bytes, kind against what the pipeline accepts, then headers (pictures by the pool, sound and video by
//! ffprobe) against the limits. No pixel and no sample is decoded here, so a file that passes may still turn out damaged later.

mod bounds;
mod document;
mod image;
mod measure;
mod name;
pub(crate) mod probe;
mod report;
mod settings;
mod sniff;
mod stated;

pub use measure::measure;
pub use sniff::{HEAD, Sniffed, sniff};

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::{Class, Kind};

use crate::context::{Context, Input};
use crate::operation::{Operation, OperationError, Options, Outcome, Produced, read_options};
use report::Report;
use settings::Settings;

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

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options)?.check()
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(200)
    }

    /// Measuring what a header lies about is rare.
    fn passes(&self) -> Option<u32> {
        Some(0)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings: Settings = read_options(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let bytes = input.source.bytes().await?;
        bounds::bytes(bytes, &settings)?;
        let sniffed = accepted(&input.source.head(HEAD).await?, &input.accepts)?;
        let mut report = Report::new(sniffed, bytes);
        report.warnings.extend(name::mismatch(&input.name, sniffed.format));
        match sniffed.kind {
            Kind::Image => picture(context, input, &settings, &mut report).await?,
            Kind::Video | Kind::Audio => media(context, input, sniffed, &settings, &mut report).await?,
            Kind::Document => {
                if let Some(seen) = document::inspect(context, input, sniffed).await? {
                    document::bound(seen.pages, &settings)?;
                    report.of_document(&seen);
                }
            }
        }
        let report = serde_json::to_value(report)
            .map_err(|e| OperationError::bug("report_failed", "The report could not be written down.").because(e))?;
        Ok(Outcome::Done(Produced { report, ..Produced::default() }))
    }
}

/// What the file is, if the pipeline takes that. Moving pictures may turn out to be sound alone, so a pipeline for sound takes their
/// containers until the probe has looked.
fn accepted(head: &[u8], accepts: &[Kind]) -> Result<Sniffed, OperationError> {
    let wanted = accepts.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and ");
    let refuse = |what: &str| {
        OperationError::input(
            "type_not_accepted",
            format!("By its content the file is {what}, whatever its name says. This pipeline takes {wanted}."),
        )
    };
    match sniff(head) {
        Some(sniffed) if accepts.contains(&sniffed.kind) || (sniffed.kind == Kind::Video && accepts.contains(&Kind::Audio)) => Ok(sniffed),
        Some(sniffed) => Err(refuse(&format!("{} ({})", sniffed.media_type, sniffed.kind.as_str()))),
        None => Err(match sniff::foreign(head) {
            Some(foreign) => refuse(foreign.what),
            None => OperationError::input(
                "type_unknown",
                format!("The content of the file is of no type we know. This pipeline takes {wanted}."),
            ),
        }),
    }
}

async fn picture(context: &Context, input: &Input, settings: &Settings, report: &mut Report) -> Result<(), OperationError> {
    let seen = image::inspect(context, input.source.path()?).await?;
    bounds::picture(&seen, settings)?;
    document::bound(seen.pages, settings)?;
    report.of_picture(&seen);
    Ok(())
}

async fn media(context: &Context, input: &Input, sniffed: Sniffed, settings: &Settings, report: &mut Report) -> Result<(), OperationError> {
    let mut seen = probe::probe(context, &input.source, sniffed).await?;
    if !seen.duration_measured && bounds::too_long(seen.duration_ms, settings) {
        // A header that lies is common; refuse only what really is that long.
        seen.duration_ms = probe::measure(context, &input.source, sniffed).await?.or(seen.duration_ms);
        seen.duration_measured = true;
    }
    bounds::media(&seen, settings)?;
    if seen.video().is_some() && !input.accepts.contains(&Kind::Video) {
        return Err(OperationError::input("type_not_accepted", "The file holds moving pictures. This pipeline takes audio."));
    }
    report.of_media(&seen);
    Ok(())
}
