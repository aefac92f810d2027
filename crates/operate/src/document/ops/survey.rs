//! The first look at all pages: what each states, and which must be read.

use std::path::Path;
use std::time::Duration;

use super::super::documents::Document;
use super::super::files;
use super::super::wire::{Look, Text, Work};
use super::settings::TextLayer;
use crate::context::Context;
use crate::operation::OperationError;
use gristmill_model::Fault;
use serde_json::Value;

/// What is known of all pages, in a file of lines.
pub(super) const FILE: &str = "survey.jsonl";

/// Ten thousand pages take half a minute.
const WALL: Duration = Duration::from_secs(120);

/// Looks that may run into that before the document is given up: a step has ten minutes.
const MOST_HANGING: usize = 3;

/// The text of ten thousand dense pages.
const MOST_BYTES: u64 = 1 << 30;

/// Pages that may end a reader before the document is given up.
const MOST_POISON: usize = 20;

/// Looks at all pages. A page that ends its reader is passed over and told as [`Text::Poison`]; the others are looked at all the same.
///
/// # Errors
/// When the document cannot be opened, or too many of its pages end their readers.
pub(super) async fn survey(context: &Context, document: &Document) -> Result<Vec<Look>, OperationError> {
    let inspected = context.tools.documents.inspect(document, &context.cancel).await?;
    let mut looks: Vec<Look> = Vec::new();
    let out = context.scratch.join("looks.jsonl");
    let mut hanging = 0;
    for _ in 0..=MOST_POISON {
        let from = u32::try_from(looks.len()).unwrap_or(u32::MAX) + 1;
        if from > inspected.pages {
            break;
        }
        let asked: Result<Value, _> =
            context.tools.documents.ask(document, Work::Survey { from }, &[], std::slice::from_ref(&out), WALL, &context.cancel).await;
        looks.extend(files::lines(&out, MOST_BYTES)?);
        match asked {
            Ok(_) => break,
            Err(error) if matches!(error.problem.fault, Fault::Input | Fault::Limit) => {
                looks.push(poison(looks.len(), &error));
                hanging += usize::from(error.problem.fault == Fault::Limit);
                if hanging > MOST_HANGING {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    if looks.iter().all(|look| look.text == Text::Poison) || looks.len() < inspected.pages as usize {
        return Err(OperationError::input(
            "document_damaged",
            "Most pages of the document cannot be read. Export it again and upload the new file.",
        ));
    }
    Ok(looks)
}

fn poison(before: usize, error: &OperationError) -> Look {
    let page = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    let warnings = vec![error.problem.message.clone()];
    Look { page, width: 595.0, height: 842.0, text: Text::Poison, lines: Vec::new(), form: Vec::new(), warnings }
}

/// Whether a page must be read by an engine.
pub(super) fn must_be_read(look: &Look, layer: TextLayer) -> bool {
    match (look.text, layer) {
        (Text::Missing | Text::Poison, _) => true,
        (Text::Embedded, TextLayer::Scans | TextLayer::Ignore) | (Text::Stated, TextLayer::Ignore) => true,
        (Text::Embedded | Text::Stated | Text::Blank, _) => false,
    }
}

/// Keeps what was seen for the run that joins the pages.
pub(super) fn keep(folder: &Path, looks: &[Look]) -> Result<std::path::PathBuf, OperationError> {
    let path = folder.join(FILE);
    let mut text = Vec::new();
    for look in looks {
        serde_json::to_writer(&mut text, look).map_err(std::io::Error::from)?;
        text.push(b'\n');
    }
    std::fs::write(&path, text)?;
    Ok(path)
}

/// What was kept.
pub(super) fn kept(path: &Path) -> Result<Vec<Look>, OperationError> {
    files::lines(path, MOST_BYTES)
}
