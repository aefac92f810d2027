//! Sample files: those beside the checkout with their expected ends, and others that are made: films and pictures with ffmpeg, pages by hand.

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

/// A PDF of one page with these lines in Helvetica, the first at 740 points and each 20 below the one before.
pub fn pdf(folder: &Path, name: &str, lines: &[&str]) -> PathBuf {
    let text: String =
        lines.iter().zip(1..).map(|(line, n)| format!("BT /F 12 Tf 1 0 0 1 72 {} Tm ({line}) Tj ET\n", 760 - 20 * n)).collect();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{text}endstream", text.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (object, n) in objects.iter().zip(1..) {
        places.push(file.len());
        file += &format!("{n} 0 obj\n{object}\nendobj\n");
    }
    let table: String = places.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
    let start = file.len();
    file += &format!("xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    let path = folder.join(name);
    std::fs::write(&path, file).expect("the folder can be written");
    path
}

/// The models of this machine: those that `gristmill models fetch` keeps.
pub fn models() -> gristmill_operate::models::Models {
    let named = std::env::var_os("GRISTMILL_MODELS__DIR").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let folder = named.or_else(|| cache.map(|c| c.join("gristmill/models"))).expect("a home folder");
    gristmill_operate::models::Models::new(folder)
}
