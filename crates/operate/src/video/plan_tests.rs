//! Tests of `plan`: what is decided before an encode.

use super::*;

fn picture_of(display: (u32, u32)) -> Picture {
    Picture {
        stream: 0,
        codec: "h264".into(),
        coded: display,
        display,
        rotation: 0,
        average_rate: Ratio::new(30_000, 1001),
        mirrored: false,
        variable_rate: false,
        frames: None,
        bits: 8,
        full_range: false,
        hdr: None,
    }
}

fn sound_of(stream: u32, default: bool) -> Sound {
    Sound { stream, codec: "aac".into(), channels: 6, sample_rate: 96_000, language: None, default }
}

fn source(picture: Option<Picture>, sounds: Vec<Sound>) -> Source {
    Source { demuxer: "mov".into(), duration_ms: Some(1000), picture, sounds, dropped: Vec::new() }
}

fn options(toml: serde_json::Value) -> Options {
    toml.as_object().cloned().unwrap_or_default()
}

#[test]
fn the_default_track_comes_first_and_the_others_keep_their_order() {
    let sounds = vec![sound_of(1, false), sound_of(2, false), sound_of(3, true)];
    let plan = plan(&source(Some(picture_of((640, 360))), sounds), &Settings::default()).unwrap();
    assert_eq!(plan.sounds.iter().map(|s| s.stream).collect::<Vec<_>>(), [3, 1, 2]);
}

#[test]
fn surround_sound_is_mixed_down_and_odd_sample_rates_become_48000() {
    let plan = plan(&source(None, vec![sound_of(1, true)]), &Settings::default()).unwrap();
    assert_eq!((plan.sounds[0].channels, plan.sounds[0].sample_rate), (2, 48_000));
}

#[test]
fn a_ninth_sound_track_is_dropped_and_said_so() {
    let nine = (1..10).map(|i| sound_of(i, false)).collect();
    let plan = plan(&source(Some(picture_of((640, 360))), nine), &Settings::default()).unwrap();
    assert_eq!(plan.sounds.len(), 8);
    assert_eq!(plan.dropped[0].stream, 9);
}

#[test]
fn sound_alone_keeps_its_default_track_only() {
    let plan = plan(&source(None, vec![sound_of(0, false), sound_of(1, true)]), &Settings::default()).unwrap();
    assert_eq!((plan.sounds.len(), plan.sounds[0].stream, plan.dropped[0].stream), (1, 1, 0));
}

#[test]
fn nothing_to_decode_is_refused() {
    assert_eq!(plan(&source(None, vec![]), &Settings::default()).unwrap_err().0, "no_streams");
}

#[test]
fn high_dynamic_range_follows_the_policy() {
    let hdr = Picture { hdr: Some(Hdr::Pq), bits: 10, ..picture_of((720, 1280)) };
    let with = |hdr_policy| plan(&source(Some(hdr.clone()), vec![]), &Settings { hdr: hdr_policy, ..Settings::default() });
    assert_eq!(with(HdrPolicy::Tonemap).unwrap().picture.unwrap().colour, Colour::Tonemap);
    assert_eq!(with(HdrPolicy::Keep).unwrap().picture.unwrap().colour, Colour::KeepHdr);
    assert_eq!(with(HdrPolicy::Refuse).unwrap_err().0, "hdr_refused");
}

#[test]
fn ten_bits_without_high_dynamic_range_become_eight() {
    let ten = Picture { bits: 10, ..picture_of((1920, 1080)) };
    assert_eq!(plan(&source(Some(ten), vec![]), &Settings::default()).unwrap().picture.unwrap().colour, Colour::Sdr);
}

#[test]
fn a_constant_rate_is_the_average_one_within_reason() {
    let with = |rate| {
        let picture = Picture { average_rate: rate, ..picture_of((640, 360)) };
        let settings = Settings { frames: Frames::Constant, ..Settings::default() };
        plan(&source(Some(picture), vec![]), &settings).unwrap().picture.unwrap().constant_rate.unwrap()
    };
    assert_eq!(with(Ratio::new(30_000, 1001)), Ratio { num: 30_000, den: 1001 });
    assert_eq!(with(Ratio::new(240, 1)), Ratio { num: 60, den: 1 });
    assert_eq!(with(Ratio::new(90_000, 1)), Ratio { num: 30, den: 1 });
    assert_eq!(with(None), Ratio { num: 30, den: 1 });
}

#[test]
fn options_are_refused_by_name() {
    let why = |v| Settings::read(&options(v)).unwrap_err();
    assert!(why(serde_json::json!({"crf": 52})).contains("`crf`"));
    assert!(why(serde_json::json!({"rungs": []})).contains("`rungs`"));
    assert!(why(serde_json::json!({"rungs": [721]})).contains("`rungs`"));
    assert!(why(serde_json::json!({"keyframe_seconds": 0})).contains("`keyframe_seconds`"));
    assert!(why(serde_json::json!({"presett": "fast"})).contains("`presett`"));
    assert!(why(serde_json::json!({"preset": "placebo"})).contains("`placebo`"));
}

#[test]
fn no_options_are_fine() {
    assert_eq!(Settings::read(&Options::default()), Ok(Settings::default()));
}
