//! Video operations on clips made here, so that every figure is known beforehand.

#[path = "video/rig.rs"]
mod rig;

use std::path::Path;

use gristmill_model::Fault;
use gristmill_operate::Outcome;
use rig::{Attempt, film, input, key_frames, make, probe, times};
use serde_json::json;

/// Ten seconds at 10 and ten at 30 frames a second.
const VFR: &str = "-f lavfi -i testsrc2=s=640x360:r=10:d=10 -f lavfi -i testsrc2=s=640x360:r=30:d=10 \
    -filter_complex [0][1]concat=n=2:v=1:a=0,settb=1/90000[v] -map [v] -fps_mode passthrough -enc_time_base 1:90000 \
    -video_track_timescale 90000 -c:v libx264 -preset ultrafast -g 50";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn quick() -> serde_json::Value {
    json!({ "preset": "ultrafast" })
}

#[tokio::test]
async fn a_variable_rate_keeps_all_400_frames_and_their_times() {
    let dir = folder();
    let clip = make(dir.path(), "vfr.mp4", VFR);
    let film = film(&clip, quick()).await.unwrap();
    film.must_be_sound();
    assert_eq!(film.rungs()[0]["frames"], 400);
    let (from, to) = (times(&clip, "v:0"), times(&film.rung("360p"), "v:0"));
    assert_eq!(from.len(), to.len());
    assert!(from.iter().zip(&to).all(|(a, b)| (a - b).abs() < 0.0005), "every frame keeps its time");
}

#[tokio::test]
async fn a_constant_rate_is_made_when_asked_for() {
    let dir = folder();
    let clip = make(dir.path(), "vfr.mp4", VFR);
    let film = film(&clip, json!({ "preset": "ultrafast", "frames": "constant" })).await.unwrap();
    let times = times(&film.rung("360p"), "v:0");
    let gaps: Vec<f64> = times.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(gaps.iter().all(|g| (g - gaps[0]).abs() < 0.001), "equal gaps");
}

#[tokio::test]
async fn key_frames_stand_at_the_same_times_in_all_rungs() {
    let dir = folder();
    let clip = make(dir.path(), "hd.mp4", "-f lavfi -i testsrc2=s=1280x720:r=30000/1001:d=13 -c:v libx264 -preset ultrafast");
    let film = film(&clip, quick()).await.unwrap();
    film.must_be_sound();
    assert_eq!(film.sizes(), [(1280, 720), (854, 480), (640, 360)]);
    let keys: Vec<_> = ["720p", "480p", "360p"].iter().map(|r| key_frames(&film.rung(r))).collect();
    assert_eq!(keys[0].len(), 7, "every two seconds of thirteen: {:?}", keys[0]);
    assert!(keys[0] == keys[1] && keys[1] == keys[2]);
    let playlist = std::fs::read_to_string(film.packaged.path("hls/720p/index.m3u8")).unwrap();
    assert_eq!(playlist.matches("#EXTINF").count(), 3, "six-second segments: {playlist}");
}

#[tokio::test]
async fn two_languages_survive_with_the_default_first() {
    let dir = folder();
    let clip = make(
        dir.path(),
        "two.mkv",
        "-f lavfi -i testsrc2=s=640x360:r=25:d=3 -f lavfi -i sine=440:d=3 -f lavfi -i sine=880:d=3 -map 0 -map 1 -map 2 -c:v libx264 -preset ultrafast \
         -c:a ac3 -metadata:s:a:0 language=ger -metadata:s:a:1 language=eng -disposition:a:0 0 -disposition:a:1 default",
    );
    let film = film(&clip, quick()).await.unwrap();
    film.must_be_sound();
    let streams = probe(&film.rung("360p"), "a");
    let languages: Vec<_> = streams["streams"].as_array().unwrap().iter().map(|s| s["tags"]["language"].as_str().unwrap()).collect();
    assert_eq!(languages, ["eng", "ger"]);
    let master = std::fs::read_to_string(film.packaged.path("hls/master.m3u8")).unwrap();
    assert!(master.contains("LANGUAGE=\"eng\",DEFAULT=YES") && master.contains("LANGUAGE=\"ger\",DEFAULT=NO"), "{master}");
    assert!(film.transcode.artifacts.iter().any(|a| a.name == "audio.m4a"));
}

#[tokio::test]
async fn odd_sizes_a_quarter_turn_and_wide_pixels_become_upright_even_and_square() {
    let dir = folder();
    let odd = make(dir.path(), "odd.webm", "-f lavfi -i testsrc2=s=161x121:r=25:d=1 -c:v libvpx -cpu-used 8");
    assert_eq!(film(&odd, quick()).await.unwrap().sizes(), [(160, 120)]);
    let flat = make(dir.path(), "flat.mp4", "-f lavfi -i testsrc2=s=640x360:r=25:d=1 -c:v libx264 -preset ultrafast");
    let turned = make(dir.path(), "turned.mp4", &format!("-i {} -c copy -metadata:s:v rotate=90", flat.display()));
    let turned = film(&turned, quick()).await.unwrap();
    turned.must_be_sound();
    assert_eq!(turned.sizes(), [(360, 640)]);
    let wide = make(dir.path(), "wide.mp4", "-f lavfi -i testsrc2=s=720x576:r=25:d=1,setsar=64/45 -c:v libx264 -preset ultrafast");
    assert_eq!(film(&wide, quick()).await.unwrap().sizes(), [(854, 480), (640, 360)]);
}

#[tokio::test]
async fn ten_bits_become_eight() {
    let dir = folder();
    let clip = make(dir.path(), "ten.mp4", "-f lavfi -i testsrc2=s=640x360:r=25:d=1,format=yuv422p10le -c:v libx264 -preset ultrafast");
    let film = film(&clip, quick()).await.unwrap();
    assert_eq!(probe(&film.rung("360p"), "v:0")["streams"][0]["pix_fmt"], "yuv420p");
}

fn hdr(dir: &Path) -> std::path::PathBuf {
    make(
        dir,
        "hdr.mp4",
        "-f lavfi -i testsrc2=s=640x360:r=25:d=1,format=yuv420p10le -c:v libx264 -preset ultrafast \
         -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv",
    )
}

#[tokio::test]
async fn high_dynamic_range_is_mapped_kept_or_refused_as_the_option_says() {
    let dir = folder();
    let clip = hdr(dir.path());
    let with = |policy: &str| json!({ "preset": "ultrafast", "hdr": policy });
    let mapped = film(&clip, with("tonemap")).await.unwrap();
    let stream = &probe(&mapped.rung("360p"), "v:0")["streams"][0];
    assert_eq!((stream["pix_fmt"].as_str(), stream["color_transfer"].as_str()), (Some("yuv420p"), Some("bt709")));
    let kept = film(&clip, with("keep")).await.unwrap();
    let stream = &probe(&kept.rung("360p"), "v:0")["streams"][0];
    assert_eq!((stream["pix_fmt"].as_str(), stream["color_transfer"].as_str()), (Some("yuv420p10le"), Some("smpte2084")));
    let refused = film(&clip, with("refuse")).await.err().unwrap();
    assert_eq!((refused.problem.code.as_str(), refused.problem.fault), ("hdr_refused", Fault::Input));
}

#[tokio::test]
async fn surround_sound_is_mixed_down_and_mono_stays_mono() {
    let dir = folder();
    let six = make(
        dir.path(),
        "six.mov",
        "-f lavfi -i testsrc2=s=320x240:r=25:d=1 -f lavfi -i anoisesrc=d=1:a=0.1 -af pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0 -c:v libx264 -preset ultrafast -c:a pcm_s16le",
    );
    assert_eq!(film(&six, quick()).await.unwrap().transcode.report["produced"]["sounds"][0]["channels"], 2);
    let one = make(
        dir.path(),
        "one.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=25:d=1 -f lavfi -i sine=440:r=8000:d=1 -ac 1 -c:v libx264 -preset ultrafast",
    );
    let one = film(&one, quick()).await.unwrap();
    one.must_be_sound();
    assert_eq!(one.transcode.report["produced"]["sounds"][0]["channels"], 1);
}

#[tokio::test]
async fn sound_alone_has_no_poster_but_plays() {
    let dir = folder();
    let clip = make(dir.path(), "sound.mp4", "-f lavfi -i sine=440:d=8 -c:a aac");
    let film = film(&clip, quick()).await.unwrap();
    film.must_be_sound();
    let names: Vec<_> = film.transcode.artifacts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["audio.m4a"]);
    let outcome = Attempt::new().run("video.poster", &input(&clip), json!({})).await.unwrap();
    assert!(matches!(outcome, Outcome::NotApplicable(_)));
}

#[tokio::test]
async fn a_poster_is_not_the_black_it_fades_in_from() {
    let dir = folder();
    let clip = make(dir.path(), "fade.mp4", "-f lavfi -i testsrc2=s=640x360:r=25:d=6,fade=in:d=2 -c:v libx264 -preset ultrafast");
    let attempt = Attempt::new();
    rig::done(attempt.run("video.poster", &input(&clip), json!({})).await.unwrap());
    let jpeg = std::fs::read(attempt.path("poster.jpg")).unwrap();
    assert!(jpeg.len() > 10_000, "a black picture would be small: {} bytes", jpeg.len());
}

#[tokio::test]
async fn a_truncated_file_is_refused_in_plain_words() {
    let dir = folder();
    let clip = make(dir.path(), "whole.mp4", "-f lavfi -i testsrc2=s=640x360:r=25:d=4 -c:v libx264 -preset ultrafast");
    let whole = std::fs::read(&clip).unwrap();
    let cut = dir.path().join("cut.mp4");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let error = film(&cut, quick()).await.err().unwrap();
    assert_eq!(error.problem.fault, Fault::Input);
    assert!(!error.problem.message.contains("0x") && !error.problem.message.contains('/'), "{}", error.problem.message);
}

#[tokio::test]
async fn cancelling_ends_the_encoder_and_publishes_nothing() {
    let dir = folder();
    let clip = make(dir.path(), "long.mp4", "-f lavfi -i testsrc2=s=1280x720:r=30:d=40 -c:v libx264 -preset ultrafast");
    let attempt = Attempt::new();
    let cancel = attempt.context.cancel.clone();
    let mut progress = attempt.progress.clone();
    let stop = async move {
        progress.wait_for(|(done, _)| *done > 0.0).await.unwrap();
        cancel.cancel();
    };
    let input = input(&clip);
    let (ended, ()) = tokio::join!(attempt.run("video.transcode", &input, json!({ "preset": "medium" })), stop);
    assert_eq!(ended.unwrap_err().problem.fault, Fault::Tool);
}

#[tokio::test]
async fn packaging_without_a_transcode_says_what_is_missing() {
    let dir = folder();
    let clip = make(dir.path(), "a.mp4", "-f lavfi -i testsrc2=s=320x240:r=25:d=1 -c:v libx264 -preset ultrafast");
    let error = Attempt::new().run("video.package", &input(&clip), json!({})).await.unwrap_err();
    assert_eq!(error.problem.code, "step_missing");
}

/// The ffmpeg that works on `clip`, by its arguments.
fn encoder_of(clip: &Path) -> Option<i32> {
    let needle = clip.to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let is_it = |pid: &i32| {
        std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("libx264") && line.contains(&needle)
        })
    };
    processes.into_iter().find(is_it)
}

#[tokio::test]
async fn a_killed_encoder_is_the_machines_fault_and_is_tried_again() {
    let dir = folder();
    let clip = make(dir.path(), "to-be-killed.mp4", "-f lavfi -i testsrc2=s=1280x720:r=30:d=40 -c:v libx264 -preset ultrafast");
    let attempt = Attempt::new();
    let mut progress = attempt.progress.clone();
    let kill = async {
        progress.wait_for(|(done, _)| *done > 0.0).await.unwrap();
        let pid = encoder_of(&clip).expect("the encoder runs");
        assert!(std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    };
    let input = input(&clip);
    let (ended, ()) = tokio::join!(attempt.run("video.transcode", &input, json!({ "preset": "medium" })), kill);
    let problem = ended.unwrap_err().problem;
    assert_eq!((problem.code.as_str(), problem.fault), ("tool_killed", Fault::Tool));
}

#[test]
fn the_built_in_pipeline_is_accepted() {
    use gristmill_model::pipeline::{Format, Pipeline, check};
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/video.toml")).unwrap();
    let pipeline = Pipeline::parse(&text, Format::Toml).unwrap();
    let registry = gristmill_operate::Registry::standard();
    let refusals = check(&pipeline, &text, &|op, options| registry.verdict(op, options));
    assert!(refusals.is_empty(), "{refusals:?}");
}
