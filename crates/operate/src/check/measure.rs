//! How much there is of a file, where prices ask for that: what its headers state, read by the same confined readers as `file.check`.

use std::path::Path;

use gristmill_model::credits::Measure;
use gristmill_model::operation::Kind;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{HEAD, Sniffed, image, probe, sniff};
use crate::context::{Context, Input, Tools};
use crate::operation::OperationError;
use crate::source::Source;

/// Millions of pixels of a picture, seconds of sound or video. A file that cannot be read measures nothing: `file.check` will say why.
pub async fn measure(tools: &Tools, path: &Path) -> Measure {
    let scratch = path.parent().unwrap_or(Path::new("/")).to_owned();
    let (progress, _) = watch::channel((0.0, String::new()));
    let context = Context::new(scratch, CancellationToken::new(), tools.clone(), progress);
    let Ok(Some(sniffed)) = Source::from(path).head(HEAD).await.map(|h| sniff(&h)) else { return Measure::default() };
    measured(&context, path, sniffed).await.unwrap_or_else(|error| {
        tracing::debug!(code = error.problem.code, "an upload was not measured");
        Measure::default()
    })
}

async fn measured(context: &Context, path: &Path, sniffed: Sniffed) -> Result<Measure, OperationError> {
    Ok(match sniffed.kind {
        Kind::Image => {
            let seen = image::inspect(context, path).await?;
            Measure { megapixels: f64::from(seen.width) * f64::from(seen.height) / 1e6, ..Measure::default() }
        }
        Kind::Video | Kind::Audio => {
            let seen = probe::probe(context, &path.into(), sniffed).await?;
            Measure { media_seconds: seen.duration_ms.unwrap_or(0) as f64 / 1e3, ..Measure::default() }
        }
        Kind::Document => {
            let input = Input { source: path.into(), ..Input::default() };
            let pages = super::document::inspect(context, &input, sniffed).await?.map_or(0, |seen| seen.pages);
            Measure { pages, ..Measure::default() }
        }
    })
}
