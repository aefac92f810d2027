//! Documents: asks a confined reader how many pages there are and whether the file opens at all.

use super::settings::Settings;
use super::sniff::Sniffed;
use crate::context::{Context, Input};
use crate::document::{Document, Form, Inspected};
use crate::operation::OperationError;

/// What a PDF says of itself; other documents are only known once they were turned into one.
pub(super) async fn inspect(context: &Context, input: &Input, sniffed: Sniffed) -> Result<Option<Inspected>, OperationError> {
    if sniffed.format != "pdf" {
        return Ok(None);
    }
    let document = Document { path: input.source.path()?.to_owned(), form: Form::Pdf, password: input.password.clone() };
    context.tools.documents.inspect(&document, &context.cancel).await.map(Some)
}

/// Whether a document has no more pages than allowed.
pub(super) fn bound(pages: u32, settings: &Settings) -> Result<(), OperationError> {
    if pages <= settings.max_pages {
        return Ok(());
    }
    let message = format!("The document has {pages} pages; the limit is {}. Upload it in parts.", settings.max_pages);
    Err(OperationError::limit("too_many_pages", message))
}
