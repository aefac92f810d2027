//! Why a PDF is not read, why nothing is written onto one, and how much of one is looked at.

use thiserror::Error;

/// Why a PDF, or a page of it, cannot be read. Each has a code that stays the same and a sentence for the file's owner.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No password was given and the file needs one.
    #[error("The PDF asks for a password. Give it beside the file, as its `password`.")]
    PasswordNeeded,
    /// The password opens nothing.
    #[error("The password does not open the PDF. Give the right one beside the file, as its `password`.")]
    PasswordWrong,
    /// Encrypted for certificates, or in a way nobody else uses.
    #[error("The PDF is encrypted in a way that cannot be opened here. Save it without encryption, or with a password, and send it again.")]
    EncryptionUnsupported,
    /// It is no PDF any more.
    #[error("The PDF is damaged: its structure cannot be read. Open it in a viewer, save it anew, and send it again.")]
    Damaged,
    /// More pages than are taken on.
    #[error("The PDF has {pages} pages; at most {most} are taken. Split it into smaller files.")]
    TooManyPages {
        /// How many it has.
        pages: u32,
        /// See [`Limits::pages`].
        most: u32,
    },
    /// A page was asked for that the file does not have.
    #[error("There is no page {page}: the PDF has {pages}.")]
    NoSuchPage {
        /// The page, counted from 1.
        page: u32,
        /// How many there are.
        pages: u32,
    },
    /// A page whose box makes no picture, or that holds a picture too large to decode.
    #[error("Page {page} cannot be made into a picture: it, or a picture on it, is too large.")]
    PageTooLarge {
        /// The page, counted from 1.
        page: u32,
    },
    /// A page that paints without an end.
    #[error("Page {page} is too complex: what it draws is nested or repeated millions of times.")]
    TooComplex {
        /// The page, counted from 1.
        page: u32,
    },
}

impl Refusal {
    /// A name for programs; it stays the same.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PasswordNeeded => "pdf_password_needed",
            Self::PasswordWrong => "pdf_password_wrong",
            Self::EncryptionUnsupported => "pdf_encryption_unsupported",
            Self::Damaged => "pdf_damaged",
            Self::TooManyPages { .. } => "pdf_too_many_pages",
            Self::NoSuchPage { .. } => "pdf_no_such_page",
            Self::PageTooLarge { .. } => "pdf_page_too_large",
            Self::TooComplex { .. } => "pdf_too_complex",
        }
    }
}

/// Why no text is written onto a PDF. The file itself is fine: deliver it as it came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotWritable {
    /// It cannot even be read.
    #[error(transparent)]
    Unreadable(#[from] Refusal),
    /// Its author certified it and forbade changes.
    #[error("The PDF is certified, and its author allows no changes. It was left as it is.")]
    Certified,
    /// It is signed and so damaged that only writing it anew would help, which would break the signature.
    #[error("The PDF is signed and cannot be added to without breaking the signature. It was left as it is.")]
    Signed,
    /// Its encryption can be read but not written.
    #[error("The PDF is encrypted in a way that nothing can be added to. Save it without encryption to get a searchable copy.")]
    Encrypted,
    /// Its pages are stored in a way that nothing can be hung onto.
    #[error("The pages of the PDF are stored in a way that nothing can be added to. Print it into a new PDF to get a searchable copy.")]
    Pages,
    /// What was written did not read back as it should.
    #[error("The text could not be added to the PDF: the copy with text did not read back as it should. The PDF was left as it is.")]
    Unsound,
}

impl NotWritable {
    /// A name for programs; it stays the same.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(refusal) => refusal.code(),
            Self::Certified => "pdf_certified",
            Self::Signed => "pdf_signed",
            Self::Encrypted => "pdf_encryption_not_writable",
            Self::Pages => "pdf_pages_not_writable",
            Self::Unsound => "pdf_not_writable",
        }
    }
}

/// How much of a file is taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pages a file may have.
    pub pages: u32,
    /// Pixels that all pictures of one page may have together before the page is made into a picture: decoded they take up to four
    /// bytes each, some of them twice.
    pub picture_pixels: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pages: 10_000, picture_pixels: 200_000_000 }
    }
}
