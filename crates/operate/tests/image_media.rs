//! Image operations over every sample image, each with the end that the list of samples expects of it.
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails the test")]

mod image_world;

use std::path::PathBuf;

use gristmill_model::Fault;
use image::GenericImageView;
use image_world::{World, artifact, media};
use serde_json::{Value, json};

#[test]
fn serves_as_the_image_child() {
    image_world::serve_if_child();
}

/// Path and expected end of every sample image; empty without samples.
fn samples() -> Vec<(PathBuf, String)> {
    let Some(folder) = media() else { return Vec::new() };
    let list = std::fs::read_to_string(folder.join("dev.tsv")).unwrap();
    let rows = list.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let ours = rows
        .filter(|row| matches!(row[1], "image" | "scan"))
        .filter_map(|row| Some((folder.join(row[0].strip_prefix("shared/media/")?), row[8].to_owned())));
    ours.collect()
}

fn sample(name: &str) -> Option<PathBuf> {
    media().map(|folder| folder.join("image").join(name))
}

#[tokio::test]
async fn every_sample_ends_as_expected_in_every_operation() {
    let world = World::new();
    let samples = samples();
    assert!(samples.is_empty() || samples.len() > 30);
    let mut surprises = Vec::new();
    for (path, expected) in samples {
        let options = json!({"sizes": [{"name": "s", "width": 64}], "formats": ["jpeg", "png", "webp"]});
        for (op, options) in
            [("image.resize", options), ("image.thumbnail", json!({})), ("image.placeholder", json!({})), ("metadata.extract", json!({}))]
        {
            let ended = match world.run(op, &path, options).await {
                Ok(_) => "ok".to_owned(),
                Err(error) if matches!(error.problem.fault, Fault::Input | Fault::Limit) => "reject".to_owned(),
                Err(error) => format!("{:?}", error.problem),
            };
            if !expected.split("-or-").any(|e| e == ended) {
                surprises.push(format!("{op} {}: expected {expected}, was {ended}", path.file_name().unwrap().display()));
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[tokio::test]
async fn all_orientations_become_the_same_upright_picture() {
    let Some(upright) = sample("hopper.jpg") else { return };
    let world = World::new();
    let wanted = image::open(upright).unwrap().to_rgb8();
    for number in 2..=8 {
        let path = sample(&format!("hopper_orientation_{number}.jpg")).unwrap();
        let produced = world.run("image.convert", &path, json!({"formats": ["png"]})).await.unwrap();
        let found = image::load_from_memory(&artifact(&produced, ".png")).unwrap().to_rgb8();
        let away: u64 = found.iter().zip(wanted.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = away as f64 / f64::from(128 * 128 * 3);
        assert!(mean < 6.0, "orientation {number} is {mean:.1} away");
    }
}

#[tokio::test]
async fn animations_keep_every_frame_and_its_duration() {
    let world = World::new();
    for (name, frames) in [("iss634.gif", 42), ("iss634.webp", 42), ("delay.png", 0)] {
        let Some(path) = sample(name) else { return };
        let inspected = world.tools.images.inspect(&path, &world.cancel).await.unwrap();
        assert!(frames == 0 && inspected.frames > 1 || inspected.frames == frames, "{name}: {inspected:?}");
        let options = json!({"sizes": [{"name": "s", "width": 60}], "formats": ["webp", "jpeg"]});
        let produced = world.run("image.resize", &path, options).await.unwrap();
        let again = world.file("again.webp", &artifact(&produced, ".webp"));
        let result = world.tools.images.inspect(&again, &world.cancel).await.unwrap();
        assert_eq!((result.frames, result.width), (inspected.frames, 60), "{name}");
        assert_eq!(image::load_from_memory(&artifact(&produced, ".jpg")).unwrap().width(), 60, "{name}");
        let first = world.run("image.resize", &path, json!({"formats": ["webp"], "animation": "first"})).await.unwrap();
        let still = world.file("still.webp", &artifact(&first, "small.webp"));
        assert_eq!(world.tools.images.inspect(&still, &world.cancel).await.unwrap().frames, 1, "{name}");
    }
}

#[tokio::test]
async fn a_place_is_flagged_and_never_in_a_result() {
    let Some(path) = sample("exif_gps.jpg") else { return };
    let world = World::new();
    let told = world.run("metadata.extract", &path, json!({})).await.unwrap();
    let document: Value = serde_json::from_slice(&artifact(&told, "metadata.json")).unwrap();
    assert_eq!((&told.report["gps_present"], &document["gps"]["present"]), (&json!(true), &json!(true)));
    assert!(!document["exif"].as_object().unwrap().keys().any(|k| k.starts_with("GPS")), "{document}");
    for options in [json!({"formats": ["jpeg", "png", "webp", "avif"]}), json!({"formats": ["jpeg", "png", "webp"], "strip": false})] {
        let produced = world.run("image.convert", &path, options.clone()).await.unwrap();
        for draft in &produced.artifacts {
            let again = world.run("metadata.extract", &draft.path, json!({})).await.unwrap();
            assert_eq!(again.report["gps_present"], false, "{} of {options}", draft.name);
        }
    }
    let kept = world.run("image.convert", &path, json!({"strip": false, "keep_gps": true})).await.unwrap();
    let again = world.run("metadata.extract", &kept.artifacts[0].path, json!({})).await.unwrap();
    assert_eq!(again.report["gps_present"], true);
}

#[tokio::test]
async fn kept_metadata_names_the_camera_and_no_second_turn() {
    let Some(path) = sample("flower.jpg") else { return };
    let world = World::new();
    let kept = world.run("image.convert", &path, json!({"formats": ["jpeg", "png", "webp"], "strip": false})).await.unwrap();
    for draft in &kept.artifacts {
        let told = world.run("metadata.extract", &draft.path, json!({})).await.unwrap();
        assert_eq!((&told.report["camera"]["make"], &told.report["orientation"]), (&json!("Canon"), &json!(1)), "{}", draft.name);
    }
}

#[tokio::test]
async fn headers_tell_what_the_samples_are() {
    let Some(broken) = sample("broken.png") else { return };
    let world = World::new();
    let cases = [
        ("hopper.jpg", "jpeg", 128, 128, 8, 1),
        ("exif-one-entry.heic", "heic", 3674, 5500, 8, 1),
        ("exif.avif", "avif", 192, 256, 8, 1),
        ("tiff_16bit_RGB.tiff", "tiff", 100, 40, 16, 1),
        ("multipage.tiff", "tiff", 10, 10, 1, 3),
        ("hopper_orientation_6.jpg", "jpeg", 128, 128, 8, 1),
    ];
    for (name, format, width, height, bits, pages) in cases {
        let told = world.tools.images.inspect(&sample(name).unwrap(), &world.cancel).await.unwrap();
        assert_eq!((told.format.as_str(), told.bits, told.pages), (format, bits, pages), "{name}: {told:?}");
        let sides = if told.orientation >= 5 && name.ends_with("heic") { (told.height, told.width) } else { (told.width, told.height) };
        assert_eq!(sides, (width, height), "{name}: {told:?}");
    }
    for path in [broken, sample("motion_photo_pixel_synth.jpg").unwrap()] {
        let error = world.tools.images.inspect(&path, &world.cancel).await.unwrap_err();
        assert_eq!(error.problem.fault, Fault::Input, "{path:?}");
    }
}

#[tokio::test]
async fn inks_become_the_colours_other_programs_show() {
    let Some(path) = sample("pil_sample_cmyk.jpg") else { return };
    let world = World::new();
    let produced = world.run("image.convert", &path, json!({"formats": ["png"]})).await.unwrap();
    let picture = image::load_from_memory(&artifact(&produced, ".png")).unwrap();
    assert_eq!(picture.dimensions(), (100, 100));
    let mean = picture.to_rgb8().iter().map(|c| f64::from(*c)).sum::<f64>() / 30_000.0;
    let reference = image::load_from_memory(&std::fs::read(path).unwrap()).unwrap().to_rgb8();
    let wanted = reference.iter().map(|c| f64::from(*c)).sum::<f64>() / 30_000.0;
    assert!((mean - wanted).abs() < 40.0, "mean {mean:.0}, elsewhere {wanted:.0}: {}", produced.report["decoded"]);
}
