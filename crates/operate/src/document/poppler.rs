//! Pages that we cannot draw, drawn by poppler: confined, one page a call, never given a password, and believed only when the picture is
//! there and has the size it should have.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::documents::Document;
use super::wire::{Taken, Work};
use crate::context::Context;
use crate::operation::OperationError;
use crate::sandbox::{Limits, Tool};

/// An ordinary page takes half a second and 100 MB.
const LIMITS: Limits = Limits {
    memory_bytes: 2 << 30,
    cpu: Duration::from_secs(60),
    file_bytes: 256 << 20,
    descriptors: 64,
    wall: Duration::from_secs(90),
    silence: Duration::from_secs(90),
};

/// The longest side that is asked for, whatever the page's box says.
const MOST_SIDE: u32 = 12_000;

/// A page as a PPM; `None` when poppler is not there or cannot draw it either.
///
/// # Errors
/// Of the machine, or `cancelled`.
pub(super) async fn page(
    context: &Context,
    document: &Document,
    page: u32,
    dpi: u32,
    most_pixels: u64,
    scratch: &Path,
) -> Result<Option<(PathBuf, Taken)>, OperationError> {
    let source = open_copy(context, document, scratch).await?;
    let side = ((most_pixels as f64).sqrt() as u32).min(MOST_SIDE);
    let Some(points) = longest_side(context, &source, page).await? else { return Ok(None) };
    // The longest side in pixels: what the resolution makes of it, or what fits.
    let wanted = ((points * f64::from(dpi) / 72.0).round() as u32).clamp(1, side);
    let out = scratch.join("poppler");
    let (number, wanted_text) = (page.to_string(), wanted.to_string());
    let mut args: Vec<std::ffi::OsString> =
        ["-cropbox", "-f", &number, "-l", &number, "-singlefile", "-scale-to", &wanted_text].map(Into::into).into();
    args.extend([source.clone().into_os_string(), out.clone().into_os_string()]);
    let Some(_) = run(context, "pdftoppm", args, &source, Some(scratch)).await? else { return Ok(None) };
    let path = out.with_extension("ppm");
    let Some((width, height)) = size(&path) else { return Ok(None) };
    if width.max(height).abs_diff(wanted) > 2 {
        return Ok(None);
    }
    Ok(Some((path, Taken { width, height, scale: f64::from(width.max(height)) / points, doubtful: false })))
}

/// The document, or a copy of it without encryption: a password would have to be an argument, which others can see.
async fn open_copy(context: &Context, document: &Document, scratch: &Path) -> Result<PathBuf, OperationError> {
    let copy = scratch.join("open.pdf");
    let wall = Duration::from_secs(60);
    let told: Value = context.tools.documents.ask(document, Work::Decrypt, &[], std::slice::from_ref(&copy), wall, &context.cancel).await?;
    Ok(if told["encrypted"] == true { copy } else { document.path.clone() })
}

/// The longest side of a page in points.
async fn longest_side(context: &Context, source: &Path, page: u32) -> Result<Option<f64>, OperationError> {
    let number = page.to_string();
    let mut args: Vec<std::ffi::OsString> = ["-f", &number, "-l", &number].map(Into::into).into();
    args.push(source.as_os_str().to_owned());
    let said = run(context, "pdfinfo", args, source, None).await?;
    let sizes = said.as_deref().and_then(|said| {
        let line = said.lines().find(|l| l.starts_with("Page") && l.contains("size:"))?;
        let numbers: Vec<f64> = line.split("size:").nth(1)?.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        numbers.first().zip(numbers.get(1)).map(|(a, b)| f64::max(*a, *b))
    });
    Ok(sizes.filter(|points| points.is_finite() && *points >= 1.0))
}

/// What a program of poppler said; `None` when it is not there, failed, or ran into its limits.
async fn run(
    context: &Context,
    program: &str,
    args: Vec<std::ffi::OsString>,
    source: &Path,
    writable: Option<&Path>,
) -> Result<Option<String>, OperationError> {
    let readable = vec![source.to_owned()];
    let tool = Tool { program: program.into(), args, readable, writable: writable.map(Path::to_owned), socket: None, connect: None };
    match context.tools.sandbox.run(&tool, &LIMITS, &context.cancel, &mut |_| {}).await {
        Ok(ended) => Ok(ended.success.then_some(ended.stdout)),
        Err(error) if error.problem.code == "tool_missing" || error.problem.fault == gristmill_model::Fault::Limit => Ok(None),
        Err(error) => Err(error),
    }
}

/// The size in the head of a PPM, if all its pixels are there: poppler may leave an empty one and say that all went well.
fn size(path: &Path) -> Option<(u32, u32)> {
    use std::io::Read;
    let mut file = std::fs::File::open(path).ok()?;
    let mut head = [0; 64];
    let read = file.read(&mut head).ok()?;
    let text: String = head[..read].iter().map(|b| char::from(*b)).collect();
    let words: Vec<&str> = text.split_ascii_whitespace().take(4).collect();
    let ["P6", width, height, "255"] = words[..] else { return None };
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let pixels = u64::from(width) * u64::from(height) * 3;
    (width > 0 && height > 0 && file.metadata().ok()?.len() >= pixels).then_some((width, height))
}
