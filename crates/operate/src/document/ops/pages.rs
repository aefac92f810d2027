//! A page: of the text it states, or read by an engine.

use std::path::PathBuf;
use std::time::Duration;

use gristmill_layout::{Line, Matrix, Origin, Page, Rect, Unit, Word, arrange};
use gristmill_model::Fault;

use super::super::documents::Document;
use super::super::engine::{Engine, Pixels, Reading};
use super::super::poppler;
use super::super::wire::{Form, Look, Taken, Text, Work};
use super::settings::Settings;
use crate::context::Context;
use crate::operation::OperationError;

/// A page of A3 at 300 dots an inch has 17 megapixels.
const MOST_PIXELS: u64 = 18_000_000;

/// A page that takes longer to draw than this is drawn by another program.
const WALL: Duration = Duration::from_secs(60);

/// A page of what it states.
pub(super) fn stated(look: &Look, form: Form) -> Page {
    let source = match look.text {
        Text::Stated => Origin::Text,
        Text::Embedded => Origin::EmbeddedOcr,
        Text::Blank => Origin::Blank,
        Text::Missing | Text::Poison => Origin::Failed,
    };
    page(look, form, source, arrange(look.lines.clone(), look.width, look.height))
}

fn page(look: &Look, form: Form, source: Origin, blocks: Vec<gristmill_layout::Block>) -> Page {
    Page {
        number: look.page,
        width: look.width,
        height: look.height,
        unit: if form == Form::Pdf { Unit::Pt } else { Unit::Px },
        source,
        engine: None,
        straightened: None,
        blocks,
        form: look.form.clone(),
        warnings: look.warnings.clone(),
    }
}

/// A page that could not be read, and why. What it states stands on it all the same.
pub(super) fn failed(look: &Look, form: Form, why: &str) -> Page {
    let mut page = stated(look, form);
    page.source = Origin::Failed;
    page.warnings.push(why.to_owned());
    page
}

/// A page as an engine reads it.
///
/// # Errors
/// Of the machine only: a page that cannot be read is told as [`Origin::Failed`] and the others go on.
pub(super) async fn read(
    context: &Context,
    document: &Document,
    look: &Look,
    engine: &dyn Engine,
    settings: &Settings,
) -> Result<Page, OperationError> {
    match attempt(context, document, look, engine, settings).await {
        Err(error) if matches!(error.problem.fault, Fault::Input | Fault::Limit) => {
            tracing::info!(page = look.page, code = error.problem.code, "document.page failed");
            Ok(failed(look, document.form, &error.problem.message))
        }
        ended => ended,
    }
}

async fn attempt(
    context: &Context,
    document: &Document,
    look: &Look,
    engine: &dyn Engine,
    settings: &Settings,
) -> Result<Page, OperationError> {
    let scratch = context.scratch.join(format!("page-{}", look.page));
    std::fs::create_dir_all(&scratch)?;
    let (path, taken) = taken(context, document, look.page, settings.dpi, MOST_PIXELS, &scratch).await?;
    let pixels = Pixels {
        path: &path,
        photo: document.form == Form::Picture,
        dpi: dpi(document.form, &taken),
        languages: &settings.languages,
        scratch: scratch.clone(),
    };
    let reading = engine.read(context, &pixels).await?;
    let name = engine.name(context).await?;
    // Fifty megabytes a page are not left lying until the document is done.
    std::fs::remove_dir_all(&scratch)?;
    Ok(of_reading(look, document.form, reading, &taken, name))
}

/// The page as pixels: drawn by us, or by poppler what we cannot draw.
pub(super) async fn taken(
    context: &Context,
    document: &Document,
    page: u32,
    dpi: u32,
    most_pixels: u64,
    scratch: &std::path::Path,
) -> Result<(PathBuf, Taken), OperationError> {
    let path = scratch.join("page.ppm");
    let work = Work::Take { page, dpi: dpi.into(), most_pixels };
    let ours: Result<Taken, _> = context.tools.documents.ask(document, work, &[], std::slice::from_ref(&path), WALL, &context.cancel).await;
    let ours = match ours {
        Ok(taken) if !taken.doubtful => return Ok((path, taken)),
        Err(error) if !matches!(error.problem.fault, Fault::Input | Fault::Limit) => return Err(error),
        ours => ours,
    };
    if document.form == Form::Pdf
        && let Some(theirs) = poppler::page(context, document, page, dpi, most_pixels, scratch).await?
    {
        return Ok(theirs);
    }
    ours.map(|taken| (path, taken))
}

/// Dots an inch of pixels, for engines that want to know: a photo says nothing of it.
fn dpi(form: Form, taken: &Taken) -> u32 {
    if form == Form::Pdf { (taken.scale * 72.0).round().clamp(70.0, 600.0) as u32 } else { 300 }
}

/// From pixels that were read to units of the page.
fn of_reading(look: &Look, form: Form, reading: Reading, taken: &Taken, engine: String) -> Page {
    let unit = 1.0 / taken.scale;
    let scaled = |r: Rect| Rect::new(r.x0 * unit, r.y0 * unit, r.x1 * unit, r.y1 * unit);
    let word = |w: Word| Word { bounds: scaled(w.bounds), ..w };
    let lines: Vec<Line> = reading.lines.into_iter().filter_map(|line| Line::of(line.words.into_iter().map(word).collect())).collect();
    let (width, height) = (reading.width * unit, reading.height * unit);
    let source = if lines.is_empty() { Origin::Blank } else { Origin::Ocr };
    let straightened = (reading.straightened != Matrix::IDENTITY)
        .then(|| Matrix::scale(taken.scale, taken.scale).then(reading.straightened).then(Matrix::scale(unit, unit)));
    let mut warnings = look.warnings.clone();
    if taken.doubtful {
        warnings.push("Something on this page could not be drawn and may be missing from its text.".to_owned());
    }
    let blocks = arrange(lines, width, height);
    let mut page = Page { width, height, engine: Some(engine), straightened, warnings, ..page(look, form, source, blocks) };
    if let Some(straightened) = straightened {
        let there = |r: Rect| Rect::around(r.corners().map(|corner| straightened.apply(corner)));
        page.form.iter_mut().for_each(|field| field.bounds = field.bounds.and_then(there));
    }
    page
}

#[cfg(test)]
mod tests {
    use gristmill_layout::FormField;

    use super::*;

    #[test]
    fn what_a_form_states_lies_where_the_straightened_page_shows_it() {
        let stated = FormField { name: "total".into(), label: None, value: "5".into(), bounds: Some(Rect::new(10.0, 20.0, 30.0, 25.0)) };
        let look =
            Look { page: 1, width: 100.0, height: 100.0, text: Text::Missing, lines: Vec::new(), form: vec![stated], warnings: Vec::new() };
        let reading = |straightened| Reading { lines: Vec::new(), width: 200.0, height: 200.0, straightened };
        let taken = Taken { width: 200, height: 200, scale: 2.0, doubtful: false };
        let bounds = |straightened| of_reading(&look, Form::Pdf, reading(straightened), &taken, "reader".into()).form[0].bounds.unwrap();
        assert_eq!(bounds(Matrix::IDENTITY), Rect::new(10.0, 20.0, 30.0, 25.0));
        let turned = bounds(Matrix::turn(180.0, (100.0, 100.0)));
        let expected = Rect::new(70.0, 75.0, 90.0, 80.0);
        assert!((turned.x0 - expected.x0).abs() + (turned.y0 - expected.y0).abs() + (turned.x1 - expected.x1).abs() < 1e-6, "{turned:?}");
    }
}
