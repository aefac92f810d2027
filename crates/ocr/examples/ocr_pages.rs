//! Reads pictures of pages and prints a line of JSON for each: `ocr_pages MODELS PICTURE...`.
#![expect(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, reason = "a tool for measuring")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use gristmill_ocr::{Alphabet, Engine, Pixels, ReadOptions};

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let models = arguments.next().expect("ocr_pages MODELS PICTURE...");
    let bytes = |name: &str| std::fs::read(models.join(name)).unwrap();
    let begun = Instant::now();
    let engine = Engine::new(bytes("PP-OCRv6_det_small.onnx"), bytes("PP-OCRv6_rec_small.onnx"), Alphabet::Latin).unwrap();
    eprintln!("models {} ms, {} kB", begun.elapsed().as_millis(), peak());
    for path in arguments {
        println!("{}", read(&engine, &path));
    }
}

fn read(engine: &Engine, path: &Path) -> serde_json::Value {
    let begun = Instant::now();
    let picture = image::open(path).unwrap().to_rgb8();
    let pixels = Pixels::new(picture.width(), picture.height(), picture.into_raw()).unwrap();
    let reading = engine.read(&pixels, &ReadOptions { perspective: true, ..ReadOptions::default() }).unwrap();
    let text: Vec<String> = reading.lines.iter().map(|line| line.text()).collect();
    serde_json::json!({
        "file": path,
        "text": text.join("\n"),
        "ms": begun.elapsed().as_millis(),
        "peak_kb": peak(),
        "turn": reading.upright.turn,
        "skew": reading.upright.skew_degrees,
        "lines": reading.lines,
    })
}

/// The most memory this process had at once, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
