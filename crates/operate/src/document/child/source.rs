//! The document of a request: a PDF kept open, or a picture kept in bytes.

use std::fs::File;
use std::os::unix::fs::MetadataExt;

use gristmill_model::{Fault, Problem};
use gristmill_pdf::Pdf;
use gristmill_picture::{Format, Headers, headers, tiff_page};

use super::super::wire::{Form, Request};
use super::{damaged, refused};
use crate::child;
use crate::context::Password;

/// A document that was opened, and which.
pub(super) struct Open {
    pub(super) identity: Identity,
    pub(super) source: Source,
}

/// The same file with the same password is the same document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64, u64, i64, i64, Form, Option<Password>);

/// Which document it is, without reading it.
pub(super) fn identity(input: &File, request: &Request) -> Result<Identity, Problem> {
    let of = input.metadata().map_err(|e| damaged(&e.kind().to_string()))?;
    Ok(Identity(of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec(), request.form, request.password.clone()))
}

/// An opened document.
pub(super) enum Source {
    Pdf(Pdf),
    Picture { bytes: Vec<u8>, pages: u32, limits: gristmill_picture::PixelLimits },
}

impl Source {
    /// Opens the document of a request.
    pub(super) fn open(request: &Request, input: &File) -> Result<Self, Problem> {
        let bytes = bytes(request, input)?;
        match request.form {
            Form::Pdf => {
                let limits = gristmill_pdf::Limits { pages: request.limits.pages, picture_pixels: 2 * request.limits.pixels.pixels };
                Ok(Self::Pdf(Pdf::open(bytes, request.password.as_ref().map(Password::reveal), &limits).map_err(|r| refused(&r))?))
            }
            Form::Picture => {
                let limits = request.limits.pixels;
                let pages = headers(&bytes, &limits)?.inspected.pages.max(1);
                if pages > request.limits.pages {
                    let message = format!("The document has {pages} pages; the limit is {}. Upload it in parts.", request.limits.pages);
                    return Err(Problem::new(Fault::Limit, "document_too_many_pages", message));
                }
                Ok(Self::Picture { bytes, pages, limits })
            }
        }
    }

    /// How many pages it has.
    pub(super) fn pages(&self) -> u32 {
        match self {
            Self::Pdf(pdf) => pdf.pages(),
            Self::Picture { pages, .. } => *pages,
        }
    }
}

/// The whole file.
pub(super) fn bytes(request: &Request, input: &File) -> Result<Vec<u8>, Problem> {
    let most = request.limits.file_bytes;
    child::whole(input, most)?.ok_or_else(|| {
        let message = format!("The document is larger than {} MiB, the most that is read. Upload it in parts.", most >> 20);
        Problem::new(Fault::Limit, "document_too_large", message)
    })
}

/// One page of a picture file as a file of its own: TIFFs are told to begin there.
pub(super) fn page(bytes: &[u8], page: u32, limits: &gristmill_picture::PixelLimits) -> Result<(Vec<u8>, Headers), Problem> {
    let of_page = match page {
        1 => bytes.to_vec(),
        _ => tiff_page(bytes, page).ok_or_else(|| damaged(&format!("its page {page} cannot be found")))?,
    };
    let headers = headers(&of_page, limits)?;
    debug_assert!(page == 1 || headers.format == Format::Tiff);
    Ok((of_page, headers))
}
