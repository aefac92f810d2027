//! What the transcode made, as its report tells and as packaging reads it back; and how ffprobe's account becomes it. Pure.

use serde::{Deserialize, Serialize};

/// One rung, made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rendition {
    /// `720p`.
    pub name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames in it.
    pub frames: u64,
    /// Length of its picture.
    pub duration_ms: u64,
    /// Frames a second, on average.
    pub frame_rate: f64,
    /// Bits a second of its picture.
    pub bitrate: u64,
    /// Size of its file, with sound.
    pub bytes: u64,
}

/// One sound track, made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Track {
    /// ISO 639-2, if known.
    pub language: Option<String>,
    /// Channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
    /// Length.
    pub duration_ms: u64,
    /// Bits a second.
    pub bitrate: u64,
}

/// Everything the transcode made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Renditions {
    /// Rungs, largest first.
    pub rungs: Vec<Rendition>,
    /// Sound tracks, the default first; the same in every rung.
    pub sounds: Vec<Track>,
    /// Frames the source was decoded to.
    pub frames_decoded: Option<u64>,
}

/// ffprobe's account of one file of ours.
#[derive(Debug, Deserialize)]
pub(crate) struct Account {
    streams: Vec<Stream>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    codec_type: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    #[serde(default)]
    nb_frames: String,
    #[serde(default)]
    duration: String,
    #[serde(default)]
    bit_rate: String,
    #[serde(default)]
    channels: u32,
    #[serde(default)]
    sample_rate: String,
    #[serde(default)]
    tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
struct Tags {
    #[serde(default)]
    language: Option<String>,
}

impl Account {
    /// Reads ffprobe's JSON.
    pub(crate) fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The picture of a rung called `name` in a file of `bytes`.
    pub(crate) fn rendition(&self, name: &str, bytes: u64) -> Option<Rendition> {
        let s = self.streams.iter().find(|s| s.codec_type == "video")?;
        let (frames, seconds) = (s.nb_frames.parse().unwrap_or(0), seconds(&s.duration));
        Some(Rendition {
            name: name.to_owned(),
            width: s.width,
            height: s.height,
            frames,
            duration_ms: millis(seconds),
            frame_rate: if seconds > 0.0 { (frames as f64 / seconds * 1000.0).round() / 1000.0 } else { 0.0 },
            bitrate: s.bit_rate.parse().unwrap_or(0),
            bytes,
        })
    }

    /// Its sound tracks.
    pub(crate) fn tracks(&self) -> Vec<Track> {
        self.streams.iter().filter(|s| s.codec_type == "audio").map(track).collect()
    }
}

fn track(s: &Stream) -> Track {
    Track {
        language: s.tags.language.clone().filter(|l| l != "und"),
        channels: s.channels,
        sample_rate: s.sample_rate.parse().unwrap_or(0),
        duration_ms: millis(seconds(&s.duration)),
        bitrate: s.bit_rate.parse().unwrap_or(0),
    }
}

fn seconds(text: &str) -> f64 {
    text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0).unwrap_or(0.0)
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"streams":[
        {"codec_type":"video","width":640,"height":360,"nb_frames":"400","duration":"20.066667","bit_rate":"555000","tags":{"language":"und"}},
        {"codec_type":"audio","channels":2,"sample_rate":"48000","duration":"19.9","bit_rate":"128000","tags":{"language":"ger"}}]}"#;

    #[test]
    fn an_account_becomes_a_rendition_and_tracks() {
        let account = Account::parse(JSON).unwrap();
        let rung = account.rendition("360p", 9).unwrap();
        assert_eq!((rung.width, rung.height, rung.frames, rung.duration_ms, rung.frame_rate), (640, 360, 400, 20_067, 19.934));
        assert_eq!(account.tracks()[0].language.as_deref(), Some("ger"));
    }

    #[test]
    fn a_file_without_a_picture_has_no_rendition() {
        assert_eq!(Account::parse(r#"{"streams":[]}"#).unwrap().rendition("360p", 9), None);
    }
}
