//! `bench blobs-alone`: one piece of our own work, in a fresh process that prints its seconds.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use futures::TryStreamExt;
use gristmill_blob::{Key, provide_tls, pull};
use gristmill_gateway::{Bounds, Gateway};
use gristmill_operate::Registry;
use tokio::process::Command;

use super::made_up::web;
use super::reader::read;
use crate::bench::args::Alone;
use crate::bench::rig::{Rig, Rows};
use crate::config::{Config, Synchronous};
use crate::print::line;
use crate::wiring::open_blobs;

/// Never run: the worker only has to be there.
const PIPELINE: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"check\"\nop = \"file.check\"\n";

/// This program again for such work, with all its files in `folder`.
pub fn command<S: AsRef<OsStr>>(folder: &Path, work: impl IntoIterator<Item = S>) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("the path of this program is not known")?);
    command.args(["bench", "blobs-alone"]).args(work).env("GRISTMILL_DATA", folder).env("TMPDIR", folder);
    Ok(command)
}

/// Does it, and prints how many seconds it took.
pub async fn work(config: &Config, what: Alone) -> anyhow::Result<()> {
    provide_tls();
    let seconds = match what {
        Alone::Through { url } => through(config, &url).await?,
        Alone::Send { file, key } => send(config, &file, &key.parse()?).await?,
        Alone::Fetch { key, file, sha256 } => fetch(config, &key.parse()?, &file, sha256.as_deref()).await?,
        Alone::Stream { key } => stream(config, &key.parse()?).await?,
    };
    line(&seconds.to_string());
    Ok(())
}

/// An object read through a gateway in a process that is a worker too.
async fn through(config: &Config, url: &str) -> anyhow::Result<f64> {
    let rig = Rig::start(config, PIPELINE, Registry::standard(), &Rows::Sqlite(Synchronous::Full)).await?;
    let object = web()?.open(url).await?;
    let gateway = Gateway::start(Bounds::default())?;
    let began = Instant::now();
    let link = gateway.open(&object)?;
    read(&link.url(), None).await?;
    let seconds = began.elapsed().as_secs_f64();
    ensure!(link.counts().served >= object.size() && link.error().is_none(), "the object was read in part");
    rig.mill.drain(std::time::Duration::ZERO).await;
    Ok(seconds)
}

/// A file that stays, as an upload's is sent.
async fn send(config: &Config, file: &Path, key: &Key) -> anyhow::Result<f64> {
    let blobs = open_blobs(config)?;
    let link = blobs.spool().join("sent");
    std::fs::hard_link(file, &link)?;
    let began = Instant::now();
    blobs.put_file(key, &link).await?;
    Ok(began.elapsed().as_secs_f64())
}

/// An object into a file, as a worker fetches its input: checked if it is known what its bytes must be.
async fn fetch(config: &Config, key: &Key, file: &Path, sha256: Option<&str>) -> anyhow::Result<f64> {
    let blobs = open_blobs(config)?;
    let began = Instant::now();
    pull(&blobs.object(key).await?, file, sha256).await?;
    Ok(began.elapsed().as_secs_f64())
}

/// An object's bytes in order, without a file.
async fn stream(config: &Config, key: &Key) -> anyhow::Result<f64> {
    let blobs = open_blobs(config)?;
    let began = Instant::now();
    let object = blobs.object(key).await?;
    let read = object.stream(0..object.size()).try_fold(0, async |sum, piece| Ok(sum + piece.len() as u64)).await?;
    ensure!(read == object.size(), "the object was read in part");
    Ok(began.elapsed().as_secs_f64())
}
