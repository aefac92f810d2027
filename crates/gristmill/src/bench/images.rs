//! `bench images`: large JPEGs to 720 wide in the engine's child pool on all cores, beside sharp on the same files if it is given.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use gristmill_operate::Registry;
use serde_json::json;
use tokio::process::Command;

use super::conditions::peak_bytes;
use super::figures::Figures;
use super::rig::{Rig, Rows};
use crate::config::{Config, Synchronous};
use crate::wiring::cores;

const PIPELINE: &str = "name = \"bench\"\naccepts = [\"image\"]\n[[step]]\nid = \"resize\"\nop = \"image.resize\"\n\
    options = { sizes = [{ name = \"w720\", width = 720 }], formats = [\"jpeg\"], quality = 80 }\n";
/// Different inputs, so that no cache helps.
const IMAGES: u32 = 24;
/// The size of sharp's own benchmark image.
const SIZE: &str = "2725x2225";
/// Reads the file names given to it, resizes all of them `rounds` times with one operation a core, and prints the seconds.
const SHARP: &str = r"
const sharp = require(process.argv[1] + '/sharp');
const [rounds, cores, ...files] = process.argv.slice(2);
sharp.concurrency(1); sharp.cache(false);
const all = []; for (let i = 0; i < +rounds; i++) all.push(...files);
const out = require('fs').mkdtempSync(require('os').tmpdir() + '/gristmill-sharp-');
const one = (f, n) => sharp(f).rotate().resize(720).jpeg({ quality: 80 }).toFile(`${out}/${n}.jpg`);
const lane = async () => { while (all.length) await one(all.pop(), all.length); };
(async () => { await one(files[0], 'warm'); const t = process.hrtime.bigint();
  await Promise.all(Array.from({ length: +cores }, lane));
  console.log(Number(process.hrtime.bigint() - t) / 1e9); require('fs').rmSync(out, { recursive: true }); })();
";

/// Images a second, peak memory, and the ratio to sharp.
pub async fn bench(config: &Config, figures: &Figures, dir: Option<&Path>, rounds: u32, sharp: Option<&Path>) -> anyhow::Result<()> {
    let rig = Rig::start(config, PIPELINE, Registry::standard(), &Rows::Sqlite(Synchronous::Full)).await?;
    let files = match dir {
        Some(dir) => jpegs(dir)?,
        None => make(&rig.folder().join("images")).await?,
    };
    let rate = measure(&rig, &files, rounds).await?;
    let conditions = json!({"images": files.len(), "rounds": rounds, "size": if dir.is_some() { "as given" } else { SIZE }, "to": "720 wide, JPEG quality 80", "synchronous": "full", "uploads": "stored before the clock starts"});
    figures.print("images", "rate", rate, "images/s", conditions.clone());
    if let Some(peak) = peak_bytes() {
        figures.print("images", "worker peak memory", peak as f64 / f64::from(1 << 20), "MiB", conditions.clone());
    }
    if let Some(modules) = sharp {
        let seconds = run_sharp(modules, &files, rounds).await?;
        let theirs = files.len() as f64 * f64::from(rounds) / seconds;
        figures.print("images", "sharp rate", theirs, "images/s", conditions.clone());
        figures.print("images", "ratio to sharp", rate / theirs, "x", conditions);
    }
    rig.mill.drain(std::time::Duration::ZERO).await;
    Ok(())
}

async fn measure(rig: &Rig, files: &[PathBuf], rounds: u32) -> anyhow::Result<f64> {
    let mut sources = Vec::new();
    for file in files {
        sources.push(rig.store(file).await?);
    }
    let warm = sources.len().min(2 * cores() as usize);
    rig.ended(rig.submit("bench", &sources[..warm]).await?).await?;
    let all: Vec<_> = (0..rounds).flat_map(|_| sources.iter().cloned()).collect();
    let begun = Instant::now();
    rig.ended(rig.submit("bench", &all).await?).await?;
    Ok(all.len() as f64 / begun.elapsed().as_secs_f64())
}

fn jpegs(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    let paths = entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    let jpeg = |p: &PathBuf| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("jpg") || e.eq_ignore_ascii_case("jpeg"));
    let mut found: Vec<PathBuf> = paths.into_iter().filter(jpeg).collect();
    found.sort();
    ensure!(!found.is_empty(), "{} has no .jpg", dir.display());
    Ok(found)
}

/// A fractal has edges and smooth areas as a photograph has; a little noise makes every one differ everywhere.
async fn make(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let seed = folder.join("seed.png");
    ffmpeg(&["-f", "lavfi", "-i", &format!("mandelbrot=size={SIZE}:rate=1:start_scale=0.8"), "-frames:v", "1"], &seed).await?;
    let mut files = Vec::new();
    for n in 0..IMAGES {
        let (file, filter) = (folder.join(format!("{n}.jpg")), format!("hue=h={},noise=alls=12:all_seed={n},format=yuvj420p", n * 15));
        ffmpeg(&["-i", &seed.to_string_lossy(), "-vf", &filter, "-q:v", "3"], &file).await?;
        files.push(file);
    }
    Ok(files)
}

/// Runs ffmpeg on material of our own making.
pub(super) async fn ffmpeg(args: &[&str], out: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(args).arg(out).stdin(Stdio::null()).kill_on_drop(true);
    let ended = command.output().await.context("ffmpeg cannot be started; `gristmill doctor` says how to install it")?;
    ensure!(ended.status.success(), "ffmpeg failed: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

async fn run_sharp(modules: &Path, files: &[PathBuf], rounds: u32) -> anyhow::Result<f64> {
    let modules = std::fs::canonicalize(modules).with_context(|| modules.display().to_string())?;
    let mut command = Command::new("node");
    command.args(["-e", SHARP]).arg(modules).arg(rounds.to_string()).arg(cores().to_string()).args(files).kill_on_drop(true);
    let said = command.output().await.context("node cannot be started")?;
    ensure!(said.status.success(), "sharp failed: {}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).trim().parse().context("sharp's time could not be read")
}
