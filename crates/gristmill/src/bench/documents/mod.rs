//! `bench documents`: what is read off pages and how quickly, beside RapidOCR, Tesseract and OCRmyPDF on the same pages in the same run.

mod error_rate;
mod fields;
mod long;
mod ours;
mod peers;
mod reading;
mod rows;
mod sets;

use super::args::DocumentsArgs;
use super::figures::Figures;
use crate::config::Config;
use crate::failure::misused;
use peers::Peers;

/// What can be measured.
const CASES: [&str; 4] = ["pages", "scan", "digital", "long"];

/// The cases that are asked for, in order.
pub async fn bench(config: &Config, figures: &Figures, args: &DocumentsArgs) -> anyhow::Result<()> {
    if let Some(unknown) = args.only.iter().find(|case| !CASES.contains(&case.as_str())) {
        return Err(misused(format!("there is no case `{unknown}`"), format!("there are {}", CASES.join(", "))));
    }
    let peers = match &args.peers {
        Some(folder) => Some(Peers::new(folder).await?),
        None => None,
    };
    let wanted = |case: &str| args.only.is_empty() || args.only.iter().any(|only| only == case);
    if wanted("pages") {
        reading::bench(config, figures, args, peers.as_ref()).await?;
    }
    if wanted("scan") {
        long::scan(config, figures, args, peers.as_ref()).await?;
    }
    if wanted("digital") {
        long::digital(config, figures, args).await?;
    }
    if wanted("long") {
        long::constant(config, figures, args).await?;
    }
    Ok(())
}
