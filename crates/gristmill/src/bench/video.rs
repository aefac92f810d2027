//! `bench video`: a clip to three rungs through the engine, in turn with one hand-written ffmpeg command that decodes once.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use gristmill_operate::Registry;
use serde_json::json;

use super::figures::Figures;
use super::images::ffmpeg;
use super::rig::{Rig, Rows, Source};
use crate::config::{Config, Synchronous};

const PIPELINE: &str = "name = \"bench\"\naccepts = [\"video\"]\n[[step]]\nid = \"transcode\"\nop = \"video.transcode\"\ntimeout = \"1h\"\n\
    options = { rungs = [1080, 720, 360], preset = \"veryfast\", crf = 23 }\n";
/// What a person would type for the same result: decode once, scale twice, three encoders, key frames every two seconds.
const GRAPH: &str = "[0:v]split=3[v0][m0][l0];[m0]scale=-2:720[v1];[l0]scale=-2:360[v2]";

/// Wall seconds both ways, and their ratio.
pub async fn bench(config: &Config, figures: &Figures, source: Option<&Path>, seconds: u32, rounds: u32) -> anyhow::Result<()> {
    let rig = Rig::start(config, PIPELINE, Registry::standard(), &Rows::Sqlite(Synchronous::Full)).await?;
    let clip = match source {
        Some(file) => file.to_owned(),
        None => make(rig.folder(), seconds).await?,
    };
    let stored = rig.store(&clip).await?;
    let (mut engine, mut hand) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds.max(1) {
        hand = hand.min(by_hand(&clip, rig.folder()).await?);
        engine = engine.min(by_engine(&rig, &stored).await?);
    }
    let clip_said = source.map_or_else(|| format!("{seconds} s of 1920x1080 at 30 frames/s with sound"), |f| f.display().to_string());
    let conditions = json!({"clip": clip_said, "to": "1080, 720, 360; H.264 veryfast crf 23; AAC", "rounds": rounds, "counted": "the fastest round", "order": "in turn"});
    figures.print("video", "engine", engine, "s", conditions.clone());
    figures.print("video", "one ffmpeg command", hand, "s", conditions.clone());
    figures.print("video", "ratio", engine / hand, "x", conditions);
    rig.mill.drain(std::time::Duration::ZERO).await;
    Ok(())
}

async fn by_engine(rig: &Rig, source: &Source) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let job = rig.submit("bench", std::slice::from_ref(source)).await?;
    rig.ended(job).await?;
    Ok(begun.elapsed().as_secs_f64())
}

async fn by_hand(clip: &Path, folder: &Path) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let clip = clip.to_str().context("the clip's path is not UTF-8")?;
    let out = |n: &str| folder.join(n).to_string_lossy().into_owned();
    let (full, middle) = (out("1080.mp4"), out("720.mp4"));
    let codec = "-c:v libx264 -preset veryfast -crf 23 -force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 128k -movflags +faststart";
    let codec: Vec<&str> = codec.split(' ').collect();
    let mut args = vec!["-i", clip, "-filter_complex", GRAPH, "-map", "[v0]", "-map", "0:a?"];
    args.extend(&codec);
    args.extend([full.as_str(), "-map", "[v1]", "-map", "0:a?"]);
    args.extend(&codec);
    args.extend([middle.as_str(), "-map", "[v2]", "-map", "0:a?"]);
    args.extend(&codec);
    ffmpeg(&args, &folder.join("360.mp4")).await?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Moving test patterns with noise, so that the encoder has the work a camera would give it.
async fn make(folder: &Path, seconds: u32) -> anyhow::Result<PathBuf> {
    let clip = folder.join("clip.mp4");
    let (picture, sound) = (
        format!("testsrc2=size=1920x1080:rate=30:duration={seconds},noise=alls=8:allf=t"),
        format!("sine=frequency=440:duration={seconds}"),
    );
    let args = [
        "-f",
        "lavfi",
        "-i",
        &picture,
        "-f",
        "lavfi",
        "-i",
        &sound,
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "20",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
    ];
    ffmpeg(&args, &clip).await?;
    Ok(clip)
}
