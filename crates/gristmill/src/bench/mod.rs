//! `bench`: measures this machine through the real engine, and prints each figure with its conditions.

pub mod args;
mod blobs;
mod conditions;
mod documents;
mod figures;
mod images;
mod messages;
mod reporting;
mod rig;
mod specimens;
mod stamp;
mod tasks;
mod usage;
mod video;

use crate::config::Config;
use crate::exit::Exit;
use args::{Bench, BenchArgs};
use figures::Figures;

/// Runs one of them.
pub async fn bench(args: BenchArgs, config: &Config) -> anyhow::Result<Exit> {
    let figures = Figures::new(args.json);
    figures.warn();
    match args.what {
        Bench::Tasks(args) => tasks::bench(config, &figures, &args).await?,
        Bench::Images { dir, rounds, sharp } => images::bench(config, &figures, dir.as_deref(), rounds, sharp.as_deref()).await?,
        Bench::Documents(args) => documents::bench(config, &figures, &args).await?,
        Bench::Specimens(args) => specimens::write(&args)?,
        Bench::Messages { jobs } => messages::bench(config, &figures, jobs).await?,
        Bench::Blobs(args) => blobs::bench(config, &figures, &args).await?,
        Bench::BlobsAlone { work } => blobs::alone::work(config, work).await?,
        Bench::Video { source, seconds, rounds } => video::bench(config, &figures, source.as_deref(), seconds, rounds).await?,
    }
    Ok(Exit::Done)
}
