//! Measures the image pool: 24 distinct 2725x2225 JPEGs to 720 wide at quality 80, through real decoder processes.
//!
//! `cargo run --release -p gristmill-operate --example image_rate -- [decoders] [rounds]`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use gristmill_operate::image::child_main;
use gristmill_operate::models::Models;
use gristmill_operate::{Context, Input, Outcome, Registry, Tools};
use tokio_util::sync::CancellationToken;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "image-child") {
        std::process::exit(child_main());
    }
    let decoders = args.first().and_then(|a| a.parse().ok()).unwrap_or(2);
    let rounds: usize = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(4);
    tokio::runtime::Runtime::new()?.block_on(measure(decoders, rounds))
}

async fn measure(decoders: usize, rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let inputs = (0..24).map(|seed| picture(folder.path(), seed)).collect::<Result<Vec<_>, _>>()?;
    let bytes: u64 = inputs.iter().filter_map(|p| p.metadata().ok()).map(|m| m.len()).sum();
    let tools = Tools::new(&std::env::current_exe()?, decoders, Models::new("none"));
    run(&tools, folder.path(), &inputs, decoders).await?;
    for _ in 0..rounds {
        let started = Instant::now();
        let parts = run(&tools, folder.path(), &inputs, decoders).await?;
        let rate = inputs.len() as f64 / started.elapsed().as_secs_f64();
        println!(
            "{rate:.1}/s with {decoders} decoders, {:.1}/s each; mean ms: decode {:.1}, resize {:.1}, encode {:.1}; input {} KB each",
            rate / decoders as f64,
            parts[0],
            parts[1],
            parts[2],
            bytes / 24_000
        );
    }
    Ok(())
}

/// All inputs, as many at a time as there are decoders; the mean milliseconds of each stage.
async fn run(tools: &Tools, folder: &Path, inputs: &[PathBuf], decoders: usize) -> Result<[f64; 3], Box<dyn std::error::Error>> {
    let options = serde_json::json!({"sizes": [{"name": "w720", "width": 720}], "formats": ["jpeg"], "quality": 80});
    let options = options.as_object().cloned().unwrap_or_default();
    let mut parts = [0.0; 3];
    let gate = Arc::new(tokio::sync::Semaphore::new(decoders));
    let mut running = tokio::task::JoinSet::new();
    for path in inputs {
        let scratch = tempfile::tempdir_in(folder)?.keep();
        let context = Context::new(scratch, CancellationToken::new(), tools.clone(), tokio::sync::watch::channel((0.0, String::new())).0);
        let input = Input { source: path.clone().into(), name: "a.jpg".into(), ..Input::default() };
        let (options, gate) = (options.clone(), Arc::clone(&gate));
        running.spawn(async move {
            let _place = gate.acquire().await;
            let registry = Registry::standard();
            let Some(operation) = registry.get("image.resize") else { return Err("no operation".to_owned()) };
            operation.run(&context, &input, &options).await.map_err(|e| e.to_string())
        });
    }
    while let Some(ended) = running.join_next().await {
        if let Outcome::Done(produced) = ended?? {
            let number = |v: &serde_json::Value| v.as_f64().unwrap_or(0.0) / inputs.len() as f64;
            parts[0] += number(&produced.report["decode_ms"]);
            parts[1] += number(&produced.report["outputs"][0]["resize_ms"]);
            parts[2] += number(&produced.report["outputs"][0]["encode_ms"]);
        }
    }
    Ok(parts)
}

/// A photo-like picture: soft shapes with a little grain, about 1 MB at quality 85.
fn picture(folder: &Path, seed: u32) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let (width, height) = (2725_usize, 2225_usize);
    let mut noise = seed.wrapping_mul(2_654_435_761) | 1;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let grain = (noise % 9) as f32 - 4.0;
            let (fx, fy, s) = (x as f32, y as f32, seed as f32 + 1.0);
            let wave = |a: f32, b: f32| 128.0 + 60.0 * (fx / a + s).sin() + 50.0 * (fy / b - s).cos() + 12.0 * (fx * fy / 9000.0).sin();
            for value in [wave(211.0, 97.0), wave(83.0, 173.0), wave(149.0, 61.0)] {
                pixels.push((value + grain).clamp(0.0, 255.0) as u8);
            }
        }
    }
    let image = turbojpeg::Image { pixels: &pixels[..], width, pitch: width * 3, height, format: turbojpeg::PixelFormat::RGB };
    let path = folder.join(format!("{seed}.jpg"));
    std::fs::write(&path, &turbojpeg::compress(image, 85, turbojpeg::Subsamp::Sub2x2)?)?;
    Ok(path)
}
