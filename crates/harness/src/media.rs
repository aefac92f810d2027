//! Sample files: those beside the checkout with their expected ends, and others made with ffmpeg.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A sample file and what should become of it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Where it is.
    pub path: PathBuf,
    /// `image`, `video`, `scan`, …
    pub kind: String,
    /// `ok`, `ok-warn`, `reject`, `ok-or-reject`, …
    pub expect: String,
}

/// The samples of these kinds: from `GRISTMILL_MEDIA`, else from `../shared/media` beside the checkout. Empty when there are none.
pub fn samples(kinds: &[&str]) -> Vec<Sample> {
    let Some(folder) = folder() else { return Vec::new() };
    let table = std::fs::read_to_string(folder.join("dev.tsv")).expect("dev.tsv stands in the media folder");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let below = cells.first()?.strip_prefix("shared/media/")?;
        Some(Sample { path: folder.join(below), kind: cells.get(1)?.to_string(), expect: cells.get(8)?.to_string() })
    };
    table.lines().skip(1).filter_map(row).filter(|s| kinds.contains(&s.kind.as_str())).collect()
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    named.into_iter().chain([beside]).find(|f| f.join("dev.tsv").exists())
}

/// Makes a file with ffmpeg: `input` is what stands between `-y` and the output. Made anew for each test; seconds, not minutes.
pub fn make(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let done = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(arguments).arg(&path).status();
    assert!(done.expect("ffmpeg is installed: run scripts/setup").success(), "ffmpeg made {name}");
    path
}

/// A clip of moving pattern and a tone.
pub fn clip(folder: &Path, name: &str, seconds: u32, size: &str) -> PathBuf {
    let video = format!("testsrc2=size={size}:rate=25:duration={seconds}");
    let sound = format!("sine=frequency=330:duration={seconds}");
    let encode = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
    make(folder, name, &[&["-f", "lavfi", "-i", &video, "-f", "lavfi", "-i", &sound][..], &encode[..]].concat())
}

/// A photo-like picture.
pub fn picture(folder: &Path, name: &str) -> PathBuf {
    make(folder, name, &["-f", "lavfi", "-i", "mandelbrot=size=800x600", "-frames:v", "1"])
}

/// The models of this machine: those that `gristmill models fetch` keeps.
pub fn models() -> gristmill_operate::models::Models {
    let named = std::env::var_os("GRISTMILL_MODELS__DIR").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let folder = named.or_else(|| cache.map(|c| c.join("gristmill/models"))).expect("a home folder");
    gristmill_operate::models::Models::new(folder)
}
