//! `bench specimens`: writes documents that are made up, each with its text (`.txt`) and its fields or pairs (`.json`).

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use gristmill_specimen::{NotMade, Origin, Specimen, Wear, dense, form, invoice, receipt, submission};
use serde_json::json;

use super::args::SpecimensArgs;
use crate::failure::misused;
use crate::print::line;

type Maker = fn(u64, u32) -> Result<Specimen, NotMade>;

/// What there is. Only running text has as many pages as it is told.
const MAKERS: [(&str, Maker); 9] = [
    ("forms", |seed, _| form(seed)),
    ("receipts-scanned", |seed, _| receipt(seed, Wear::Scan)),
    ("receipts-photographed", |seed, _| receipt(seed, Wear::Photo)),
    ("invoices-digital", |seed, _| invoice(seed, Origin::Digital)),
    ("invoices-scanned", |seed, _| invoice(seed, Origin::Scan)),
    ("invoices-scanned-pdf", |seed, _| invoice(seed, Origin::ScannedPdf)),
    ("submissions", |seed, _| submission(seed)),
    ("text-digital", |seed, pages| dense(seed, pages, Origin::Digital)),
    ("text-scanned-pdf", |seed, pages| dense(seed, pages, Origin::ScannedPdf)),
];

/// Writes them, a folder a kind.
pub fn write(args: &SpecimensArgs) -> anyhow::Result<()> {
    let known: Vec<&str> = MAKERS.iter().map(|(kind, _)| *kind).collect();
    if let Some(unknown) = args.only.iter().find(|kind| !known.contains(&kind.as_str())) {
        return Err(misused(format!("there are no specimens `{unknown}`"), format!("there are {}", known.join(", "))));
    }
    for (kind, make) in MAKERS.iter().filter(|(kind, _)| args.only.is_empty() || args.only.iter().any(|only| only == kind)) {
        let folder = args.folder.join(kind);
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for seed in args.first..args.first.saturating_add(args.count) {
            one(&folder, &make(seed, args.pages)?).with_context(|| format!("{} cannot be written", folder.display()))?;
        }
        line(&format!("{kind}: {} in {}", args.count, folder.display()));
    }
    Ok(())
}

fn one(folder: &Path, specimen: &Specimen) -> std::io::Result<()> {
    let path = folder.join(&specimen.name);
    fs::write(&path, &specimen.bytes)?;
    fs::write(path.with_extension("txt"), &specimen.text)?;
    let truth = match &specimen.record {
        Some(record) => json!({ "schema": record.schema, "record": record.fields }),
        None => json!({ "schema": "form", "pairs": specimen.pairs }),
    };
    fs::write(path.with_extension("json"), format!("{truth:#}\n"))
}
