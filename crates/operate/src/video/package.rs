//! `video.package`: what the transcode made becomes fMP4 HLS, by copying encoded packets; no picture is encoded again.
//!
//! Segments are ffmpeg's; its playlists are read back, made exact and checked ([`super::playlist`]), and the master is ours
//! ([`super::master`]).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde_json::{Value, json};

use super::args::{self, Args};
use super::diagnosis::{self, Reading as Whose};
use super::ffmpeg::{self, Run};
use super::master::{self, Alternative, Variant};
use super::playlist::Playlist;
use super::rendition::Renditions;
use super::transcode::SOUND_FILE;
use crate::context::{Context, Input};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced, read_options};
use crate::sandbox::Finished;

/// Options of `video.package`.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Wanted length of segments; cuts fall on the first key frame at or after it.
    segment_seconds: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment_seconds: 6.0 }
    }
}

impl Settings {
    fn read(options: &Options) -> Result<Self, String> {
        let settings: Self = read_options(options)?;
        if !(1.0..=30.0).contains(&settings.segment_seconds) {
            return Err(format!("`segment_seconds` is {}, but goes from 1 to 30", settings.segment_seconds));
        }
        Ok(settings)
    }
}

/// One media playlist to be: a folder under `hls/`, and the stream of an input it is copied from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leg {
    folder: String,
    input: usize,
    select: String,
}

/// A media playlist that was made.
struct Made {
    playlist: Playlist,
    bytes: Vec<u64>,
}

/// The operation `video.package`.
pub(crate) struct Package;

#[async_trait]
impl Operation for Package {
    fn name(&self) -> &'static str {
        "video.package"
    }

    fn about(&self) -> &'static str {
        "HLS with fMP4 segments and a master playlist from what video.transcode made, without encoding again."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    /// Copying runs at the speed of the disk.
    fn estimate(&self, bytes: u64) -> Duration {
        Duration::from_millis(300 + bytes / 100_000)
    }

    /// It reads what was made of it.
    fn passes(&self) -> Option<u32> {
        Some(0)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings = Settings::read(options).map_err(|why| OperationError::bug("bad_options", why))?;
        let renditions = renditions(input)?;
        let files = files(input, &renditions)?;
        let legs = legs(&renditions);
        for leg in &legs {
            tokio::fs::create_dir_all(context.scratch.join("hls").join(&leg.folder)).await?;
        }
        let finished = copy(context, &files, &legs, &settings, &renditions).await?;
        complete(&finished, &renditions)?;
        let made = read_back(&context.scratch, &legs, &renditions).await?;
        check(&legs, &made, &renditions)?;
        let produced = finish(context, &renditions, &legs, &made, hdr_kept(input)).await?;
        let report =
            json!({ "measured": {}, "decided": { "segment_seconds": settings.segment_seconds }, "produced": produced, "warnings": [] });
        Ok(Outcome::Done(Produced { report, artifacts: drafts(&context.scratch, &legs, &made), ..Produced::default() }))
    }
}

/// What the transcode reported.
fn renditions(input: &Input) -> Result<Renditions, OperationError> {
    let missing =
        || OperationError::bug("step_missing", "There is nothing to package: this step must come after one that runs `video.transcode`.");
    let report = input.report_of("video.transcode").ok_or_else(missing)?;
    serde_json::from_value(report["produced"].clone()).map_err(|e| missing().because(e))
}

/// `SDR`, or what the transcode kept.
fn hdr_kept(input: &Input) -> &'static str {
    let report = input.report_of("video.transcode");
    let kept = report.is_some_and(|r| r["decided"]["picture"]["colour"] == "keep_hdr");
    match report.and_then(|r| r["measured"]["picture"]["hdr"].as_str()) {
        Some("pq") if kept => "PQ",
        Some("hlg") if kept => "HLG",
        _ => "SDR",
    }
}

/// The files to read, one a rung; sound alone has one of its own.
fn files(input: &Input, renditions: &Renditions) -> Result<Vec<PathBuf>, OperationError> {
    let mut names: Vec<String> = renditions.rungs.iter().map(|r| format!("{}.mp4", r.name)).collect();
    if names.is_empty() {
        names.push(SOUND_FILE.to_owned());
    }
    let path = |name: &String| input.artifacts_of("video.transcode").find(|a| a.name == *name).map(|a| a.path.clone());
    let lost =
        |name: &String| OperationError::bug("artifact_missing", format!("`{name}`, which an earlier step made, is not there any more."));
    names.iter().map(|n| path(n).ok_or_else(|| lost(n))).collect()
}

fn legs(renditions: &Renditions) -> Vec<Leg> {
    let rungs = renditions.rungs.iter().enumerate().map(|(n, r)| Leg { folder: r.name.clone(), input: n, select: "v:0".into() });
    let sounds = (0..renditions.sounds.len()).map(|n| Leg { folder: format!("audio-{}", n + 1), input: 0, select: format!("a:{n}") });
    rungs.chain(sounds).collect()
}

async fn copy(
    context: &Context,
    files: &[PathBuf],
    legs: &[Leg],
    settings: &Settings,
    renditions: &Renditions,
) -> Result<Finished, OperationError> {
    let mut largest = 0;
    for file in files {
        largest = largest.max(tokio::fs::metadata(file).await?.len());
    }
    let run = Run {
        args: arguments(files, legs, settings.segment_seconds),
        readable: files.to_vec(),
        connect: None,
        limits: ffmpeg::limits(Duration::from_secs(3600), (0, 0), largest * 2),
        whose: Whose::Own,
        duration_ms: renditions.rungs.first().map(|r| r.duration_ms).or_else(|| renditions.sounds.first().map(|s| s.duration_ms)),
    };
    ffmpeg::ffmpeg(context, run, &mut |reading| context.progress(reading.fraction, "packaging")).await
}

fn arguments(files: &[PathBuf], legs: &[Leg], seconds: f64) -> Vec<OsString> {
    let mut args = args::start();
    for file in files {
        args::own_input(&mut args, file);
    }
    for leg in legs {
        leg_arguments(&mut args, leg, seconds);
    }
    args.done()
}

/// Times. Encoders start before zero (reordered pictures, the priming of AAC). Each leg is muxed by itself, and left to
/// itself would be moved up by its own start, picture and sound by different amounts. So all legs are moved by the same ten
/// seconds, nothing is below zero, and segments carry these times as they are: no edit lists, which players read differently.
fn leg_arguments(args: &mut Args, leg: &Leg, seconds: f64) {
    args.add(["-map".to_owned(), format!("{}:{}", leg.input, leg.select)]);
    args.add(["-c", "copy", "-output_ts_offset", "10", "-f", "hls", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]);
    args.add(["-hls_segment_options", "movflags=+frag_discont:use_editlist=0:avoid_negative_ts=disabled"]);
    args.add(["-hls_flags", "independent_segments", "-start_number", "1", "-hls_fmp4_init_filename", "init.mp4"]);
    args.add(["-hls_time".to_owned(), seconds.to_string()]);
    args.add(["-hls_segment_filename".to_owned(), format!("hls/{}/seg_%05d.m4s", leg.folder)]);
    args.add([format!("hls/{}/index.m3u8", leg.folder)]);
}

/// Every picture of every rung is in its segments, by ffmpeg's own account.
fn complete(finished: &Finished, renditions: &Renditions) -> Result<(), OperationError> {
    for (n, rung) in renditions.rungs.iter().enumerate() {
        if let Some(found) = diagnosis::packets_muxed(&finished.stderr, n).filter(|found| *found != rung.frames) {
            return Err(faulty(format!("{} has {} frames, but its segments {found}", rung.name, rung.frames)));
        }
    }
    Ok(())
}

/// Reads ffmpeg's playlists, makes their figures exact, and writes them again.
async fn read_back(scratch: &Path, legs: &[Leg], renditions: &Renditions) -> Result<Vec<Made>, OperationError> {
    let mut all = Vec::new();
    for (n, leg) in legs.iter().enumerate() {
        let folder = scratch.join("hls").join(&leg.folder);
        let text = tokio::fs::read_to_string(folder.join("index.m3u8")).await?;
        let whole = renditions.rungs.get(n).map(|r| r.duration_ms as f64 / 1000.0);
        let playlist = Playlist::parse(&text).and_then(|p| p.exact(whole));
        let playlist = playlist.ok_or_else(|| faulty(format!("the playlist of {} cannot be read back", leg.folder)))?;
        tokio::fs::write(folder.join("index.m3u8"), playlist.render()).await?;
        let mut bytes = Vec::new();
        for segment in &playlist.segments {
            bytes.push(tokio::fs::metadata(folder.join(&segment.file)).await?.len());
        }
        all.push(Made { playlist, bytes });
    }
    Ok(all)
}

/// Playlists are complete, keep to their target, and are cut alike in all rungs.
fn check(legs: &[Leg], made: &[Made], renditions: &Renditions) -> Result<(), OperationError> {
    if let Some(fault) = made.iter().find_map(|m| m.playlist.fault()) {
        return Err(faulty(fault));
    }
    let rungs = &made[..renditions.rungs.len()];
    match rungs.iter().position(|m| !m.playlist.is_cut_like(&rungs[0].playlist)) {
        Some(other) => Err(faulty(format!("{} is cut at other times than {}", legs[other].folder, legs[0].folder))),
        None => Ok(()),
    }
}

fn faulty(what: String) -> OperationError {
    OperationError::bug("package_wrong", format!("Packaging went wrong: {what}. The result is withheld and made again."))
}

/// Writes the master playlist and answers what was produced.
async fn finish(
    context: &Context,
    renditions: &Renditions,
    legs: &[Leg],
    made: &[Made],
    range: &'static str,
) -> Result<Value, OperationError> {
    let (rungs, sounds) = made.split_at(renditions.rungs.len());
    let mut variants = Vec::new();
    for ((rung, leg), made) in renditions.rungs.iter().zip(legs).zip(rungs) {
        let init = tokio::fs::read(context.scratch.join("hls").join(&leg.folder).join(&made.playlist.init)).await?;
        variants.push(Variant {
            uri: format!("{}/index.m3u8", leg.folder),
            bandwidth: made.playlist.bandwidth(&made.bytes),
            size: (rung.width, rung.height),
            frame_rate: rung.frame_rate,
            codec: master::avc1(&init).ok_or_else(|| faulty(format!("{} does not name its codec", leg.folder)))?,
            range,
        });
    }
    let alternatives: Vec<Alternative> = renditions
        .sounds
        .iter()
        .zip(&legs[rungs.len()..])
        .zip(sounds)
        .map(|((track, leg), made)| Alternative {
            uri: format!("{}/index.m3u8", leg.folder),
            bandwidth: made.playlist.bandwidth(&made.bytes),
            language: track.language.clone(),
            channels: track.channels,
        })
        .collect();
    tokio::fs::write(context.scratch.join("hls/master.m3u8"), master::render(&variants, &alternatives)).await?;
    let told = legs.iter().zip(made).map(|(leg, m)| {
        let bandwidth = m.playlist.bandwidth(&m.bytes);
        json!({ "name": leg.folder, "segments": m.bytes.len(), "seconds": m.playlist.seconds(), "bytes": m.bytes.iter().sum::<u64>(), "bandwidth": bandwidth.peak, "average_bandwidth": bandwidth.average })
    });
    Ok(json!({ "renditions": told.collect::<Vec<_>>() }))
}

fn drafts(scratch: &Path, legs: &[Leg], made: &[Made]) -> Vec<Draft> {
    const PLAYLIST: &str = "application/vnd.apple.mpegurl";
    let draft = |name: String, media_type: &str| Draft { path: scratch.join(&name), name, media_type: media_type.to_owned() };
    let mut all = vec![draft("hls/master.m3u8".into(), PLAYLIST)];
    for (leg, made) in legs.iter().zip(made) {
        let media_type = if leg.select.starts_with('v') { "video/mp4" } else { "audio/mp4" };
        let at = |file: &str| format!("hls/{}/{file}", leg.folder);
        all.push(draft(at("index.m3u8"), PLAYLIST));
        all.push(draft(at(&made.playlist.init), media_type));
        all.extend(made.playlist.segments.iter().map(|s| draft(at(&s.file), "video/iso.segment")));
    }
    all
}
