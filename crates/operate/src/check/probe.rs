//! What is in a file of sound or video: ffprobe in the sandbox, told which demuxer to use and to open nothing else.
//!
//! Used by `file.check` and by `video.probe`. What ffprobe says is read in [`super::stated`]; whether it is acceptable is left to
//! the callers.

use std::ffi::OsString;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::sniff::Sniffed;
use super::stated;
use crate::context::Context;
use crate::operation::OperationError;
use crate::sandbox::{Limits, Tool};
use crate::source::Source;

/// What a file of sound or video holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Probe {
    /// The format by our own sniffing.
    pub(crate) format: String,
    /// How long it lasts; measured from its packets where the container says nothing or nothing believable.
    pub(crate) duration_ms: Option<u64>,
    /// Whether [`Self::duration_ms`] was measured rather than read from the container's header.
    pub(crate) duration_measured: bool,
    /// Its streams, in the order of the container.
    pub(crate) streams: Vec<Stream>,
}

impl Probe {
    /// The first stream of moving pictures; cover pictures do not count.
    pub(crate) fn video(&self) -> Option<&Stream> {
        self.streams.iter().find(|s| s.kind == StreamKind::Video && s.usable())
    }

    /// The streams of sound that can be decoded.
    pub(crate) fn audio(&self) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(|s| s.kind == StreamKind::Audio && s.usable())
    }
}

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StreamKind {
    /// Pictures; also a cover picture, see [`Stream::attached_pic`].
    Video,
    /// Sound.
    Audio,
    /// Text or pictures of text.
    Subtitle,
    /// Measurements, time codes, chapters.
    Data,
    /// A file inside the file, such as a font.
    Attachment,
}

/// One stream. What the container does not say, or says absurdly, is `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    /// Its number in the container: the `n` of `-map 0:n`.
    pub(crate) index: u32,
    /// What it carries.
    pub(crate) kind: StreamKind,
    /// The codec by ffmpeg's name; `None` when ffmpeg has no name for it.
    pub(crate) codec: Option<String>,
    /// Its own duration by the header.
    pub(crate) duration_ms: Option<u64>,
    /// Width in pixels as coded, before rotation.
    pub(crate) width: Option<u32>,
    /// Height in pixels as coded, before rotation.
    pub(crate) height: Option<u32>,
    /// Width and height of one pixel, as a ratio.
    pub(crate) sar: Option<(u32, u32)>,
    /// Degrees by which the picture must be turned clockwise to stand upright: 0, 90, 180 or 270.
    pub(crate) rotation: u32,
    /// Whether the display matrix also mirrors the picture.
    pub(crate) mirrored: bool,
    /// The base frame rate, as a ratio; for a variable rate the lowest one all frames fit on.
    pub(crate) r_frame_rate: Option<(u32, u32)>,
    /// The average frame rate, as a ratio.
    pub(crate) avg_frame_rate: Option<(u32, u32)>,
    /// Whether the two rates differ by more than a hundredth: a guess that the frame rate varies.
    pub(crate) variable_rate: bool,
    /// The pixel format by ffmpeg's name.
    pub(crate) pix_fmt: Option<String>,
    /// Bits of one sample.
    pub(crate) bits: Option<u32>,
    /// Transfer characteristics: `smpte2084` and `arib-std-b67` mean HDR.
    pub(crate) color_transfer: Option<String>,
    /// Colour primaries.
    pub(crate) color_primaries: Option<String>,
    /// Matrix coefficients.
    pub(crate) color_space: Option<String>,
    /// Full or limited range: `pc`, `tv`.
    pub(crate) color_range: Option<String>,
    /// Channels of sound.
    pub(crate) channels: Option<u32>,
    /// Samples a second.
    pub(crate) sample_rate: Option<u32>,
    /// ISO 639 language, unless it is undetermined.
    pub(crate) language: Option<String>,
    /// Whether players choose it by default.
    pub(crate) default: bool,
    /// Whether it is a cover picture rather than moving pictures.
    pub(crate) attached_pic: bool,
    /// Frames by the header.
    pub(crate) nb_frames: Option<u64>,
}

impl Stream {
    /// Whether there is something to decode: a named codec, and pictures with a size or sound with channels.
    pub(crate) fn usable(&self) -> bool {
        let full = match self.kind {
            StreamKind::Video => !self.attached_pic && self.width.is_some() && self.height.is_some(),
            StreamKind::Audio => self.channels.is_some() && self.sample_rate.is_some(),
            _ => false,
        };
        full && self.codec.is_some()
    }
}

/// Reading headers is quick; what takes longer is built to.
const HEADER: Limits = Limits::GLANCE;

/// Reading all packets takes as long as reading the file.
const PACKETS: Limits =
    Limits { cpu: Duration::from_secs(240), wall: Duration::from_secs(270), silence: Duration::from_secs(60), ..Limits::GLANCE };

/// A container that claims less than this many bits for each second it lasts is not believed: the thinnest speech codec needs 700.
const BELIEVABLE_BITS_A_SECOND: u64 = 400;

/// Probes what was sniffed as `sniffed`.
///
/// # Errors
/// Input `type_not_accepted` for what is no sound or video, `damaged` when its demuxer cannot read it, `no_usable_stream` when it
/// holds no stream that can be decoded; else those of [`Sandbox::run`](crate::sandbox::Sandbox::run).
pub(crate) async fn probe(context: &Context, source: &Source, sniffed: Sniffed) -> Result<Probe, OperationError> {
    let shown = ffprobe(context, source, sniffed, &HEADER, &["-show_format", "-show_streams", "-of", "json"], &mut |_| {}).await?;
    let mut probe = stated::read(&shown, sniffed.format).ok_or_else(|| damaged(sniffed))?;
    if probe.video().is_none() && probe.audio().next().is_none() {
        return Err(OperationError::input(
            "no_usable_stream",
            format!("The file is a {} container, but no sound or moving pictures in it can be decoded.", sniffed.format),
        ));
    }
    let bytes = source.bytes().await?;
    if !believable(probe.duration_ms, bytes) {
        probe.duration_ms = measure(context, source, sniffed).await?;
        probe.duration_measured = true;
    }
    Ok(probe)
}

fn believable(duration_ms: Option<u64>, bytes: u64) -> bool {
    duration_ms.is_some_and(|ms| bytes.saturating_mul(8) >= (ms / 1000).saturating_mul(BELIEVABLE_BITS_A_SECOND))
}

/// How long the file lasts by the times of its packets; `None` when it has none.
///
/// # Errors
/// As for [`probe`].
pub(crate) async fn measure(context: &Context, source: &Source, sniffed: Sniffed) -> Result<Option<u64>, OperationError> {
    let mut span = stated::Span::default();
    let arguments = ["-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0"];
    ffprobe(context, source, sniffed, &PACKETS, &arguments, &mut |line| span.add(line)).await?;
    Ok(span.milliseconds())
}

async fn ffprobe(
    context: &Context,
    source: &Source,
    sniffed: Sniffed,
    limits: &Limits,
    show: &[&str],
    on_line: &mut (dyn FnMut(&str) + Send),
) -> Result<String, OperationError> {
    let Some(demuxer) = sniffed.demuxer() else {
        return Err(OperationError::input(
            "type_not_accepted",
            format!("The file is {}, which holds neither sound nor moving pictures.", sniffed.media_type),
        ));
    };
    let tool = Tool {
        program: "ffprobe".into(),
        args: arguments(source, demuxer, show),
        readable: source.readable(),
        writable: None,
        socket: None,
        connect: source.port(),
    };
    let ended = context.tools.sandbox.run(&tool, limits, &context.cancel, on_line).await?;
    tracing::debug!(code = ended.code, signal = ended.signal, stderr = %ended.stderr, "ffprobe ended");
    if ended.success { Ok(ended.stdout) } else { Err(damaged(sniffed).because(format!("ffprobe: {}", ended.stderr))) }
}

/// The demuxer is forced and alone on the list, and so is the protocol.
fn arguments(source: &Source, demuxer: &str, show: &[&str]) -> Vec<OsString> {
    let quiet = ["-v", "error", "-hide_banner"];
    let forced = ["-format_whitelist", demuxer, "-f", demuxer];
    let mut arguments: Vec<OsString> = quiet.iter().chain(source.options()).chain(&forced).chain(show).map(OsString::from).collect();
    arguments.extend(["-i".into(), source.url()]);
    arguments
}

fn damaged(sniffed: Sniffed) -> OperationError {
    OperationError::input(
        "damaged",
        format!("The file begins as {} but cannot be read as that: it is damaged or cut off. Export or upload it again.", sniffed.format),
    )
}

#[cfg(test)]
mod tests {
    use super::believable;

    #[test]
    fn a_day_in_a_hundred_kilobytes_is_not_believed_and_six_quiet_minutes_are() {
        assert!(!believable(Some(143_165_643), 106_093));
        assert!(believable(Some(362_770), 816_689));
        assert!(!believable(None, 1_000_000));
        assert!(believable(Some(500), 0), "too short to lie about");
    }
}
