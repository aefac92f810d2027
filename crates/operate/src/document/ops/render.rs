//! `document.render`: the pages of a document as pictures for people, laid straight as they were read.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::operation::Class;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::documents::Document;
use super::super::files;
use super::super::prepare::prepare;
use super::super::wire::{Form, Shown, Work};
use super::pages;
use super::written::Sheet;
use crate::context::{Context, Input};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, PartPlan, Produced, read_options};

/// So many pages are one task: a page takes a twentieth of a second.
const PAGES_A_TASK: u32 = 16;
const PAGE: Duration = Duration::from_millis(80);
const WALL: Duration = Duration::from_secs(60);
/// A picture for a screen.
const MOST_PIXELS: u64 = 4_000_000;
/// Ten thousand pages.
const MOST_BYTES: u64 = 16 << 20;

/// What a step may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Dots an inch of pages of PDFs. Pictures are shown as large as they are, but no larger than fits a screen.
    dpi: u32,
    /// Of WebP, 1..=100.
    quality: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { dpi: 110, quality: 75 }
    }
}

impl Settings {
    fn read(options: &Options) -> Result<Self, String> {
        let settings: Self = read_options(options)?;
        match settings {
            Self { dpi, .. } if !(24..=300).contains(&dpi) => Err(format!("`dpi` is {dpi}; it may be from 24 to 300")),
            Self { quality, .. } if !(1..=100).contains(&quality) => Err(format!("`quality` is {quality}; it may be from 1 to 100")),
            fine => Ok(fine),
        }
    }
}

pub(super) struct Render;

#[async_trait]
impl Operation for Render {
    fn name(&self) -> &'static str {
        "document.render"
    }

    fn about(&self) -> &'static str {
        "The pages of a document as WebP pictures: upright and straight when it was read before."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    fn estimate(&self, bytes: u64) -> Duration {
        Duration::from_millis(200 + (bytes / 5_000).min(60_000))
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings = Settings::read(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        if !input.parts.is_empty() {
            return Ok(joined(input));
        }
        let document = prepare(context, input).await?;
        let (from, to) = match &input.part {
            Some(spec) => (number(&spec["from"])?, number(&spec["to"])?),
            None => {
                let pages = context.tools.documents.inspect(&document, &context.cancel).await?.pages;
                if pages > PAGES_A_TASK {
                    return Ok(Outcome::Parts(split(pages)));
                }
                (1, pages)
            }
        };
        let sheets = sheets(input)?;
        let mut made = Made::default();
        for page in from..=to {
            context.progress(f64::from(page - from) / f64::from(to - from + 1), "drawing pages");
            let sheet = sheets.iter().find(|s| s.page == page);
            made.add(page, show(context, &document, page, sheet, &settings).await)?;
        }
        let report = json!({ "pages": made.pages, "failed_pages": made.failed });
        Ok(Outcome::Done(Produced { report, artifacts: made.drafts, ..Produced::default() }))
    }
}

#[derive(Default)]
struct Made {
    drafts: Vec<Draft>,
    pages: Vec<Value>,
    failed: Vec<Value>,
}

impl Made {
    /// A page that cannot be drawn is told and leaves no picture; the others go on.
    fn add(&mut self, page: u32, shown: Result<(PathBuf, Shown), OperationError>) -> Result<(), OperationError> {
        match shown {
            Ok((path, shown)) => {
                let name = format!("pages/{page}.webp");
                self.pages.push(json!({ "page": page, "name": name, "width": shown.width, "height": shown.height }));
                self.drafts.push(Draft { name, media_type: "image/webp".into(), path });
            }
            Err(error) if error.problem.fault.retryable() => return Err(error),
            Err(error) => self.failed.push(json!({ "page": page, "why": error.problem.message })),
        }
        Ok(())
    }
}

async fn show(
    context: &Context,
    document: &Document,
    page: u32,
    sheet: Option<&Sheet>,
    settings: &Settings,
) -> Result<(PathBuf, Shown), OperationError> {
    let scratch = context.scratch.join(format!("page-{page}"));
    std::fs::create_dir_all(&scratch)?;
    let (path, taken) = pages::taken(context, document, page, settings.dpi, MOST_PIXELS, &scratch).await?;
    let shown = context.scratch.join(format!("{page}.webp"));
    let work = Work::Show {
        scale: taken.scale,
        quality: settings.quality,
        size: sheet.map(|s| (s.width, s.height)),
        straightened: sheet.and_then(|s| s.straightened),
    };
    let pixels = Document { path, form: Form::Picture, password: None };
    let told = context.tools.documents.ask(&pixels, work, &[], std::slice::from_ref(&shown), WALL, &context.cancel).await?;
    std::fs::remove_dir_all(&scratch)?;
    Ok((shown, told))
}

/// How the pages lie, if they were read before.
fn sheets(input: &Input) -> Result<Vec<Sheet>, OperationError> {
    let known = input.artifacts_of("document.ocr").find(|a| a.name == "pages.json");
    known.map_or(Ok(Vec::new()), |a| files::json(&a.path, MOST_BYTES))
}

fn split(pages: u32) -> Vec<PartPlan> {
    let part = |from: u32| {
        let to = (from + PAGES_A_TASK - 1).min(pages);
        PartPlan { spec: json!({ "from": from, "to": to }), estimate: PAGE * (to - from + 1) }
    };
    (1..=pages).step_by(PAGES_A_TASK as usize).map(part).collect()
}

fn joined(input: &Input) -> Outcome {
    let all = |what: &str| input.parts.iter().filter_map(|p| p.report[what].as_array()).flatten().cloned().collect::<Vec<Value>>();
    let report = json!({ "pages": all("pages"), "failed_pages": all("failed_pages") });
    Outcome::Done(Produced { report, ..Produced::default() })
}

fn number(value: &Value) -> Result<u32, OperationError> {
    let number = value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
    number.ok_or_else(|| OperationError::bug("part_invalid", "The task of some pages could not be read."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_in_one_part() {
        let parts = split(35);
        let spans: Vec<_> = parts.iter().map(|p| (p.spec["from"].as_u64().unwrap(), p.spec["to"].as_u64().unwrap())).collect();
        assert_eq!(spans, [(1, 16), (17, 32), (33, 35)]);
    }
}
