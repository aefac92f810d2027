//! `file.check` on real files: the sample media where it stands, hostile files made here, and always ffprobe itself.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_model::Fault;
use gristmill_model::operation::Kind;
use gristmill_operate::models::Models;
use gristmill_operate::{Context, Input, OperationError, Options, Outcome, Registry, Tools};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const AV: [Kind; 2] = [Kind::Video, Kind::Audio];

fn tools() -> Tools {
    Tools::new(Path::new("/bin/false"), 1, Models::new("none"))
}

async fn check_with(path: &Path, name: &str, accepts: &[Kind], options: Value) -> Result<Value, OperationError> {
    let scratch = tempfile::tempdir().unwrap();
    let (progress, _) = watch::channel((0.0, String::new()));
    let context = Context::new(scratch.path().to_owned(), CancellationToken::new(), tools(), progress);
    let bytes = std::fs::metadata(path).unwrap().len();
    let input = Input { source: path.into(), name: name.to_owned(), bytes, accepts: accepts.to_vec(), ..Input::default() };
    let options: Options = options.as_object().unwrap().clone();
    let registry = Registry::standard();
    let operation = registry.get("file.check").unwrap();
    operation.check_options(&options).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), operation.run(&context, &input, &options)).await.expect("it must not hang");
    ended.map(|outcome| match outcome {
        Outcome::Done(produced) => produced.report,
        Outcome::NotApplicable(why) => panic!("a check always applies: {why}"),
        Outcome::Parts(parts) => panic!("a check is never split, into {}", parts.len()),
    })
}

async fn check(path: &Path, accepts: &[Kind]) -> Result<Value, OperationError> {
    check_with(path, &path.file_name().unwrap().to_string_lossy(), accepts, json!({})).await
}

async fn refusal(path: &Path, accepts: &[Kind]) -> (Fault, String, String) {
    let problem = check(path, accepts).await.expect_err("it should be refused").problem;
    assert!(!problem.message.contains("/tmp"), "no path of this machine: {}", problem.message);
    (problem.fault, problem.code, problem.message)
}

fn media() -> Option<PathBuf> {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let found = named.or(Some(beside)).filter(|p| p.join("dev.tsv").is_file());
    if found.is_none() {
        println!("no sample media here: set GRISTMILL_MEDIA; only files made by the tests are checked");
    }
    found
}

/// (path, kind, expectation, facts) of the sample media that stand here.
fn samples(folder: &Path) -> Vec<(PathBuf, String, String, String)> {
    let table = std::fs::read_to_string(folder.join("dev.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter_map(|row| {
        let path = folder.join(row[0].strip_prefix("shared/media/")?);
        path.is_file().then(|| (path, row[1].to_owned(), row[8].to_owned(), row[9].to_owned()))
    })
    .collect()
}

fn ffmpeg(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments)
        .arg(format!("file:{}", path.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

fn clip(folder: &Path, name: &str) -> PathBuf {
    ffmpeg(
        folder,
        name,
        &["-f", "lavfi", "-i", "testsrc=d=2:s=320x240:r=25", "-f", "lavfi", "-i", "sine=d=2", "-c:v", "mpeg4", "-c:a", "aac", "-f", "mp4"],
    )
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn every_sample_of_sound_and_video_ends_as_expected() {
    let Some(folder) = media() else { return };
    let mut seen = 0;
    for (path, kind, expect, facts) in samples(&folder) {
        if kind != "video" && kind != "audio" {
            continue;
        }
        seen += 1;
        match (check(&path, &AV).await, expect.as_str()) {
            (Ok(report), _) => {
                if facts.contains("vfr") || path.ends_with("sample_fragmented.mp4") || expect != "ok" {
                    continue;
                }
                let seconds: f64 = facts.split(": ").nth(1).and_then(|f| f.split('s').next()).unwrap().parse().unwrap();
                let ours = report["duration_ms"].as_f64().unwrap() / 1000.0;
                assert!((ours - seconds).abs() < 0.1, "{}: {ours} s, expected {seconds} s", path.display());
            }
            (Err(error), "ok") => panic!("{}: {error}", path.display()),
            (Err(error), _) => assert!(matches!(error.problem.fault, Fault::Input | Fault::Limit), "{}: {error:?}", path.display()),
        }
    }
    assert!(seen > 30, "only {seen} samples");
}

#[tokio::test]
async fn no_picture_or_page_passes_as_video() {
    let Some(folder) = media() else { return };
    for (path, kind, _, _) in samples(&folder) {
        if kind == "image" || kind == "pdf" {
            let (fault, code, message) = refusal(&path, &[Kind::Video]).await;
            assert_eq!(fault, Fault::Input, "{}", path.display());
            assert!(code == "type_not_accepted" || code == "type_unknown", "{}: {message}", path.display());
        }
    }
}

#[tokio::test]
async fn a_duration_that_cannot_be_is_measured() {
    let Some(folder) = media() else { return };
    let report = check(&folder.join("video/sample_fragmented.mp4"), &AV).await.unwrap();
    assert!((900..1200).contains(&report["duration_ms"].as_u64().unwrap()), "{report}");
}

#[tokio::test]
async fn an_honest_clip_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let report = check(&clip(folder.path(), "clip.mp4"), &[Kind::Video]).await.unwrap();
    assert_eq!((&report["kind"], &report["format"], &report["media_type"]), (&json!("video"), &json!("mp4"), &json!("video/mp4")));
    assert_eq!((&report["width"], &report["height"]), (&json!(320), &json!(240)));
    assert!((1950..2100).contains(&report["duration_ms"].as_u64().unwrap()), "{report}");
    assert_eq!(report["streams"].as_array().unwrap().len(), 2);
    assert_eq!(report["warnings"], json!([]));
}

#[tokio::test]
async fn sound_in_a_container_of_video_is_told_as_sound_and_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = ffmpeg(folder.path(), "sound.mp4", &["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "-f", "mp4"]);
    for accepts in [&[Kind::Video][..], &[Kind::Audio]] {
        let report = check(&path, accepts).await.unwrap();
        assert_eq!((&report["kind"], &report["media_type"]), (&json!("audio"), &json!("audio/mp4")));
    }
    let (_, code, _) = refusal(&clip(folder.path(), "clip.mp4"), &[Kind::Audio]).await;
    assert_eq!(code, "type_not_accepted");
}

#[tokio::test]
async fn a_playlist_named_mp4_is_named_and_nothing_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let playlist = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n");
    let (fault, code, message) = refusal(&write(folder.path(), "film.mp4", playlist), &AV).await;
    assert_eq!((fault, code.as_str()), (Fault::Input, "type_not_accepted"));
    assert!(message.contains("playlist"), "{message}");
    assert!(listener.accept().is_err(), "nothing may be fetched");
}

#[tokio::test]
async fn a_concat_list_named_mp4_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "secret.txt", "secret");
    let (_, code, message) = refusal(&write(folder.path(), "film.mp4", "ffconcat version 1.0\nfile secret.txt\n"), &AV).await;
    assert_eq!(code, "type_not_accepted");
    assert!(message.contains("concat"), "{message}");
}

#[tokio::test]
async fn a_playlist_behind_the_mark_of_a_film_is_damaged_and_nothing_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut film = b"\0\0\0\x10ftypisom\0\0\x02\0".to_vec();
    film.extend(format!("#EXTM3U\n#EXTINF:4,\nhttp://{}/a.ts\n", listener.local_addr().unwrap()).bytes());
    let (fault, code, _) = refusal(&write(folder.path(), "film.mp4", film), &AV).await;
    assert_eq!((fault, code.as_str()), (Fault::Input, "damaged"));
    assert!(listener.accept().is_err(), "nothing may be fetched");
}

#[tokio::test]
async fn a_lying_name_and_an_empty_file_and_a_pdf_are_refused_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (_, code, message) = refusal(&write(folder.path(), "film.mp4", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), &[Kind::Video]).await;
    assert_eq!(code, "type_not_accepted");
    assert!(message.contains("image/png"), "{message}");
    assert_eq!(refusal(&write(folder.path(), "none.mp4", ""), &AV).await.1, "file_empty");
    assert_eq!(refusal(&write(folder.path(), "a.mp4", "%PDF-1.7\n"), &AV).await.1, "type_not_accepted");
    assert_eq!(refusal(&write(folder.path(), "a.mp4", [1, 2, 3, 4, 5, 6, 7, 8]), &AV).await.1, "type_unknown");
}

#[tokio::test]
async fn an_ending_that_lies_is_a_warning_only() {
    let folder = tempfile::tempdir().unwrap();
    let report = check_with(&clip(folder.path(), "clip.mp4"), "clip.webm", &AV, json!({})).await.unwrap();
    assert!(report["warnings"][0].as_str().unwrap().contains(".webm"), "{report}");
}

#[tokio::test]
async fn odd_names_are_only_names() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}.mp4", "n".repeat(180));
    for name in [long.as_str(), "🎬🍿.mp4", "-i.mp4", "--help", "a b 'c' $(d) %03d.mp4", "http:x.mp4"] {
        let path = folder.path().join(name);
        std::fs::rename(clip(folder.path(), "made.mp4"), &path).unwrap();
        check(&path, &AV).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[tokio::test]
async fn a_clip_cut_off_before_its_index_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(clip(folder.path(), "clip.mp4")).unwrap();
    let (fault, code, _) = refusal(&write(folder.path(), "cut.mp4", &whole[..whole.len() / 2]), &AV).await;
    assert_eq!(fault, Fault::Input);
    assert!(code == "damaged" || code == "no_usable_stream", "{code}");
}

#[tokio::test]
async fn limits_are_kept_and_told_as_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = clip(folder.path(), "clip.mp4");
    for (options, expected) in [
        (json!({"max_bytes": 100}), "file_too_large"),
        (json!({"max_duration_seconds": 1}), "too_long"),
        (json!({"max_side": 300}), "image_too_large"),
        (json!({"max_pixels": 1000}), "image_too_large"),
        (json!({"max_streams": 1}), "too_many_streams"),
    ] {
        let problem = check_with(&path, "clip.mp4", &AV, options).await.unwrap_err().problem;
        assert_eq!((problem.fault, problem.code.as_str()), (Fault::Limit, expected), "{}", problem.message);
    }
    let problem = check_with(&path, "clip.mp4", &AV, json!({"min_side": 300})).await.unwrap_err().problem;
    assert_eq!((problem.fault, problem.code.as_str()), (Fault::Input, "image_too_small"));
}

#[test]
fn options_that_make_no_sense_are_refused_by_name() {
    let registry = Registry::standard();
    let check = |options: Value| registry.get("file.check").unwrap().check_options(options.as_object().unwrap()).unwrap_err();
    assert!(check(json!({"max_byte": 1})).contains("`max_byte`"));
    assert!(check(json!({"max_bytes": 0})).starts_with("`max_bytes`"));
    assert!(check(json!({"min_side": 9, "max_side": 8})).starts_with("`min_side`"));
}
