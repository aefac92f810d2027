//! The models on a real scan: a brochure beside the checkout, or where `GRISTMILL_MEDIA` says. The models are in
//! `GRISTMILL_MODELS__DIR/ocr` or in the user's cache folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gristmill_layout::{Line, Matrix, Rect};
use gristmill_ocr::{Alphabet, Engine, Pixels, ReadOptions, Reading, straighten};
use image::{RgbImage, imageops};

/// An engine; none where nobody fetched the models, which a machine of the checks may not leave undone.
fn engine() -> Option<Engine> {
    let named = std::env::var_os("GRISTMILL_MODELS__DIR").map(|folder| PathBuf::from(folder).join("ocr"));
    let cache = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/gristmill/models/ocr"));
    let found = named.into_iter().chain(cache).find(|folder| folder.join("PP-OCRv6_rec_small.onnx").exists());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "there are no OCR models: set GRISTMILL_MODELS__DIR, or fetch them to ~/.cache/gristmill/models/ocr"
    );
    let bytes = |folder: &Path, name: &str| std::fs::read(folder.join(name)).expect("both models lie in one folder");
    let folder = found?;
    let (detector, recogniser) = (bytes(&folder, "PP-OCRv6_det_small.onnx"), bytes(&folder, "PP-OCRv6_rec_small.onnx"));
    Some(Engine::new(detector, recogniser, Alphabet::Latin).expect("the models are sound"))
}

/// The brochure and its text, as another program read it; none where there are no sample files.
fn brochure() -> Option<(RgbImage, String)> {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let folder = named.into_iter().chain([beside]).find(|folder| folder.join("dev.tsv").exists())?.join("doc");
    let picture = image::open(folder.join("linn.png")).expect("the brochure is a picture").to_rgb8();
    Some((picture, std::fs::read_to_string(folder.join("linn.txt")).expect("the brochure has a text")))
}

/// The upper part of the brochure, smaller, which is quicker to read.
fn upper_part(picture: &RgbImage) -> RgbImage {
    let part = imageops::crop_imm(picture, 0, 0, picture.width(), 1400).to_image();
    imageops::resize(&part, part.width() / 2, part.height() / 2, imageops::FilterType::Triangle)
}

fn pixels(picture: RgbImage) -> Pixels {
    Pixels::new(picture.width(), picture.height(), picture.into_raw()).unwrap()
}

fn words(text: &str) -> HashSet<String> {
    text.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).filter(|w| w.len() > 2).collect()
}

fn text(reading: &Reading) -> String {
    reading.lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
}

fn place_of(reading: &Reading, word: &str) -> Rect {
    let words = reading.lines.iter().flat_map(|line| &line.words);
    words.filter(|w| w.text.contains(word)).map(|w| w.bounds).next().unwrap_or_else(|| panic!("{word} in {}", text(reading)))
}

fn near(a: Rect, b: Rect, by: f64) -> bool {
    a.corners().into_iter().zip(b.corners()).all(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1) < by)
}

#[test]
fn a_scanned_page_is_read() {
    let (Some(engine), Some((picture, truth))) = (engine(), brochure()) else { return };
    let page = pixels(picture);
    let reading = engine.read(&page, &ReadOptions::default()).unwrap();
    assert_eq!(reading.lines[0].text(), "The LinnSequencer");
    let (expected, found) = (words(&truth), words(&text(&reading)));
    let missing: Vec<&String> = expected.difference(&found).collect();
    assert!(missing.len() * 10 < expected.len(), "{} of {} words are missing: {missing:?}", missing.len(), expected.len());
    assert_eq!((reading.upright.turn, reading.upright.straightened), (0, Matrix::IDENTITY));
    for word in reading.lines.iter().flat_map(|line| &line.words) {
        assert!(!word.text.is_empty() && (0.0..=1.0).contains(&word.confidence), "{word:?}");
        assert!(word.bounds.x0 >= -9.0 && word.bounds.x1 <= f64::from(page.width) + 9.0, "{word:?}");
    }
}

#[test]
fn a_page_on_its_side_or_head_is_read_as_one_that_is_upright() {
    let (Some(engine), Some((picture, _))) = (engine(), brochure()) else { return };
    let part = upper_part(&picture);
    let upright = engine.read(&pixels(part.clone()), &ReadOptions::default()).unwrap();
    let place = place_of(&upright, "professional");
    let turned = [(90, imageops::rotate270(&part)), (180, imageops::rotate180(&part)), (270, imageops::rotate90(&part))];
    for (turn, picture) in turned {
        let reading = engine.read(&pixels(picture), &ReadOptions::default()).unwrap();
        assert_eq!((reading.upright.turn, reading.upright.size), (turn, upright.upright.size));
        let lines = |reading: &Reading| reading.lines.len();
        assert!(lines(&reading).abs_diff(lines(&upright)) <= 2, "{turn}: {} lines of {}", lines(&reading), lines(&upright));
        assert!(near(place_of(&reading, "professional"), place, 12.0), "{turn}: {:?} for {place:?}", place_of(&reading, "professional"));
    }
}

#[test]
fn a_page_that_lies_askew_is_laid_straight() {
    let (Some(engine), Some((picture, _))) = (engine(), brochure()) else { return };
    let page = pixels(upper_part(&picture));
    let place = place_of(&engine.read(&page, &ReadOptions::default()).unwrap(), "professional");
    let (sin, cos) = 4f64.to_radians().sin_cos();
    let slope = Matrix([cos, -sin, 40.0, sin, cos, 0.0, 0.0, 0.0, 1.0]);
    let askew = straighten::warp(&page, slope, (page.width + 40, page.height + 90));
    let reading = engine.read(&askew, &ReadOptions::default()).unwrap();
    assert!((reading.upright.skew_degrees - 4.0).abs() < 0.3, "{}", reading.upright.skew_degrees);
    assert!((straighten::skew(&askew) - 4.0).abs() < 0.3, "{}", straighten::skew(&askew));
    let back = slope.then(reading.upright.straightened);
    let expected = Rect::around(place.corners().map(|corner| back.apply(corner))).unwrap();
    let found = place_of(&reading, "professional");
    assert!(near(found, expected, 12.0), "{found:?} for {expected:?}");
}

#[test]
fn a_sheet_photographed_on_a_dark_table_is_laid_flat() {
    let (Some(engine), Some((picture, _))) = (engine(), brochure()) else { return };
    let sheet = pixels(upper_part(&picture));
    let (width, height) = (f64::from(sheet.width), f64::from(sheet.height));
    let flat = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    let seen = [(160.0, 90.0), (1280.0, 150.0), (1400.0, 860.0), (60.0, 800.0)];
    let map = straighten::homography(flat, seen).unwrap();
    let mut photo = straighten::warp(&sheet, map, (1480, 960));
    let back = map.inverse().unwrap();
    for (i, pixel) in photo.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = back.apply(((i % 1480) as f64, (i / 1480) as f64));
        if !(0.0..width).contains(&x) || !(0.0..height).contains(&y) {
            pixel.fill(60);
        }
    }
    let reading = engine.read(&photo, &ReadOptions { perspective: true, ..ReadOptions::default() }).unwrap();
    let (x, y) = reading.upright.straightened.apply(seen[2]);
    let size = reading.upright.size;
    assert!((x - size.0).hypot(y - size.1) < 20.0, "the lower right corner of the sheet is at {x}, {y} of {size:?}");
    assert_eq!(reading.lines[0].text(), "The LinnSequencer");
}

#[test]
fn what_cannot_be_a_picture_is_refused() {
    let Some(engine) = engine() else { return };
    let broken = Pixels { width: 10, height: 10, rgb: vec![0; 7] };
    let refused = engine.read(&broken, &ReadOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("10 × 10"), "{refused}");
    let speck = engine.read(&Pixels::white(1, 1), &ReadOptions::default()).unwrap();
    assert!(speck.lines.is_empty());
}

#[test]
fn damaged_models_are_named() {
    let wrong = Engine::new(vec![1, 2, 3], vec![4, 5, 6], Alphabet::Latin).err().unwrap();
    assert_eq!(wrong.model, "detector");
}
