//! Single pages of each kind by each reader: errors, pages a second, processor time, memory; and of our default reader, fields.

use gristmill_layout::Document;
use serde_json::{Value, json};

use super::error_rate::Errors;
use super::fields::{self, Tally};
use super::ours::{self, Ours};
use super::peers::{self, Peers};
use super::rows::{Read, rows};
use super::sets::{Set, Truth};
use crate::bench::args::DocumentsArgs;
use crate::bench::figures::Figures;
use crate::bench::usage::Usage;
use crate::config::Config;

const MIB: f64 = 1_048_576.0;
/// Kinds of pages that are made up.
const KINDS: [&str; 5] = ["forms", "receipts-scanned", "receipts-photographed", "invoices-scanned", "submissions"];

/// Every set by every reader that is there.
pub async fn bench(config: &Config, figures: &Figures, args: &DocumentsArgs, peers: Option<&Peers>) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut sets = Vec::new();
    match &args.pages {
        Some(given) => sets.push(Set::given(given, "given")?),
        None => {
            for kind in KINDS {
                sets.push(Set::made(kind, folder.path(), args.first, args.each, 1).await?);
            }
        }
    }
    for (reader, called) in [("auto", "gristmill"), ("tesseract", "gristmill by Tesseract")] {
        if reader == "tesseract" && peers::tesseract_version().await.is_none() {
            continue;
        }
        let engine = Ours::start(config, reader, false).await?;
        engine.warm(&sets[0].files).await?;
        for set in &sets {
            by_us(figures, args, set, &engine, called).await?;
        }
        engine.end().await;
    }
    for set in &sets {
        by_others(figures, args, set, peers, folder.path()).await?;
    }
    Ok(())
}

async fn by_us(figures: &Figures, args: &DocumentsArgs, set: &Set, engine: &Ours, called: &str) -> anyhow::Result<()> {
    let (used, documents) = engine.read(&set.files).await?;
    let pages: Vec<Vec<Read>> = documents.iter().map(|d| d.pages.iter().flat_map(ours::lines).collect()).collect();
    let said = documents.iter().flat_map(|d| &d.pages).find_map(|p| p.engine.clone()).unwrap_or_default();
    let truths = set.truths()?;
    let own = conditions(args, set, &said);
    report(figures, set, called, used, &pages, &truths, &own);
    if called == "gristmill" {
        report_fields(figures, set, &documents, &truths, own);
    }
    Ok(())
}

async fn by_others(
    figures: &Figures,
    args: &DocumentsArgs,
    set: &Set,
    peers: Option<&Peers>,
    scratch: &std::path::Path,
) -> anyhow::Result<()> {
    let truths = set.truths()?;
    if let Some(peers) = peers {
        let (used, pages) = peers.rapidocr(&set.files, scratch).await?;
        report(figures, set, "RapidOCR", used, &pages, &truths, &conditions(args, set, &peers.versions));
    }
    if let Some(version) = peers::tesseract_version().await {
        let (used, pages) = peers::tesseract(&set.files).await?;
        report(figures, set, "Tesseract", used, &pages, &truths, &conditions(args, set, &version));
    }
    Ok(())
}

fn conditions(args: &DocumentsArgs, set: &Set, reader: &str) -> Value {
    let seeds = if args.pages.is_some() { json!("as given") } else { json!(format!("{}..{}", args.first, args.first + args.each)) };
    json!({
        "reader": reader, "pages": set.files.len(), "seeds": seeds,
        "clock": "once models are loaded; of Tesseract alone the whole processes",
        "memory": "the largest sum over the tree of processes, looked at ten times a second",
    })
}

fn report(figures: &Figures, set: &Set, by: &str, used: Usage, pages: &[Vec<Read>], truths: &[Truth], own: &Value) {
    let of = |(page, truth): (&Vec<Read>, &Truth)| Errors::of(&rows(page), &truth.text);
    let errors = pages.iter().zip(truths).map(of).fold(Errors::default(), Errors::and);
    let count = set.files.len().max(1) as f64;
    let print =
        |what: &str, value: f64, unit: &str| figures.print("documents", &format!("{} {what} by {by}", set.name), value, unit, own.clone());
    print("character error", errors.character_error(), "%");
    print("word F1", errors.word_f1(), "%");
    print("rate", count / used.seconds, "pages/s");
    print("processor time", used.cpu_seconds / count, "s/page");
    print("peak memory", used.peak as f64 / MIB, "MiB");
}

fn report_fields(figures: &Figures, set: &Set, documents: &[Document], truths: &[Truth], own: Value) {
    let known = fields::known(truths);
    let tallies: Vec<Tally> = documents.iter().zip(truths).filter_map(|(d, t)| fields::tally(d, t, &known)).collect();
    if tallies.is_empty() {
        return;
    }
    let all = tallies.into_iter().fold(Tally::default(), Tally::and);
    let print = |what: &str, value: f64| figures.print("documents", &format!("{} {what}", set.name), value, "of 1", own.clone());
    if let Some(precision) = all.precision() {
        print("precision of sure fields", precision);
    }
    print("coverage by sure fields", all.coverage());
    print("fields found", all.found());
}
