//! Measures a source: content sniffing and the typed probe of [`crate::check`], put into the plan's terms.

use super::source::{Dropped, Hdr, Picture, Ratio, Sound, Source, displayed, language};
use crate::check::probe::{self, Probe, Stream, StreamKind};
use crate::check::{HEAD, Sniffed, sniff};
use crate::context::{Context, Input};
use crate::operation::OperationError;

/// What is in the input.
pub(crate) async fn source(context: &Context, input: &Input) -> Result<Source, OperationError> {
    let (sniffed, probe) = probed(context, input).await?;
    let demuxer = sniffed.demuxer().ok_or_else(unknown)?;
    Ok(source_of(demuxer, &probe))
}

/// What the input's bytes say it is, and what its container holds.
pub(crate) async fn probed(context: &Context, input: &Input) -> Result<(Sniffed, Probe), OperationError> {
    let sniffed = sniff(&input.source.head(HEAD).await?).ok_or_else(unknown)?;
    let probe = probe::probe(context, &input.source, sniffed).await?;
    Ok((sniffed, probe))
}

fn unknown() -> OperationError {
    OperationError::input("type_not_accepted", "By its content the file is no video. Convert it to MP4 and upload it again.")
}

/// The plan's view of a probe.
pub(crate) fn source_of(demuxer: &str, probe: &Probe) -> Source {
    let video = probe.video();
    let sounds: Vec<Sound> = probe.audio().map(sound).collect();
    let taken = |s: &Stream| video.is_some_and(|v| v.index == s.index) || sounds.iter().any(|a| a.stream == s.index);
    let dropped = probe.streams.iter().filter(|s| !taken(s)).map(left_out).collect();
    Source { demuxer: demuxer.to_owned(), duration_ms: probe.duration_ms, picture: video.map(picture), sounds, dropped }
}

fn picture(s: &Stream) -> Picture {
    let coded = (s.width.unwrap_or(0), s.height.unwrap_or(0));
    let ratio = |r: Option<(u32, u32)>| r.and_then(|(num, den)| Ratio::new(num, den));
    let rotation = i32::try_from(s.rotation).unwrap_or(0);
    Picture {
        stream: s.index,
        codec: s.codec.clone().unwrap_or_default(),
        coded,
        display: displayed(coded, ratio(s.sar), rotation),
        rotation,
        mirrored: s.mirrored,
        average_rate: ratio(s.avg_frame_rate),
        variable_rate: s.variable_rate,
        frames: s.nb_frames,
        bits: s.bits.unwrap_or(8),
        // The yuvj formats are full range by name, whatever the header says.
        full_range: s.color_range.as_deref() == Some("pc") || s.pix_fmt.as_deref().is_some_and(|f| f.starts_with("yuvj")),
        hdr: s.color_transfer.as_deref().and_then(Hdr::of),
    }
}

fn sound(s: &Stream) -> Sound {
    Sound {
        stream: s.index,
        codec: s.codec.clone().unwrap_or_default(),
        channels: s.channels.unwrap_or(2),
        sample_rate: s.sample_rate.unwrap_or(48_000),
        language: s.language.as_deref().and_then(language),
        default: s.default,
    }
}

fn left_out(s: &Stream) -> Dropped {
    let (kind, why) = match s.kind {
        StreamKind::Video if s.attached_pic => ("cover", "a cover picture is no moving picture"),
        StreamKind::Video => ("video", "only the first moving picture that can be decoded is used"),
        StreamKind::Audio => ("audio", "its codec is not known"),
        StreamKind::Subtitle => ("subtitle", "subtitles are not carried over"),
        StreamKind::Data => ("data", "measurements and time codes are not carried over"),
        StreamKind::Attachment => ("attachment", "files inside the file are not carried over"),
    };
    Dropped { stream: s.index, kind: kind.to_owned(), why: why.to_owned() }
}
