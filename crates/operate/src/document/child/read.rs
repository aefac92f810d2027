//! Reads pixels with the models, or lays them straight for another reader.

use std::fs::File;

use gristmill_layout::Matrix;
use gristmill_model::{Fault, Problem};
use gristmill_ocr::straighten::{flattened, letter_height, page_corners, skew, warp};
use gristmill_ocr::{Alphabet, Engine, Pixels, ReadOptions};

use super::super::wire::Straight;
use super::{bug, told};
use crate::child::{Answer, whole, write_all};

/// A larger file is no model of ours.
const MOST_MODEL_BYTES: u64 = 256 << 20;

/// A skew below this is not worth resampling for, in degrees.
const STRAIGHT_ENOUGH: f64 = 0.3;

/// Pixels that would hardly become fewer are left alone.
const SMALLER_IS_WORTH_IT: f64 = 0.95;

/// Half a page's ink may be in its headline: what is below must stay legible.
const SMALLEST: f64 = 0.5;

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

/// The pixels without perspective and skew.
pub(super) fn straight(pixels: Pixels, perspective: bool) -> (Pixels, Straight) {
    let sheet = if perspective { page_corners(&pixels).and_then(flattened) } else { None };
    let (flat, matrix) = match sheet {
        Some((matrix, size)) => (warp(&pixels, matrix, size), matrix),
        None => (pixels, Matrix::IDENTITY),
    };
    let size = (flat.width, flat.height);
    let told_as = |matrix| Straight { width: size.0.into(), height: size.1.into(), matrix };
    let degrees = skew(&flat);
    if degrees.abs() < STRAIGHT_ENOUGH {
        return (flat, told_as(matrix));
    }
    let level = Matrix::turn(-degrees, (f64::from(size.0) / 2.0, f64::from(size.1) / 2.0));
    (warp(&flat, level, size), told_as(matrix.then(level)))
}

/// The pixels with small letters at most so tall, and how many there are for each that came.
pub(super) fn with_letters(pixels: Pixels, tall: Option<f64>) -> (Pixels, f64) {
    let letters = tall.zip(letter_height(&pixels));
    let scale = letters.map_or(1.0, |(tall, found)| (tall / found).clamp(SMALLEST, 1.0));
    if scale < SMALLER_IS_WORTH_IT { (pixels.shrunk(scale), scale) } else { (pixels, 1.0) }
}
