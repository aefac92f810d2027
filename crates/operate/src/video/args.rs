//! ffmpeg's arguments, built from a plan. Pure. Nothing here comes from an owner but numbers that were parsed and checked:
//! inputs are paths of ours, results have names of ours, formats and decoders come from lists in this file.

use std::ffi::OsString;
use std::path::Path;

use super::graph;
use super::level;
use super::plan::{Colour, PicturePlan, Plan, SoundPlan};
use super::source::Source;
use crate::source::{Source as Bytes, file_url};

/// Decoders a source may use. An exotic codec is far likelier an attack on a forgotten decoder than a film.
const DECODERS: &str = "h264,hevc,libdav1d,vp8,vp9,mpeg4,mpeg1video,mpeg2video,h263,mjpeg,prores,dnxhd,vc1,wmv3,theora,ffv1,\
msmpeg4,msmpeg4v2,rawvideo,qtrle,\
aac,mp3,mp3float,mp2,mp2float,mp1float,ac3,eac3,opus,vorbis,flac,alac,dca,truehd,wmav2,amrnb,amrwb,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,\
pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_s8,pcm_f32le,pcm_f32be,pcm_f64le,pcm_alaw,pcm_mulaw";

/// Ticks a second of encoded pictures: every usual frame time is close to a tick and no two frames share one.
const TICKS: u32 = 90_000;
/// Bits a second of each sound track.
const SOUND_BITRATE: &str = "128k";
/// No key frame but the forced ones, so that all rungs have theirs at the same frames.
const NO_OTHER_KEYFRAMES: &str = "100000";

/// A list of arguments that reads like a command line.
#[derive(Debug, Default)]
pub(crate) struct Args(Vec<OsString>);

impl Args {
    /// Adds words.
    pub(crate) fn add<S: Into<OsString>>(&mut self, words: impl IntoIterator<Item = S>) -> &mut Self {
        self.0.extend(words.into_iter().map(Into::into));
        self
    }

    /// The list.
    pub(crate) fn done(self) -> Vec<OsString> {
        self.0
    }
}

/// What every run starts with: no keyboard, messages with their severity, progress twice a second on standard output.
pub(crate) fn start() -> Args {
    let mut args = Args::default();
    args.add(["-nostdin", "-hide_banner", "-y", "-v", "level+verbose", "-progress", "pipe:1", "-stats_period", "0.5"]);
    args
}

/// An input of an owner: one demuxer, the one protocol of its source, known decoders only.
pub(crate) fn hostile_input(args: &mut Args, demuxer: &str, bytes: &Bytes) {
    args.add(bytes.options()).add(["-format_whitelist", demuxer, "-codec_whitelist", DECODERS, "-f", demuxer]);
    args.add(["-i".into(), bytes.url()]);
}

/// An input that we made: MP4.
pub(crate) fn own_input(args: &mut Args, path: &Path) {
    args.add(["-protocol_whitelist", "file", "-format_whitelist", "mov", "-f", "mov"]);
    args.add(["-i".into(), file_url(path)]);
}

/// The one encoding run: decode once, scale to all rungs, encode each rung and each sound track once, and let the tee
/// muxer write every encoded packet into each MP4 it belongs to.
pub(crate) fn transcode(source: &Source, plan: &Plan, bytes: &Bytes) -> Vec<OsString> {
    let mut args = start();
    hostile_input(&mut args, &source.demuxer, bytes);
    args.add(["-map_metadata", "-1", "-map_chapters", "-1", "-max_muxing_queue_size", "4096"]);
    if let Some(picture) = &plan.picture {
        encode_picture(&mut args, picture);
    }
    for (n, sound) in plan.sounds.iter().enumerate() {
        encode_sound(&mut args, n, sound);
    }
    args.add(["-flags", "+global_header", "-f", "tee"]).add([outputs(plan)]);
    args.done()
}

fn encode_picture(args: &mut Args, picture: &PicturePlan) {
    args.add(["-filter_complex".to_owned(), graph::ladder(picture)]);
    for n in 0..picture.rungs.len() {
        args.add(["-map".to_owned(), format!("[v{n}]")]);
    }
    args.add(["-c:v", "libx264", "-preset", picture.preset.as_str(), "-crf"]).add([picture.crf.to_string()]);
    args.add(["-sc_threshold", "0", "-g", NO_OTHER_KEYFRAMES, "-force_key_frames"]);
    args.add([format!("expr:gte(t,n_forced*{})", picture.keyframe_seconds)]);
    // The filters have settled times and count already; from here every frame passes with its own time.
    args.add(["-fps_mode", "passthrough"]).add(["-enc_time_base:v".to_owned(), format!("1:{TICKS}")]);
    for (n, rung) in picture.rungs.iter().enumerate() {
        args.add([format!("-level:v:{n}"), level::level(rung.width, rung.height, picture.level_rate).to_owned()]);
    }
    if picture.colour == Colour::Tonemap {
        args.add(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]);
    }
}

fn encode_sound(args: &mut Args, n: usize, sound: &SoundPlan) {
    args.add(["-map".to_owned(), format!("0:{}", sound.stream)]);
    args.add([format!("-c:a:{n}"), "aac".to_owned(), format!("-b:a:{n}"), SOUND_BITRATE.to_owned()]);
    args.add([format!("-ac:a:{n}"), sound.channels.to_string(), format!("-ar:a:{n}"), sound.sample_rate.to_string()]);
    // Gaps in a recording become silence; otherwise what follows them would come too early.
    args.add([format!("-filter:a:{n}"), "aresample=async=1".to_owned()]);
    if let Some(language) = &sound.language {
        args.add([format!("-metadata:s:a:{n}"), format!("language={language}")]);
    }
    args.add([format!("-disposition:a:{n}"), if n == 0 { "default" } else { "0" }.to_owned()]);
}

/// The tee muxer's list: `<rung>.mp4` with that rung and all sound, and `audio.m4a` with the default track.
fn outputs(plan: &Plan) -> String {
    let rungs = plan.picture.iter().flat_map(|p| &p.rungs).enumerate();
    let sound = if plan.sounds.is_empty() { "" } else { ",a" };
    // Quotes are read twice, by the list and by the option, hence the backslashes.
    let mut files: Vec<String> = rungs
        .map(|(n, rung)| format!("[f=mp4:movflags=+faststart:video_track_timescale={TICKS}:select=\\'v:{n}{sound}\\']{}.mp4", rung.name()))
        .collect();
    if !plan.sounds.is_empty() {
        files.push("[f=ipod:movflags=+faststart:select=\\'a:0\\']audio.m4a".to_owned());
    }
    files.join("|")
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
