//! Writes specimens into a folder, each with its text (`.txt`) and its fields or pairs (`.json`), and says how long they took:
//! `cargo run --release -p gristmill-specimen --example specimen -- FOLDER [HOW MANY OF EACH]`

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, io};

use gristmill_specimen::{NotMade, Origin, Specimen, Wear, dense, form, invoice, receipt, submission};
use serde_json::json;

type Maker = fn(u64) -> Result<Specimen, NotMade>;

const MAKERS: [(&str, Maker); 9] = [
    ("forms", form),
    ("receipts-scanned", |seed| receipt(seed, Wear::Scan)),
    ("receipts-photographed", |seed| receipt(seed, Wear::Photo)),
    ("invoices-digital", |seed| invoice(seed, Origin::Digital)),
    ("invoices-scanned", |seed| invoice(seed, Origin::Scan)),
    ("invoices-scanned-pdf", |seed| invoice(seed, Origin::ScannedPdf)),
    ("submissions", submission),
    ("dense-digital", |seed| dense(seed, 5, Origin::Digital)),
    ("dense-scanned-pdf", |seed| dense(seed, 5, Origin::ScannedPdf)),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env::args().nth(1).ok_or("Give a folder to write to.")?;
    let count: u64 = env::args().nth(2).map_or(Ok(8), |n| n.parse())?;
    for (kind, make) in MAKERS {
        let folder = Path::new(&folder).join(kind);
        fs::create_dir_all(&folder)?;
        let (mut time, mut bytes, mut pages) = (Duration::ZERO, 0, 0);
        for seed in 0..count {
            let begin = Instant::now();
            let specimen = make(seed)?;
            time += begin.elapsed();
            bytes += specimen.bytes.len();
            pages += specimen.pages;
            write(&folder, &specimen)?;
        }
        let each = f64::from(pages.max(1));
        println!("{kind}: {pages} pages, {:.3} s and {:.0} KB a page", time.as_secs_f64() / each, bytes as f64 / 1000.0 / each);
    }
    Ok(())
}

fn write(folder: &Path, specimen: &Specimen) -> io::Result<()> {
    let path = folder.join(&specimen.name);
    fs::write(&path, &specimen.bytes)?;
    fs::write(path.with_extension("txt"), &specimen.text)?;
    let truth = match &specimen.record {
        Some(record) => json!({ "schema": record.schema, "record": record.fields }),
        None => json!({ "schema": "form", "pairs": specimen.pairs }),
    };
    fs::write(path.with_extension("json"), format!("{truth:#}\n"))
}
