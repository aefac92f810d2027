//! `gristmill run` on sample media: every end as expected, nothing fetched, neighbours unharmed.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use gristmill_harness::media;
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");

fn run(pipeline: &str, files: &[PathBuf], out: &Path, more: &[&str]) -> Output {
    Command::new(BINARY).args(["run", "--json", "--pipeline", pipeline, "-o"]).arg(out).args(more).arg("--").args(files).output().unwrap()
}

/// The ends of the files of a run, by their results' folders.
fn ends(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    answer["files"].as_array().cloned().unwrap_or_default()
}

fn matches(expect: &str, status: &str) -> bool {
    match expect {
        "ok" | "ok-warn" | "partial" => status == "succeeded",
        "reject" => status == "skipped",
        "ok-or-reject" => ["succeeded", "skipped"].contains(&status),
        other => panic!("dev.tsv expects {other:?}, which this test does not know"),
    }
}

/// All files of a kind in one job; each must end as its row says, whatever its neighbours are.
fn check_all(pipeline: &str, kinds: &[&str], more: &[&str]) {
    let samples = media::samples(kinds);
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = samples.iter().map(|s| s.path.clone()).collect();
    if files.is_empty() {
        println!("no sample media beside the checkout: only made files are tested here");
        return;
    }
    let ends = ends(&run(pipeline, &files, &folder.path().join("out"), more));
    assert_eq!(ends.len(), samples.len());
    let wrong: Vec<String> = samples
        .iter()
        .zip(&ends)
        .filter(|(sample, end)| !matches(&sample.expect, end["status"].as_str().unwrap_or_default()))
        .map(|(sample, end)| format!("{}: expected {}, is {} ({})", sample.path.display(), sample.expect, end["status"], end["error"]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_picture_ends_as_expected() {
    check_all("image", &["image", "scan"], &[]);
}

/// The long clip decides the time; a quick preset says as much about the ends.
#[test]
fn every_sample_video_ends_as_expected() {
    check_all("video", &["video"], &["--set", "transcode.preset=ultrafast"]);
}

#[test]
fn results_have_the_names_of_the_contract_and_a_report_that_agrees_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let files = [media::picture(folder.path(), "harvest.jpg"), media::clip(folder.path(), "talk.mp4", 2, "640x480")];
    for (pipeline, file, names) in [
        ("image", &files[0], &["harvest-thumb.webp", "metadata.json", "placeholder.json"][..]),
        ("video", &files[1], &["hls/master.m3u8", "480p.mp4", "360p.mp4", "poster.jpg", "audio.m4a"][..]),
    ] {
        let out = folder.path().join(pipeline);
        let output = run(pipeline, std::slice::from_ref(file), &out, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let results = out.join(file.file_stem().unwrap());
        let report: Value = serde_json::from_slice(&std::fs::read(results.join("report.json")).unwrap()).unwrap();
        for name in names {
            assert!(results.join(name).is_file(), "{name} of {pipeline}");
        }
        for artifact in report["artifacts"].as_array().unwrap() {
            let path = results.join(artifact["name"].as_str().unwrap());
            assert_eq!(std::fs::metadata(&path).unwrap().len(), artifact["bytes"].as_u64().unwrap(), "{}", path.display());
        }
        assert!(results.join("report.min.json").is_file());
    }
}

#[test]
fn bad_neighbours_are_refused_with_a_reason_and_good_files_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let good = media::clip(folder.path(), "good.mp4", 1, "320x240");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::fs::write(at("playlist.mp4"), format!("#EXTM3U\n#EXTINF:10,\nhttp://{address}/segment.ts\n#EXT-X-ENDLIST\n")).unwrap();
    std::fs::write(at("secret.txt"), "the secret").unwrap();
    std::fs::write(at("concat.mp4"), format!("ffconcat version 1.0\nfile {}\n", at("secret.txt").display())).unwrap();
    std::fs::write(at("empty.mp4"), b"").unwrap();
    let bytes = std::fs::read(&good).unwrap();
    std::fs::write(at("truncated.mp4"), &bytes[..bytes.len() / 3]).unwrap();
    std::fs::write(at("lying.mp4"), std::fs::read(media::picture(folder.path(), "picture.png")).unwrap()).unwrap();
    let long = format!("{}.mp4", "n".repeat(180));
    for name in [long.as_str(), "🍞🌾.mp4", "-rf.mp4", "--pipeline=x.mp4"] {
        std::fs::copy(&good, at(name)).unwrap();
    }
    let names = [
        "good.mp4",
        "playlist.mp4",
        "concat.mp4",
        "empty.mp4",
        "truncated.mp4",
        "lying.mp4",
        &long,
        "🍞🌾.mp4",
        "-rf.mp4",
        "--pipeline=x.mp4",
    ];
    let files: Vec<PathBuf> = names.iter().map(|n| at(n)).collect();
    let output = run("video", &files, &at("out"), &[]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    for (name, end) in names.iter().zip(ends(&output)) {
        let refused = ["playlist.mp4", "concat.mp4", "empty.mp4", "truncated.mp4", "lying.mp4"].contains(name);
        assert_eq!(end["status"], if refused { "skipped" } else { "succeeded" }, "{name}: {end}");
        if refused {
            assert!(end["error"]["code"].is_string() && end["error"]["message"].as_str().unwrap().len() > 20, "{name}: {end}");
        }
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "something was fetched");
}

/// A PNG of 30000x30000 black pixels in about a hundred kilobytes: IHDR says so, and IDAT is a run of zeros, deflated.
fn bomb(path: &Path) {
    let made = Command::new("python3").args(["-c", BOMB]).arg(path).status().expect("python3 is installed: run scripts/setup test");
    assert!(made.success());
}

const BOMB: &str = r#"
import struct, sys, zlib
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
deflate, rows = zlib.compressobj(9), bytes(1 + 30000 // 8)
data = b"".join(deflate.compress(rows) for _ in range(30000)) + deflate.flush()
head = struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)
open(sys.argv[1], "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
"#;

#[test]
fn a_picture_bomb_is_refused_without_being_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.png");
    bomb(&path);
    assert!(std::fs::metadata(&path).unwrap().len() < 200_000);
    let start = Instant::now();
    let output = run("image", &[path], &folder.path().join("out"), &[]);
    let took = start.elapsed();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ends(&output)[0]["error"]["code"], "image_too_large");
    assert!(took < Duration::from_secs(5), "the whole run, start of the mill included, took {took:?}");
}

#[test]
fn a_run_reads_its_input_and_never_changes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = media::picture(folder.path(), "kept.png");
    let before = std::fs::read(&path).unwrap();
    run("image", std::slice::from_ref(&path), &folder.path().join("out"), &[]);
    let mut after = Vec::new();
    std::fs::File::open(&path).unwrap().read_to_end(&mut after).unwrap();
    assert_eq!(before, after);
    std::io::stdout().flush().unwrap();
}
