//! Tests of `args`: the arguments of one transcode.

use super::*;
use crate::video::ladder::Rung;
use crate::video::plan::{Frames, Preset};

fn plan() -> Plan {
    let rung = |short, width, height| Rung { short, width, height };
    let sound =
        |stream, language: Option<&str>| SoundPlan { stream, channels: 2, sample_rate: 48_000, language: language.map(str::to_owned) };
    Plan {
        picture: Some(PicturePlan {
            stream: 0,
            rungs: vec![rung(720, 1280, 720), rung(360, 640, 360)],
            colour: Colour::Sdr,
            narrow_range: false,
            frames: Frames::Keep,
            constant_rate: None,
            level_rate: 30.0,
            preset: Preset::Veryfast,
            crf: 23,
            keyframe_seconds: 2.0,
        }),
        sounds: vec![sound(2, Some("ger")), sound(1, None)],
        dropped: Vec::new(),
    }
}

fn line(plan: &Plan) -> String {
    let source = Source { demuxer: "mov".into(), duration_ms: None, picture: None, sounds: Vec::new(), dropped: Vec::new() };
    let words = transcode(&source, plan, &Path::new("/in/-evil;name").into());
    words.iter().map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_input_is_confined_before_it_is_named() {
    let line = line(&plan());
    let at = |needle: &str| line.find(needle).unwrap_or_else(|| panic!("{needle} in {line}"));
    for guard in ["-nostdin", "-protocol_whitelist file ", "-format_whitelist mov ", "-codec_whitelist h264,", "-f mov "] {
        assert!(at(guard) < at("-i file:/in/-evil;name"), "{guard}");
    }
}

#[test]
fn every_rung_and_every_track_is_encoded_once_and_muxed_where_it_belongs() {
    let line = line(&plan());
    assert_eq!(line.matches("-map [v").count(), 2);
    assert_eq!(line.matches("-map 0:").count(), 2);
    assert!(line.contains("select=\\'v:0,a\\']720p.mp4|"));
    assert!(line.contains("select=\\'v:1,a\\']360p.mp4|"));
    assert!(line.ends_with("select=\\'a:0\\']audio.m4a"));
    assert!(line.contains("-metadata:s:a:0 language=ger"));
    assert!(!line.contains("-metadata:s:a:1"));
}

#[test]
fn without_sound_there_is_no_sound_file() {
    let line = line(&Plan { sounds: Vec::new(), ..plan() });
    assert!(line.ends_with("select=\\'v:1\\']360p.mp4"));
    assert!(!line.contains("-c:a"));
}

#[test]
fn without_a_picture_there_is_only_sound() {
    let line = line(&Plan { picture: None, ..plan() });
    assert!(!line.contains("libx264") && !line.contains("filter_complex"));
    assert!(line.ends_with("-f tee [f=ipod:movflags=+faststart:select=\\'a:0\\']audio.m4a"));
}

#[test]
fn key_frames_come_from_the_clock_alone() {
    let line = line(&plan());
    assert!(line.contains("-sc_threshold 0 -g 100000 -force_key_frames expr:gte(t,n_forced*2) "));
}
