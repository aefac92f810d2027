//! Reads pixels with the models, or lays them straight for another reader.

use std::fs::File;

use gristmill_layout::Matrix;
use gristmill_model::{Fault, Problem};
use gristmill_ocr::straighten::{flattened, page_corners, skew, warp};
use gristmill_ocr::{Alphabet, Engine, Pixels, ReadOptions};

use super::super::wire::Straight;
use super::{bug, told};
use crate::child::{Answer, whole, write_all};

/// A larger file is no model of ours.
const MOST_MODEL_BYTES: u64 = 256 << 20;

/// A skew below this is not worth resampling for, in degrees.
const STRAIGHT_ENOUGH: f64 = 0.3;

/// An engine with its models, for as long as this process lives.
pub(super) struct Loaded {
    alphabet: Alphabet,
    engine: Engine,
}

/// Reads and writes the lines.
pub(super) fn read(
    loaded: &mut Option<Loaded>,
    pixels: &Pixels,
    languages: &[String],
    perspective: bool,
    models: [File; 2],
    out: &File,
) -> Answer {
    let alphabet = Alphabet::of(languages.iter().map(String::as_str)).ok_or_else(|| bug("it cannot read that language".to_owned()))?;
    let of = match loaded.take().filter(|l| l.alphabet == alphabet) {
        Some(of) => of,
        None => load(alphabet, models)?,
    };
    let of = loaded.insert(of);
    let reading = of.engine.read(pixels, &ReadOptions { turn: true, perspective }).map_err(|e| bug(e.to_string()))?;
    let mut lines = Vec::new();
    serde_json::to_writer(&mut lines, &reading.lines).map_err(|e| bug(e.to_string()))?;
    write_all(out, &lines)?;
    let upright = reading.upright;
    told(&Straight { width: upright.size.0, height: upright.size.1, matrix: upright.straightened })
}

fn load(alphabet: Alphabet, [detector, recogniser]: [File; 2]) -> Result<Loaded, Problem> {
    let unusable = |why: String| {
        let message = format!("The models of the reader cannot be used: {why}. Fetch them again with `gristmill models fetch ocr`.");
        Problem::new(Fault::Tool, "model_unusable", message)
    };
    let bytes = |file: &File| whole(file, MOST_MODEL_BYTES)?.ok_or_else(|| unusable("one is too large".to_owned()));
    let engine = Engine::new(bytes(&detector)?, bytes(&recogniser)?, alphabet).map_err(|e| unusable(e.to_string()))?;
    Ok(Loaded { alphabet, engine })
}

/// Takes the perspective and the skew out and has the pixels written.
pub(super) fn straighten(pixels: &Pixels, perspective: bool, write: impl Fn(&Pixels) -> Result<(), Problem>) -> Answer {
    let size = (pixels.width, pixels.height);
    let sheet = if perspective { page_corners(pixels).and_then(flattened) } else { None };
    let (flat, matrix) = match sheet {
        Some((matrix, size)) => (Some(warp(pixels, matrix, size)), matrix),
        None => (None, Matrix::IDENTITY),
    };
    let pixels = flat.as_ref().unwrap_or(pixels);
    let degrees = skew(pixels);
    let size = if flat.is_some() { (pixels.width, pixels.height) } else { size };
    let told_as = |matrix| told(&Straight { width: size.0.into(), height: size.1.into(), matrix });
    if degrees.abs() < STRAIGHT_ENOUGH {
        write(pixels)?;
        return told_as(matrix);
    }
    let level = Matrix::turn(-degrees, (f64::from(size.0) / 2.0, f64::from(size.1) / 2.0));
    write(&warp(pixels, level, size))?;
    told_as(matrix.then(level))
}
