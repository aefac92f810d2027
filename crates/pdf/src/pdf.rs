//! Opening a PDF, with whatever password it takes, and what can be said of it without looking at a page.

use std::borrow::Cow;
use std::sync::Arc;

use gristmill_layout::FormField;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf as Syntax};
use lopdf::{Document, IncrementalDocument, LoadOptions, Object};

use crate::guard::guarded;
use crate::text::Scan;
use crate::{Facts, Limits, PageText, Raster, Refusal};

/// The reader keeps the decoded content of every page it has seen. Past this many bytes it is opened anew, which costs a walk of the page
/// tree, so that memory does not grow with the pages.
const CONTENT_KEPT: usize = 64 << 20;

/// An open PDF.
pub struct Pdf {
    syntax: Syntax,
    bytes: Arc<Vec<u8>>,
    /// What `bytes` open with; empty for most.
    key: String,
    encrypted: bool,
    /// `bytes` are a copy without encryption, because only the other library could take the password.
    rewritten: bool,
    limits: Limits,
    content: usize,
}

impl Pdf {
    /// Opens a file. Empty passwords are tried first, so `password` may be given for files that need none.
    ///
    /// # Errors
    /// Everything of [`Refusal`] that is not about one page.
    pub fn open(bytes: Vec<u8>, password: Option<&str>, limits: &Limits) -> Result<Self, Refusal> {
        guarded(|| {
            let opened = unlock(Arc::new(bytes), password)?;
            let pages = u32::try_from(opened.syntax.pages().len()).unwrap_or(u32::MAX);
            match pages {
                0 => Err(Refusal::Damaged),
                _ if pages > limits.pages => Err(Refusal::TooManyPages { pages, most: limits.pages }),
                _ => Ok(Self { limits: *limits, ..opened }),
            }
        })
    }

    /// How many pages there are; at least one.
    pub fn pages(&self) -> u32 {
        u32::try_from(self.syntax.pages().len()).unwrap_or(u32::MAX)
    }

    /// Width and height of a page as it is shown, in points.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPage`].
    pub fn size(&self, page: u32) -> Result<(f64, f64), Refusal> {
        let (width, height) = self.page(page)?.render_dimensions();
        Ok((f64::from(width), f64::from(height)))
    }

    /// Whether the file is encrypted, be it with an empty password.
    pub fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// The whole file without encryption, for programs that must not see its password; none when it is not encrypted.
    ///
    /// # Errors
    /// [`Refusal::EncryptionUnsupported`] or [`Refusal::Damaged`] when it can be read but not written without encryption.
    pub fn decrypted(&self) -> Result<Option<Vec<u8>>, Refusal> {
        match (self.encrypted, self.rewritten) {
            (false, _) => Ok(None),
            (true, true) => Ok(Some(self.bytes.to_vec())),
            (true, false) => guarded(|| without_encryption(&self.bytes, &self.key).map(Some)),
        }
    }

    /// What else the file carries: presence only.
    pub fn facts(&self) -> Facts {
        guarded(|| Ok(Facts::of(&self.syntax))).unwrap_or_default()
    }

    /// The fields of its form, each with the number of the page it stands on.
    pub fn form(&self) -> Vec<(u32, FormField)> {
        guarded(|| Ok(crate::form::fields(&self.syntax))).unwrap_or_default()
    }

    /// The text layer of a page, and whether it is worth anything.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPage`], [`Refusal::Damaged`].
    pub fn text(&mut self, page: u32) -> Result<PageText, Refusal> {
        self.on_page(page, |page, _| Ok(PageText::of(&Scan::of(page))))
    }

    /// A page as a picture on white, at `dpi` or less: never more than `most_pixels` pixels.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPage`], [`Refusal::PageTooLarge`], [`Refusal::TooComplex`], [`Refusal::Damaged`].
    pub fn raster(&mut self, page: u32, dpi: f64, most_pixels: u64) -> Result<Raster, Refusal> {
        self.on_page(page, |of, limits| crate::raster::raster(of, page, dpi, most_pixels, limits))
    }

    pub(crate) fn page(&self, number: u32) -> Result<&Page<'_>, Refusal> {
        let missing = Refusal::NoSuchPage { page: number, pages: self.pages() };
        number.checked_sub(1).and_then(|n| self.syntax.pages().get(n as usize)).ok_or(missing)
    }

    fn on_page<T>(&mut self, number: u32, work: impl FnOnce(&Page<'_>, &Limits) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.content > CONTENT_KEPT {
            self.renew()?;
        }
        let page = self.page(number)?;
        let done = guarded(|| {
            let done = work(page, &self.limits)?;
            Ok((done, page.page_stream().map_or(0, <[u8]>::len)))
        });
        // After a panic the reader's own locks may be poisoned: what comes next starts afresh.
        let (done, bytes) = match done {
            Ok((done, bytes)) => (Ok(done), bytes),
            Err(refusal) => (Err(refusal), CONTENT_KEPT),
        };
        self.content = self.content.saturating_add(bytes).saturating_add(1);
        done
    }

    fn renew(&mut self) -> Result<(), Refusal> {
        self.syntax = guarded(|| read(&self.bytes, &self.key).map_err(|_| Refusal::Damaged))?;
        self.content = 0;
        Ok(())
    }
}

fn read(bytes: &Arc<Vec<u8>>, key: &str) -> Result<Syntax, LoadPdfError> {
    Syntax::new_with_password(Arc::clone(bytes), key)
}

fn unlock(bytes: Arc<Vec<u8>>, password: Option<&str>) -> Result<Pdf, Refusal> {
    let keys = ["", password.unwrap_or_default()];
    let mut why = LoadPdfError::Invalid;
    for key in &keys[..1 + usize::from(!keys[1].is_empty())] {
        match read(&bytes, key) {
            Ok(syntax) => {
                let encrypted = !key.is_empty() || names_encryption(&bytes) && says_encrypted(&bytes);
                return Ok(pdf(syntax, bytes, key, encrypted, false));
            }
            Err(error) => why = error,
        }
    }
    match why {
        LoadPdfError::Invalid if !(names_encryption(&bytes) && says_encrypted(&bytes)) => Err(Refusal::Damaged),
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => Err(Refusal::EncryptionUnsupported),
        _ if keys[1].is_empty() => Err(Refusal::PasswordNeeded),
        _ => rewritten(&bytes, keys[1]),
    }
}

fn pdf(syntax: Syntax, bytes: Arc<Vec<u8>>, key: &str, encrypted: bool, rewritten: bool) -> Pdf {
    Pdf { syntax, bytes, key: key.to_owned(), encrypted, rewritten, limits: Limits::default(), content: 0 }
}

/// Opens by way of the other library, which knows owner passwords and passwords that are not ASCII.
fn rewritten(bytes: &[u8], password: &str) -> Result<Pdf, Refusal> {
    let bytes = Arc::new(without_encryption(bytes, password)?);
    let syntax = read(&bytes, "").map_err(|_| Refusal::Damaged)?;
    Ok(pdf(syntax, bytes, "", true, true))
}

fn without_encryption(bytes: &[u8], password: &str) -> Result<Vec<u8>, Refusal> {
    let (mut document, _) = load(bytes, password)?;
    let mut out = Vec::with_capacity(bytes.len());
    document.save_to(&mut out).map_err(|_| Refusal::Damaged)?;
    Ok(out)
}

/// Loads a file whole and decrypted by the library that can write, with the bytes it stands for: those given, or a copy with an update.
pub(crate) fn load<'b>(bytes: &'b [u8], password: &str) -> Result<(Document, Cow<'b, [u8]>), Refusal> {
    let bytes = match names_encryption(bytes) {
        true => own_encryption(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned),
        false => Cow::Borrowed(bytes),
    };
    let document = Document::load_mem_with_options(&bytes, LoadOptions::with_password(password)).map_err(|error| refusal(&error))?;
    if document.trailer.has(b"Encrypt") { Err(Refusal::EncryptionUnsupported) } else { Ok((document, bytes)) }
}

/// The library looks for the encryption in an object of its own, but some writers put it into the trailer: the file with an update that
/// gives it an object; none when it has one.
fn own_encryption(bytes: &[u8]) -> Option<Vec<u8>> {
    // Without a password the library reads an encrypted file's trailer and hardly more.
    let document = Document::load_mem(bytes).ok()?;
    let inline = document.trailer.get(b"Encrypt").and_then(Object::as_dict).ok()?.clone();
    let size = document.trailer.get(b"Size").and_then(Object::as_i64).ok().and_then(|n| u32::try_from(n).ok())?;
    let mut update = IncrementalDocument::create_from(bytes.to_vec(), document);
    update.new_document.max_id = update.new_document.max_id.max(size);
    let own = update.new_document.add_object(inline);
    update.new_document.trailer.set("Encrypt", own);
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    update.save_to(&mut out).ok().map(|()| out)
}

fn refusal(error: &lopdf::Error) -> Refusal {
    match error {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(lopdf::encryption::DecryptionError::IncorrectPassword) => {
            Refusal::PasswordWrong
        }
        lopdf::Error::UnsupportedSecurityHandler(_) | lopdf::Error::Decryption(_) => Refusal::EncryptionUnsupported,
        _ => Refusal::Damaged,
    }
}

/// Encrypted files name their encryption in a trailer, and trailers are never compressed: most files need no closer look.
fn names_encryption(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"/Encrypt";
    bytes.windows(NAME.len()).any(|w| w == NAME)
}

fn says_encrypted(bytes: &[u8]) -> bool {
    Document::load_metadata_mem(bytes).map_or(true, |m| m.encrypted)
}
