//! Specimens from outside: their files open, and their truth is on them.

use std::collections::BTreeMap;

use gristmill_pdf::{Layer, Limits, Pdf};
use gristmill_specimen::{Media, Origin, Record, Specimen, Wear, dense, form, invoice, receipt, submission};
use serde_json::Value;

/// One of each kind but the long ones.
fn all(seed: u64) -> Vec<Specimen> {
    vec![
        form(seed).unwrap(),
        receipt(seed, Wear::Scan).unwrap(),
        receipt(seed, Wear::Photo).unwrap(),
        invoice(seed, Origin::Digital).unwrap(),
        invoice(seed, Origin::Scan).unwrap(),
        submission(seed).unwrap(),
        dense(seed, 2, Origin::Digital).unwrap(),
        dense(seed, 1, Origin::ScannedPdf).unwrap(),
    ]
}

#[test]
fn the_same_seed_makes_the_same_and_another_seed_another() {
    let (first, again, other) = (all(3), all(3), all(4));
    for ((first, again), other) in first.iter().zip(&again).zip(&other) {
        assert!(first == again, "{}", first.name);
        assert_ne!(first.bytes, other.bytes, "{}", first.name);
        assert_ne!(first.text, other.text, "{}", first.name);
    }
}

#[test]
fn pictures_open_and_have_ink_on_paper() {
    for specimen in (0..4).flat_map(all).filter(|s| s.media != Media::Pdf) {
        let picture = image::load_from_memory(&specimen.bytes).unwrap().into_luma8();
        let (paper, all) = (mean(picture.as_raw()), picture.as_raw().len() as f64);
        let ink = picture.as_raw().iter().filter(|v| f64::from(**v) < paper * 0.75).count() as f64 / all;
        assert!((0.003..0.4).contains(&ink), "{}: {ink} of it is ink", specimen.name);
        assert!(specimen.name.ends_with(specimen.media.extension()));
    }
}

#[test]
fn photos_show_a_sheet_on_a_darker_table() {
    for seed in 0..6 {
        let photo = image::load_from_memory(&receipt(seed, Wear::Photo).unwrap().bytes).unwrap().into_luma8();
        let (width, height) = photo.dimensions();
        let around: Vec<u8> = (0..height).flat_map(|y| [photo.get_pixel(1, y).0[0], photo.get_pixel(width - 2, y).0[0]]).collect();
        let across: Vec<u8> = (width / 3..width * 2 / 3).map(|x| photo.get_pixel(x, height / 2).0[0]).collect();
        let lightest = across.iter().max().copied().map_or(0.0, f64::from);
        assert!(lightest > mean(&around) + 25.0, "{seed}: {lightest} on {}", mean(&around));
    }
}

#[test]
fn a_digital_pdf_says_the_words_of_its_truth() {
    for seed in 0..24 {
        for specimen in [invoice(seed, Origin::Digital).unwrap(), dense(seed, 3, Origin::Digital).unwrap()] {
            let mut pdf = Pdf::open(specimen.bytes, None, &Limits::default()).unwrap();
            assert_eq!(pdf.pages(), specimen.pages);
            let mut seen = BTreeMap::new();
            for page in 1..=specimen.pages {
                let text = pdf.text(page).unwrap();
                assert_eq!(text.layer, Layer::Usable);
                text.lines.into_iter().flat_map(|l| l.words).for_each(|w| *seen.entry(w.text).or_insert(0) += 1);
            }
            let mut truth = BTreeMap::new();
            specimen.text.split_whitespace().for_each(|w| *truth.entry(w.to_owned()).or_insert(0) += 1);
            assert_eq!(seen, truth, "{}", specimen.name);
        }
    }
}

#[test]
fn a_scanned_pdf_is_pictures_at_300_dpi() {
    for specimen in [invoice(1, Origin::ScannedPdf).unwrap(), dense(1, 3, Origin::ScannedPdf).unwrap()] {
        let mut pdf = Pdf::open(specimen.bytes, None, &Limits::default()).unwrap();
        assert_eq!(pdf.pages(), specimen.pages);
        assert_eq!(pdf.text(1).unwrap().layer, Layer::None);
        let raster = pdf.raster(1, 300.0, 1 << 26).unwrap();
        assert!((2470..2490).contains(&raster.width), "{}", raster.width);
        let ink = raster.rgb.iter().filter(|v| **v < 110).count() as f64 / raster.rgb.len() as f64;
        assert!((0.002..0.3).contains(&ink), "{}: {ink}", specimen.name);
    }
}

#[test]
fn pages_of_running_text_have_about_five_hundred_words() {
    for seed in 0..10 {
        let words = dense(seed, 10, Origin::Digital).unwrap().text.split_whitespace().count();
        assert!((4_500..6_000).contains(&words), "{seed}: {words}");
    }
}

#[test]
fn every_field_stands_on_the_page_as_it_is_printed() {
    for specimen in recorded() {
        let Some(Record { fields, .. }) = &specimen.record else { panic!("{} has no record", specimen.name) };
        let mut leaves = Vec::new();
        flatten("", fields, &mut leaves);
        for (name, value) in leaves {
            assert!(printed(&name, &value, &specimen.text), "{}: {name} is {value}, in\n{}", specimen.name, specimen.text);
        }
    }
}

#[test]
fn records_fit_the_schemas_that_are_shipped() {
    for specimen in recorded() {
        let Some(Record { schema, fields }) = specimen.record else { panic!("{} has no record", specimen.name) };
        let path = format!("{}/../../schemas/{schema}.json", env!("CARGO_MANIFEST_DIR"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        fits(&schema, &fields, &specimen.name);
    }
}

/// Specimens with a record: a receipt of every country, and many invoices, which are quick to make.
fn recorded() -> Vec<Specimen> {
    let mut all: Vec<Specimen> = (0..60).map(|seed| invoice(seed, Origin::Digital).unwrap()).collect();
    all.extend((0..9).map(|seed| receipt(seed, Wear::Scan).unwrap()));
    all.extend((0..5).map(|seed| submission(seed).unwrap()));
    all
}

/// Whether a value has what its schema requires and nothing that it does not know, all of the right types.
fn fits(schema: &Value, value: &Value, name: &str) {
    match schema["type"].as_str().unwrap() {
        "object" => {
            let object = value.as_object().unwrap();
            for required in schema["required"].as_array().unwrap() {
                assert!(object.contains_key(required.as_str().unwrap()), "{name}: {required} is missing in {value}");
            }
            for (key, value) in object {
                assert!(!schema["properties"][key].is_null(), "{name}: {key} is unknown");
                fits(&schema["properties"][key], value, name);
            }
        }
        "array" => value.as_array().unwrap().iter().for_each(|v| fits(&schema["items"], v, name)),
        "string" => assert!(value.is_string(), "{name}: {value}"),
        "number" => assert!(value.is_number(), "{name}: {value}"),
        other => panic!("{other} is a type the test does not know"),
    }
}

fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| flatten(key, value, out)),
        Value::Array(array) => array.iter().for_each(|value| flatten(name, value, out)),
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        other => out.push((name.to_owned(), other.to_string())),
    }
}

fn printed(name: &str, value: &str, text: &str) -> bool {
    let without = |text: &str, of: &[char]| text.replace(of, "");
    match name {
        // It may follow from the country.
        "currency" => true,
        "date" | "due_date" => {
            let parts: Vec<&str> = value.split('-').collect();
            text.contains(&parts[0][2..]) && text.contains(parts[2].trim_start_matches('0'))
        }
        "time" => text.contains(&value[2..]),
        "card" => text.contains(value.trim_start_matches("**** ")),
        "vendor_phone" => text.chars().filter(char::is_ascii_digit).collect::<String>().contains(value),
        "vendor_vat_id" | "iban" | "bic" => without(text, &[' ', '\n']).contains(value),
        "vendor_address" => without(&text.replace('\n', " "), &[',']).contains(&without(value, &[','])),
        "amount" | "unit_price" | "subtotal" | "tax" | "total" | "discount" | "rounding" | "cash" | "change" => {
            // Signs between thousands are left out; the last sign is the decimal one.
            let digits = without(value.trim_start_matches('-'), &['.']);
            let shown: String = without(text, &['.', ',']);
            let joined = text.split('\n').any(|row| without(row, &['.', ',', ' ']).contains(&digits));
            shown.contains(&digits) || joined
        }
        "quantity" | "tax_rate" => text.contains(value) || text.contains(&value.replace('.', ",")),
        // Answers go over several lines.
        "answer" => text.replace('\n', " ").contains(value),
        _ => text.contains(value),
    }
}

fn mean(values: &[u8]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64
}
