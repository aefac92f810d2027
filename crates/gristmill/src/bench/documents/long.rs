//! Documents of many pages: a scan beside OCRmyPDF, one that states its text, and one whose length must not show in the memory.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::ours::Ours;
use super::peers::{self, Peers};
use super::sets::Set;
use crate::bench::args::DocumentsArgs;
use crate::bench::figures::Figures;
use crate::bench::usage::Usage;
use crate::config::Config;
use crate::wiring::cores;

const MIB: f64 = 1_048_576.0;
/// Pages of the scan.
const SCAN: u32 = 50;
/// Pages of the document with text.
const DIGITAL: u32 = 200;

/// A scan of dense text at 300 dpi to a searchable PDF.
pub async fn scan(config: &Config, figures: &Figures, args: &DocumentsArgs, others: Option<&Peers>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let set = Set::made("text-scanned-pdf", folder.path(), args.first, 1, SCAN).await?;
    let pages = f64::from(SCAN);
    let own = json!({"document": format!("{SCAN} pages of dense text at 300 dpi"), "to": "a searchable PDF, text and layout"});
    let mut tesseract = None;
    for (reader, by) in [("auto", "gristmill"), ("tesseract", "gristmill by Tesseract")] {
        if reader == "tesseract" && peers::tesseract_version().await.is_none() {
            continue;
        }
        let seconds = ours(config, figures, reader, by, &set.files, &own).await?;
        if reader == "tesseract" {
            figures.print("documents", "scan rate of a core by Tesseract", pages / seconds / f64::from(cores()), "pages/s", own.clone());
            tesseract = Some(seconds);
        }
    }
    if let Some(others) = others {
        let theirs = others.ocrmypdf(&set.files[0], &folder.path().join("theirs.pdf")).await?;
        let own = json!({"document": own["document"], "reader": others.versions, "settings": "all cores, --output-type pdf --optimize 0", "clock": "the whole process"});
        figures.print("documents", "scan rate by OCRmyPDF", pages / theirs.seconds, "pages/s", own.clone());
        figures.print("documents", "scan peak memory by OCRmyPDF", theirs.peak as f64 / MIB, "MiB", own.clone());
        if let Some(seconds) = tesseract {
            figures.print("documents", "scan ratio by Tesseract to OCRmyPDF", theirs.seconds / seconds, "x", own);
        }
    }
    Ok(())
}

async fn ours(
    config: &Config,
    figures: &Figures,
    reader: &str,
    by: &str,
    files: &[PathBuf],
    own: &serde_json::Value,
) -> anyhow::Result<f64> {
    let engine = Ours::start(config, reader, true).await?;
    let (used, documents) = engine.read(files).await?;
    engine.end().await;
    let pages = documents.iter().map(|d| d.pages.len()).sum::<usize>() as f64;
    figures.print("documents", &format!("scan rate by {by}"), pages / used.seconds, "pages/s", own.clone());
    figures.print("documents", &format!("scan peak memory by {by}"), used.peak as f64 / MIB, "MiB", own.clone());
    Ok(used.seconds)
}

/// A document that states its text, with everything that is made of it.
pub async fn digital(config: &Config, figures: &Figures, args: &DocumentsArgs) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let set = Set::made("text-digital", folder.path(), args.first, 1, DIGITAL).await?;
    let engine = Ours::start(config, "auto", true).await?;
    let (used, _) = engine.read(&set.files).await?;
    engine.end().await;
    let own = json!({"document": format!("{DIGITAL} born-digital pages of dense text"), "to": "a searchable PDF, text and layout", "clock": "from the submit, children not started"});
    figures.print("documents", "digital", used.seconds, "s", own.clone());
    figures.print("documents", "digital peak memory", used.peak as f64 / MIB, "MiB", own);
    Ok(())
}

/// The memory of a tenth of a long scan, and of all of it.
pub async fn constant(config: &Config, figures: &Figures, args: &DocumentsArgs) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (short, long) = (args.long.div_ceil(10).max(1), args.long.max(1));
    let few = read(config, args, &folder.path().join("short"), short).await?;
    let many = read(config, args, &folder.path().join("long"), long).await?;
    let own = json!({"document": format!("{long} scanned pages of dense text at 300 dpi"), "beside": format!("{short} pages")});
    figures.print("documents", "long peak memory", many.peak as f64 / MIB, "MiB", own.clone());
    figures.print("documents", "long peak memory to that of a tenth", many.peak as f64 / few.peak as f64, "x", own.clone());
    figures.print("documents", "long rate", f64::from(long) / many.seconds, "pages/s", own.clone());
    figures.print("documents", "long cores at work", many.cpu_seconds / many.seconds, "cores", own);
    Ok(())
}

async fn read(config: &Config, args: &DocumentsArgs, folder: &Path, pages: u32) -> anyhow::Result<Usage> {
    let set = Set::made("text-scanned-pdf", folder, args.first, 1, pages).await?;
    let engine = Ours::start(config, "auto", true).await?;
    let (used, _) = engine.read(&set.files).await?;
    engine.end().await;
    Ok(used)
}
