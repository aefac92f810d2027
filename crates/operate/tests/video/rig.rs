//! What the video tests share: running an operation on a file, running the whole chain, and asking ffprobe about results.

#![expect(dead_code, reason = "each of the test programs that include this uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_model::operation::Kind;
use gristmill_operate::models::Models;
use gristmill_operate::{Context, Earlier, EarlierArtifact, Input, OperationError, Outcome, Produced, Registry, Tools};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// One attempt's surroundings; its scratch folder lives as long as this.
pub struct Attempt {
    pub scratch: TempDir,
    pub context: Context,
    pub progress: watch::Receiver<(f64, String)>,
}

impl Attempt {
    pub fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let (sender, progress) = watch::channel((0.0, String::new()));
        let tools = Tools::new(Path::new("/bin/false"), 1, Models::new("none"));
        let context = Context::new(scratch.path().to_owned(), CancellationToken::new(), tools, sender);
        Self { scratch, context, progress }
    }

    pub async fn run(&self, op: &str, input: &Input, options: Value) -> Result<Outcome, OperationError> {
        let registry = Registry::standard();
        let operation = registry.get(op).unwrap_or_else(|| panic!("{op} is registered"));
        let options = options.as_object().unwrap().clone();
        operation.check_options(&options).unwrap();
        let run = operation.run(&self.context, input, &options);
        tokio::time::timeout(Duration::from_secs(300), run).await.expect("it must not hang")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }
}

pub fn input(path: &Path) -> Input {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let bytes = std::fs::metadata(path).unwrap().len();
    Input { source: path.into(), name, bytes, accepts: vec![Kind::Video], ..Input::default() }
}

pub fn done(outcome: Outcome) -> Produced {
    match outcome {
        Outcome::Done(produced) => produced,
        Outcome::NotApplicable(why) => panic!("not applicable: {why}"),
        Outcome::Parts(parts) => panic!("split into {}", parts.len()),
    }
}

/// The transcode and the packaging of one file.
pub struct Film {
    pub transcoded: Attempt,
    pub packaged: Attempt,
    pub transcode: Produced,
    pub package: Produced,
}

pub async fn film(path: &Path, options: Value) -> Result<Film, OperationError> {
    let (transcoded, packaged) = (Attempt::new(), Attempt::new());
    let mut input = input(path);
    let transcode = done(transcoded.run("video.transcode", &input, options).await?);
    let artifact =
        |d: &gristmill_operate::Draft| EarlierArtifact { name: d.name.clone(), media_type: d.media_type.clone(), path: d.path.clone() };
    input.earlier.push(Earlier {
        step: "transcode".into(),
        op: "video.transcode".into(),
        report: transcode.report.clone(),
        artifacts: transcode.artifacts.iter().map(artifact).collect(),
    });
    let package = done(packaged.run("video.package", &input, json!({})).await?);
    Ok(Film { transcoded, packaged, transcode, package })
}

impl Film {
    pub fn rungs(&self) -> Vec<Value> {
        self.transcode.report["produced"]["rungs"].as_array().unwrap().clone()
    }

    pub fn sounds(&self) -> usize {
        self.transcode.report["produced"]["sounds"].as_array().unwrap().len()
    }

    pub fn sizes(&self) -> Vec<(u64, u64)> {
        self.rungs().iter().map(|r| (r["width"].as_u64().unwrap(), r["height"].as_u64().unwrap())).collect()
    }

    pub fn rung(&self, name: &str) -> PathBuf {
        self.transcoded.path(&format!("{name}.mp4"))
    }

    /// Everything that must hold of any film, checked with programs that know nothing of ours.
    pub fn must_be_sound(&self) {
        for draft in self.transcode.artifacts.iter().chain(&self.package.artifacts) {
            assert!(std::fs::metadata(&draft.path).unwrap().len() > 0, "{} is empty", draft.name);
        }
        for rung in self.rungs() {
            self.rung_must_be_sound(&rung);
        }
        self.hls_must_play();
    }

    fn rung_must_be_sound(&self, rung: &Value) {
        let name = rung["name"].as_str().unwrap();
        let file = self.rung(name);
        assert!(moov_is_first(&file), "{name}.mp4 must start with its index");
        let frames = rung["frames"].as_u64().unwrap();
        assert_eq!(packets(&file, "v:0"), frames, "{name}: packets in the MP4");
        let playlist = self.packaged.path(&format!("hls/{name}/index.m3u8"));
        assert_eq!(packets(&playlist, "v:0"), frames, "{name}: packets in the HLS");
        let stream = &probe(&file, "v:0")["streams"][0];
        assert_eq!(stream["codec_name"], "h264");
        assert!(stream["side_data_list"].is_null(), "{name}: no rotation is left");
        assert_eq!(stream["sample_aspect_ratio"].as_str().unwrap_or("1:1"), "1:1");
        if self.sounds() > 0 {
            self.sound_must_start_where_it_did(name, &file);
        }
    }

    /// Picture and sound begin as far apart in the segments as in the MP4, to two milliseconds.
    fn sound_must_start_where_it_did(&self, name: &str, file: &Path) {
        let hls = |folder: &str, select: &str| first_time(&self.packaged.path(&format!("hls/{folder}/index.m3u8")), select);
        let in_segments = hls("audio-1", "a:0") - hls(name, "v:0");
        let in_file = first_time(file, "a:0") - first_time(file, "v:0");
        assert!(
            (in_segments - in_file).abs() < 0.002,
            "{name}: sound is {in_segments} s after the picture in segments, {in_file} s in the file"
        );
    }

    fn hls_must_play(&self) {
        let master = self.packaged.path("hls/master.m3u8");
        let text = std::fs::read_to_string(&master).unwrap();
        assert_eq!(text.matches("#EXT-X-STREAM-INF").count(), self.rungs().len().max(1));
        let played = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(&master)
            .args(["-map", "0", "-fps_mode", "passthrough", "-enc_time_base:v", "1:90000", "-f", "null", "-"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&played.stderr).into_owned();
        assert!(played.status.success() && said.is_empty(), "{said}\n{text}");
    }
}

pub fn probe(path: &Path, select: &str) -> Value {
    let out = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", select, "-show_streams", "-of", "json"])
        .arg(path)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn ask(path: &Path, select: &str, args: &[&str]) -> String {
    let out = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", select])
        .args(args)
        .args(["-of", "csv=p=0"])
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap()
}

pub fn packets(path: &Path, select: &str) -> u64 {
    let said = ask(path, select, &["-count_packets", "-show_entries", "stream=nb_read_packets"]);
    said.lines().find_map(|l| l.trim_matches([',', ' ']).parse().ok()).unwrap_or_else(|| panic!("{said:?} for {}", path.display()))
}

/// Frames that ffprobe's own decoding gets out of a file.
pub fn frames_decoded(path: &Path) -> u64 {
    let said = ask(path, "v:0", &["-count_frames", "-show_entries", "stream=nb_read_frames"]);
    said.lines().find_map(|l| l.trim_matches([',', ' ']).parse().ok()).unwrap_or_else(|| panic!("{said:?} for {}", path.display()))
}

/// Times of packets in order of presentation, seconds.
pub fn times(path: &Path, select: &str) -> Vec<f64> {
    let said = ask(path, select, &["-show_entries", "packet=pts_time"]);
    let mut times: Vec<f64> = said.lines().filter_map(|l| l.trim_matches([',', ' ']).parse().ok()).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn first_time(path: &Path, select: &str) -> f64 {
    times(path, select)[0]
}

/// Times of key frames, seconds.
pub fn key_frames(path: &Path) -> Vec<String> {
    let said = ask(path, "v:0", &["-show_entries", "packet=pts_time,flags"]);
    said.lines().filter(|l| l.contains(",K")).map(|l| l.split(',').next().unwrap().to_owned()).collect()
}

fn moov_is_first(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let at = |name: &[u8]| bytes.windows(4).position(|w| w == name);
    at(b"moov") < at(b"mdat")
}

/// Makes a clip with ffmpeg from words.
pub fn make(folder: &Path, name: &str, words: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(words.split_whitespace()).arg(&path).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    path
}

/// The sample media's folder, where it stands.
pub fn media() -> Option<PathBuf> {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let found = named.or(Some(beside)).filter(|p| p.join("dev.tsv").is_file());
    if found.is_none() {
        println!("no sample media here: set GRISTMILL_MEDIA; only clips made by the tests are checked");
    }
    found
}
