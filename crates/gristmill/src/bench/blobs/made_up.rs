//! Made-up objects of any size through the gateway: rate, memory, and what is fetched for what is read.

use std::time::{Duration, Instant};

use anyhow::ensure;
use futures::TryStreamExt;
use gristmill_blob::guard::Allow;
use gristmill_blob::{Object, Reading, Web};
use gristmill_gateway::{Bounds, Gateway};
use serde_json::{Value, json};

use super::origin::Origin;
use super::{MIB, alone, process, reader};
use crate::bench::figures::Figures;

/// So much is read in one go, as a tool does for a cut of five seconds.
const STRETCH: u64 = 5 * MIB;

/// A client for objects at addresses of this machine.
pub fn web() -> gristmill_blob::Result<Web> {
    Web::new(Allow { http: true, loopback: true, ..Allow::default() }, u64::MAX, Reading::default())
}

/// Rates, memory, and bytes fetched for those that are read.
pub async fn bench(figures: &Figures, largest_mib: u64, latency: Duration) -> anyhow::Result<()> {
    let (origin, folder) = (Origin::start(latency).await?, tempfile::Builder::new().prefix("gristmill-bench-").tempdir()?);
    let conditions = |size: u64| json!({"object": format!("{size} MiB, made up by a server of zeros"), "latency": format!("{} ms", latency.as_millis()), "memory bound": format!("{} MiB", Bounds::default().memory / MIB)});
    for size in [100, largest_mib] {
        // A process that has read nothing yet, and has no server in it.
        let took = process::run(alone::command(folder.path(), ["through", &origin.url(size * MIB)])?, "").await?;
        figures.print("blobs", &format!("gateway, {size} MiB read through"), size as f64 / took.seconds, "MiB/s", conditions(size));
        let case = format!("worker and gateway, peak memory while {size} MiB are read through");
        figures.print("blobs", &case, took.peak as f64 / MIB as f64, "MiB", conditions(size));
    }
    let object = web()?.open(&origin.url(largest_mib * MIB)).await?;
    let began = Instant::now();
    let read_directly = object.stream(0..object.size()).try_fold(0, async |sum, piece| Ok(sum + piece.len() as u64)).await?;
    ensure!(read_directly == object.size(), "the object was read in part");
    figures.print("blobs", "without a gateway", largest_mib as f64 / began.elapsed().as_secs_f64(), "MiB/s", conditions(largest_mib));
    jumps(figures, &origin, &object, conditions(largest_mib)).await
}

/// Reads a stretch here and there, each over a connection that is then closed; what came from the origin for each byte that was read.
async fn jumps(figures: &Figures, origin: &Origin, object: &Object, conditions: Value) -> anyhow::Result<()> {
    let gateway = Gateway::start(Bounds::default())?;
    let link = gateway.open(object)?;
    let (before, places) = (origin.bytes(), 8);
    let stretch = STRETCH.min(object.size() / places);
    for n in 0..places {
        reader::read(&link.url(), Some((object.size() / places * n, stretch))).await?;
    }
    let ratio = (origin.bytes() - before) as f64 / (places * stretch) as f64;
    figures.print("blobs", "gateway, fetched for a byte that was read (8 stretches of 5 MiB)", ratio, "bytes", conditions);
    Ok(())
}
