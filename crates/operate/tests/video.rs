//! Video operations on every sample of the media folder, where it stands: each ends as its row expects.

#[path = "video/rig.rs"]
mod rig;

use std::path::{Path, PathBuf};

use gristmill_model::Fault;
use gristmill_operate::Outcome;
use rig::{Attempt, film, frames_decoded, input, media};
use serde_json::{Value, json};

/// (path, expected end) of the video rows.
fn rows(media: &Path) -> Vec<(PathBuf, String)> {
    let table = std::fs::read_to_string(media.join("dev.tsv")).unwrap();
    let mut lines = table.lines().map(|l| l.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column = |name: &str| head.iter().position(|h| *h == name).unwrap();
    let (path, expect) = (column("path"), column("expect"));
    let row = |l: Vec<&str>| l[path].strip_prefix("shared/media/video/").map(|name| (media.join("video").join(name), l[expect].to_owned()));
    lines.filter_map(row).collect()
}

fn is_long(path: &Path) -> bool {
    path.ends_with("long_1080p_lowbitrate.mp4")
}

fn quick(path: &Path) -> Value {
    let rungs = if is_long(path) { json!([360]) } else { json!([720, 360]) };
    json!({ "preset": "ultrafast", "rungs": rungs })
}

#[tokio::test]
async fn every_sample_ends_as_its_row_expects() {
    let Some(media) = media() else { return };
    let rows = rows(&media);
    assert!(rows.len() >= 25, "the table has its video rows");
    for (path, expect) in rows {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match film(&path, quick(&path)).await {
            Ok(film) => {
                film.must_be_sound();
                if !film.rungs().is_empty() && !is_long(&path) && expect == "ok" {
                    let decoded = frames_decoded(&path);
                    assert!(film.rungs().iter().all(|r| r["frames"] == decoded), "{name}: {decoded} in, {:?} out", film.rungs());
                }
                println!("{name}: {:?}, {} sounds, warnings {}", film.sizes(), film.sounds(), film.transcode.report["warnings"]);
            }
            Err(error) => {
                println!("{name}: refused, {:?}", error.problem);
                assert_eq!(expect, "ok-or-reject", "{name}: {error:?}");
                assert_eq!(error.problem.fault, Fault::Input, "{name}: {error:?}");
                assert!(!error.problem.message.contains('/'), "no path in {:?}", error.problem.message);
            }
        }
    }
}

#[tokio::test]
async fn every_sample_has_a_poster_unless_it_is_sound_alone() {
    let Some(media) = media() else { return };
    for (path, expect) in rows(&media) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let attempt = Attempt::new();
        match attempt.run("video.poster", &input(&path), json!({})).await {
            Ok(Outcome::Done(made)) => {
                let stream = &rig::probe(&made.artifacts[0].path, "v:0")["streams"][0];
                assert_eq!((stream["codec_name"].as_str(), &stream["width"]), (Some("mjpeg"), &made.report["produced"]["width"]), "{name}");
                assert!(stream["width"].as_u64().unwrap() <= 1280, "{name}");
            }
            Ok(Outcome::Parts(parts)) => panic!("{name}: split into {}", parts.len()),
            Ok(Outcome::NotApplicable(_)) => assert!(name.contains("audio_only") || name.contains("opus"), "{name}"),
            Err(error) => assert_eq!((expect.as_str(), error.problem.fault), ("ok-or-reject", Fault::Input), "{name}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_probe_tells_size_as_displayed_and_dynamic_range() {
    let Some(media) = media() else { return };
    for (name, display, hdr) in [
        ("phone-meta.mp4", json!([1080, 1920]), Value::Null),
        ("sample_rotate_and_reflect.mp4", json!([720, 1080]), Value::Null),
        ("hdr10-av1.mp4", json!([720, 1280]), json!("pq")),
    ] {
        let attempt = Attempt::new();
        let outcome = attempt.run("video.probe", &input(&media.join("video").join(name)), json!({})).await.unwrap();
        let picture = &rig::done(outcome).report["measured"]["picture"];
        assert_eq!((&picture["display"], &picture["hdr"]), (&display, &hdr), "{name}");
    }
}
