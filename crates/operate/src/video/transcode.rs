//! `video.transcode`: one decode, every rung and every sound track encoded once, progressive MP4s out, each verified.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde_json::json;

use super::diagnosis::{self, Reading as Whose};
use super::ffmpeg::{self, Run};
use super::plan::{Plan, Settings, plan};
use super::rendition::{Account, Renditions};
use super::source::Source;
use super::{args, inspect, verify};
use crate::context::{Context, Input};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced};
use crate::sandbox::Finished;
use crate::source::file_url;

/// The sound's own file.
pub(crate) const SOUND_FILE: &str = "audio.m4a";
/// Longest wall time; the step's own time-out is usually shorter.
const WALL: Duration = Duration::from_secs(6 * 3600);
/// No single result is larger than this, or than twenty times the source.
const FILE_BYTES: u64 = 4 << 30;

/// The operation `video.transcode`.
pub(crate) struct Transcode;

#[async_trait]
impl Operation for Transcode {
    fn name(&self) -> &'static str {
        "video.transcode"
    }

    fn about(&self) -> &'static str {
        "H.264 and AAC in MP4 at every size of the ladder, decoded once, key frames aligned, frames counted."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::CpuLarge
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    /// About a second for each megabyte of a usual 1080p recording (8 Mbit/s) on two cores.
    fn estimate(&self, bytes: u64) -> Duration {
        Duration::from_millis(1000 + bytes / 1000)
    }

    fn passes(&self) -> Option<u32> {
        Some(1)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings = Settings::read(options).map_err(|why| OperationError::bug("bad_options", why))?;
        let source = inspect::source(context, input).await?;
        let plan = plan(&source, &settings).map_err(|(code, why)| OperationError::input(code, why))?;
        let finished = encode(context, input, &source, &plan).await?;
        let made = measure(context, &plan, &finished).await?;
        let mut warnings = diagnosis::warnings(&finished.stderr);
        warnings.extend(verify::verify(&plan, &made, source.duration_ms)?);
        let report = json!({ "measured": source, "decided": plan, "produced": made, "warnings": warnings });
        Ok(Outcome::Done(Produced { report, artifacts: drafts(&context.scratch, &plan), ..Produced::default() }))
    }
}

async fn encode(context: &Context, input: &Input, source: &Source, plan: &Plan) -> Result<Finished, OperationError> {
    let size = source.picture.as_ref().map_or((0, 0), |p| p.coded);
    let run = Run {
        args: args::transcode(source, plan, &input.source),
        readable: input.source.readable(),
        connect: input.source.port(),
        limits: ffmpeg::limits(WALL, size, FILE_BYTES.max(input.bytes.saturating_mul(20))),
        whose: Whose::Source,
        duration_ms: source.duration_ms,
    };
    let what = phase(plan);
    context.progress(0.0, &what);
    ffmpeg::ffmpeg(context, run, &mut |reading| {
        // The last hundredth is for measuring what was made.
        context.progress(reading.fraction * 0.99, &format!("{what} ({:.1}x)", reading.speed));
    })
    .await
}

/// "encoding 1080p, 720p".
fn phase(plan: &Plan) -> String {
    let names: Vec<String> = plan.picture.iter().flat_map(|p| &p.rungs).map(|r| r.name()).collect();
    if names.is_empty() { "encoding sound".to_owned() } else { format!("encoding {}", names.join(", ")) }
}

/// Measures every file that was made.
async fn measure(context: &Context, plan: &Plan, finished: &Finished) -> Result<Renditions, OperationError> {
    context.progress(0.99, "checking");
    let mut made = Renditions::default();
    if let Some(picture) = &plan.picture {
        made.frames_decoded = diagnosis::frames_decoded(&finished.stderr, picture.stream);
        for rung in &picture.rungs {
            let path = context.scratch.join(format!("{}.mp4", rung.name()));
            let account = account(context, &path).await?;
            let bytes = tokio::fs::metadata(&path).await?.len();
            made.rungs.extend(account.rendition(&rung.name(), bytes));
            made.sounds = account.tracks();
        }
    } else {
        made.sounds = account(context, &context.scratch.join(SOUND_FILE)).await?.tracks();
    }
    Ok(made)
}

async fn account(context: &Context, path: &Path) -> Result<Account, OperationError> {
    const ENTRIES: &str = "stream=codec_type,width,height,nb_frames,duration,bit_rate,channels,sample_rate:stream_tags=language";
    let mut words: Vec<OsString> =
        ["-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-show_entries", ENTRIES, "-of", "json"].map(Into::into).to_vec();
    words.push(file_url(path));
    let json = ffmpeg::ffprobe(context, words, vec![path.to_path_buf()]).await?;
    Account::parse(&json)
        .ok_or_else(|| OperationError::bug("result_unreadable", "What was encoded cannot be read back; it is withheld and made again."))
}

fn drafts(scratch: &Path, plan: &Plan) -> Vec<Draft> {
    let draft = |name: String, media_type: &str| {
        let path: PathBuf = scratch.join(&name);
        Draft { name, media_type: media_type.to_owned(), path }
    };
    let rungs = plan.picture.iter().flat_map(|p| &p.rungs).map(|r| draft(format!("{}.mp4", r.name()), "video/mp4"));
    let sound = (!plan.sounds.is_empty()).then(|| draft(SOUND_FILE.to_owned(), "audio/mp4"));
    rungs.chain(sound).collect()
}
