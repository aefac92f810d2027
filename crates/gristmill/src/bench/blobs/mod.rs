//! `bench blobs`: made-up objects of any size through the gateway; and, when blobs are in a bucket, that bucket beside other clients.

pub mod alone;
mod beside;
mod made_up;
mod needed;
mod origin;
mod peers;
mod place;
mod process;
mod reader;
mod table;

use std::time::Duration;

use gristmill_blob::provide_tls;
use gristmill_blob::s3::Settings;

use super::figures::Figures;
use crate::bench::args::BlobsArgs;
use crate::config::{BlobsUrl, Config};
use crate::failure::{failed, misused};
use crate::signals::Signals;
use place::Place;

const MIB: u64 = 1 << 20;

/// All figures.
pub async fn bench(config: &Config, figures: &Figures, args: &BlobsArgs) -> anyhow::Result<()> {
    provide_tls();
    let bucket = match &config.blobs {
        BlobsUrl::Bucket(settings) => Some(settings),
        BlobsUrl::Folder(_) if args.peers.is_some() => {
            return Err(misused("--peers are clients of a bucket, and blobs are in a folder", "set `blobs.url` to s3://bucket/prefix"));
        }
        BlobsUrl::Folder(_) => None,
    };
    made_up::bench(figures, args.largest_mib, Duration::from_millis(args.latency_ms)).await?;
    match bucket {
        Some(settings) => in_bucket(figures, settings, args).await,
        None => Ok(()),
    }
}

/// Figures of the bucket, which is left as it was found, also when this is interrupted.
async fn in_bucket(figures: &Figures, settings: &Settings, args: &BlobsArgs) -> anyhow::Result<()> {
    let (place, mut signals) = (Place::new(settings)?, Signals::new()?);
    let measured = async {
        beside::bench(figures, &place, args).await?;
        needed::bench(figures, &place, args.film_mib).await
    };
    let done = tokio::select! {
        done = measured => done,
        () = signals.next() => Err(failed("the measurement was interrupted", "run it again")),
    };
    place.clear().await?;
    done
}
