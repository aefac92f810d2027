//! What the document of a step is: a PDF, a picture, or something that another program turns into a PDF first.

use std::path::PathBuf;

use super::documents::Document;
use super::office;
use super::wire::Form;
use crate::check::{HEAD, sniff};
use crate::context::{Context, Input};
use crate::image::decodable;
use crate::operation::OperationError;

/// The document of a step, ready to be read.
///
/// # Errors
/// `type_not_accepted` for what is none; those of the programs that convert.
pub(super) async fn prepare(context: &Context, input: &Input) -> Result<Document, OperationError> {
    let path = input.source.path()?.to_owned();
    let head = input.source.head(HEAD).await?;
    let password = input.password.clone();
    let format = sniff(&head).map(|s| s.format);
    let (path, form) = match format {
        Some("pdf") => (path, Form::Pdf),
        Some(format) if office::is_office(format) => match input.artifacts_of("document.ocr").find(|a| a.name == "searchable.pdf") {
            // An earlier step had it turned into a PDF.
            Some(pdf) => (pdf.path.clone(), Form::Pdf),
            None => (converted(context, path, format).await?, Form::Pdf),
        },
        Some(_) if gristmill_picture::Format::sniff(&head).is_some() => (decodable(context, input).await?, Form::Picture),
        _ => return Err(OperationError::input("type_not_accepted", "The file is neither a document nor a picture.")),
    };
    Ok(Document { path, form, password })
}

async fn converted(context: &Context, path: PathBuf, format: &str) -> Result<PathBuf, OperationError> {
    context.progress(0.02, "converting");
    office::to_pdf(context, &path, format).await
}
