//! Received files as the engine takes them, measured where prices ask how much there is of each.

use futures::{StreamExt, stream};
use gristmill_engine::Upload;
use gristmill_model::credits::{Credits, Measure, Prices};

use super::form::Received;
use crate::state::Door;

/// Files measured at once.
const AT_ONCE: usize = 4;

/// The uploads, in order. A file that cannot be read measures nothing; its pipeline will say why.
pub(crate) async fn uploads(door: &Door, files: &[Received]) -> Vec<Upload> {
    let measurer = door.settings.measurer.as_ref().filter(|_| by_measure(&door.engine.terms().prices));
    let upload = |f: &Received| {
        let (name, path) = (f.name.clone(), f.path.to_path_buf());
        let measuring = measurer.map(|m| m.measure(path.clone()));
        async move {
            let measure = match measuring {
                Some(measuring) => measuring.await,
                None => Measure::default(),
            };
            Upload { name, path, measure }
        }
    };
    let measured: Vec<_> = files.iter().map(upload).collect();
    stream::iter(measured).buffered(AT_ONCE).collect().await
}

/// Whether it matters for a price how much there is of a file.
fn by_measure(prices: &Prices) -> bool {
    [prices.per_megapixel, prices.per_media_minute, prices.per_page].iter().any(|p| *p > Credits::ZERO)
}
