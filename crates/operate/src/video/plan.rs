//! The plan: from what a source is and what the step's options ask to what will be made. Pure; [`super::args`] turns it into
//! arguments, and it stands as `decided` in the report.

use serde::{Deserialize, Serialize};

use super::ladder::{self, Rung};
use super::source::{Dropped, Hdr, Picture, Ratio, Sound, Source};
use crate::operation::{Options, read_options};

/// Sound tracks kept; more are dropped and said so.
const MOST_SOUNDS: usize = 8;
/// The fastest rate that `frames = "constant"` makes.
const FASTEST: f64 = 60.0;

/// How x264 trades time for size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Preset {
    Ultrafast,
    Superfast,
    Veryfast,
    Faster,
    Fast,
    Medium,
    Slow,
}

impl Preset {
    /// The encoder's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
            Self::Slow => "slow",
        }
    }
}

/// What becomes of the times of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Frames {
    /// Every frame once, at its own time.
    Keep,
    /// One frame every 1/rate: frames are doubled or left out.
    Constant,
}

/// What becomes of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HdrPolicy {
    /// Mapped to BT.709 in 8 bits, which every screen shows.
    Tonemap,
    /// Kept in 10 bits with its colour tags. Many browsers do not play it.
    Keep,
    /// The file is refused.
    Refuse,
}

/// Options of `video.transcode`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Short sides to make, as far as the source allows.
    pub rungs: Vec<u32>,
    /// x264 preset.
    pub preset: Preset,
    /// x264 constant rate factor; lower is better and larger.
    pub crf: u8,
    /// Seconds between forced key frames, the same in all rungs.
    pub keyframe_seconds: f64,
    /// What becomes of the times of frames.
    pub frames: Frames,
    /// What becomes of high dynamic range.
    pub hdr: HdrPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rungs: ladder::STANDARD.to_vec(),
            preset: Preset::Veryfast,
            crf: 23,
            keyframe_seconds: 2.0,
            frames: Frames::Keep,
            hdr: HdrPolicy::Tonemap,
        }
    }
}

impl Settings {
    /// Reads and checks a step's options. The error back-quotes the option.
    pub(crate) fn read(options: &Options) -> Result<Self, String> {
        let settings: Self = read_options(options)?;
        let rung_ok = |r: &u32| (144..=4320).contains(r) && r.is_multiple_of(2);
        if settings.rungs.is_empty() || settings.rungs.len() > 8 || !settings.rungs.iter().all(rung_ok) {
            return Err("`rungs` takes one to eight even short sides from 144 to 4320, such as [1080, 720, 480, 360]".into());
        }
        if settings.crf > 51 {
            return Err(format!("`crf` is {}, but goes from 0 (lossless) to 51 (worst); 23 is usual", settings.crf));
        }
        if !(0.5..=10.0).contains(&settings.keyframe_seconds) {
            return Err(format!("`keyframe_seconds` is {}, but goes from 0.5 to 10", settings.keyframe_seconds));
        }
        Ok(settings)
    }
}

/// What becomes of the picture's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Colour {
    /// 8-bit 4:2:0; more bits or finer chroma are reduced.
    Sdr,
    /// High dynamic range mapped to BT.709, then as above.
    Tonemap,
    /// 10-bit 4:2:0 with the source's tags.
    KeepHdr,
}

/// The picture's part of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct PicturePlan {
    /// The source's stream.
    pub stream: u32,
    /// Sizes, largest first.
    pub rungs: Vec<Rung>,
    /// Colours.
    pub colour: Colour,
    /// Whether full-range samples are brought to video range.
    pub narrow_range: bool,
    /// Times of frames.
    pub frames: Frames,
    /// The rate made, when constant.
    pub constant_rate: Option<Ratio>,
    /// The rate reckoned with for levels.
    pub level_rate: f64,
    /// x264 preset.
    pub preset: Preset,
    /// x264 constant rate factor.
    pub crf: u8,
    /// Seconds between key frames.
    pub keyframe_seconds: f64,
}

/// A sound track's part of a plan: AAC, at most two channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct SoundPlan {
    /// The source's stream.
    pub stream: u32,
    /// 1 or 2; more are mixed down to 2.
    pub channels: u32,
    /// 44100 or 48000.
    pub sample_rate: u32,
    /// ISO 639-2, if known.
    pub language: Option<String>,
}

/// What will be made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Plan {
    /// The picture; `None` for sound alone.
    pub picture: Option<PicturePlan>,
    /// Sound tracks, the default first.
    pub sounds: Vec<SoundPlan>,
    /// Streams that will not be in the results.
    pub dropped: Vec<Dropped>,
}

/// Why there is no plan: a code and a sentence for the owner.
pub(crate) type Refusal = (&'static str, String);

/// Decides what to make.
pub(crate) fn plan(source: &Source, settings: &Settings) -> Result<Plan, Refusal> {
    let picture = source.picture.as_ref().map(|p| picture(p, settings)).transpose()?;
    // A file of sound alone becomes one audio.m4a, and that holds one track.
    let most = if picture.is_some() { MOST_SOUNDS } else { 1 };
    let (sounds, many) = sounds(&source.sounds, most);
    if picture.is_none() && sounds.is_empty() {
        return Err(("no_streams", "The file has neither a picture nor a sound track that can be decoded.".into()));
    }
    Ok(Plan { picture, sounds, dropped: source.dropped.iter().cloned().chain(many).collect() })
}

fn picture(picture: &Picture, settings: &Settings) -> Result<PicturePlan, Refusal> {
    let colour = match (picture.hdr, settings.hdr) {
        (Some(kind), HdrPolicy::Refuse) => return Err(refused(kind)),
        (Some(_), HdrPolicy::Tonemap) => Colour::Tonemap,
        (Some(_), HdrPolicy::Keep) => Colour::KeepHdr,
        (None, _) => Colour::Sdr,
    };
    let constant_rate = (settings.frames == Frames::Constant).then(|| constant(picture));
    Ok(PicturePlan {
        stream: picture.stream,
        rungs: ladder::ladder(picture.display, &settings.rungs),
        colour,
        narrow_range: picture.full_range && colour == Colour::Sdr,
        frames: settings.frames,
        constant_rate,
        level_rate: constant_rate.map_or_else(|| picture.rate(), Ratio::value),
        preset: settings.preset,
        crf: settings.crf,
        keyframe_seconds: settings.keyframe_seconds,
    })
}

fn refused(kind: Hdr) -> Refusal {
    let kind = match kind {
        Hdr::Pq => "HDR10 (PQ)",
        Hdr::Hlg => "HLG",
    };
    ("hdr_refused", format!("The picture is {kind}, which this pipeline refuses. Upload a standard dynamic range version."))
}

/// The source's average rate, at most [`FASTEST`]; 30 when it is not believable.
fn constant(picture: &Picture) -> Ratio {
    let fits = |r: &Ratio| (1.0..=FASTEST).contains(&r.value());
    let fallback = if picture.rate() > FASTEST { 60 } else { 30 };
    picture.average_rate.filter(fits).unwrap_or(Ratio { num: fallback, den: 1 })
}

/// The default track first, the others in their order; what is beyond the limit is dropped.
fn sounds(found: &[Sound], most: usize) -> (Vec<SoundPlan>, Vec<Dropped>) {
    let mut ordered: Vec<&Sound> = found.iter().collect();
    ordered.sort_by_key(|s| !s.default);
    let (kept, many) = ordered.split_at(ordered.len().min(most));
    let why = if most == 1 {
        "only the default track is kept of a file without a picture".into()
    } else {
        format!("only {most} sound tracks are kept")
    };
    let drop = |s: &&Sound| Dropped { stream: s.stream, kind: "audio".into(), why: why.clone() };
    (kept.iter().map(|s| sound(s)).collect(), many.iter().map(drop).collect())
}

fn sound(sound: &Sound) -> SoundPlan {
    SoundPlan {
        stream: sound.stream,
        channels: sound.channels.clamp(1, 2),
        sample_rate: if sound.sample_rate == 44_100 { 44_100 } else { 48_000 },
        language: sound.language.clone(),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
