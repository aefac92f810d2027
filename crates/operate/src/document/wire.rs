//! What the worker asks of a document child and what it answers: JSON beside passed descriptors, as [`crate::child`] has it. What may be
//! long (words of a page, pixels) goes through files.

use gristmill_layout::{FormField, Line, Matrix, Page};
use gristmill_picture::PixelLimits;
use serde::{Deserialize, Serialize};

use crate::context::Password;

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub form: Form,
    /// What the document opens with. It comes over the socket, never as an argument.
    pub password: Option<Password>,
    pub limits: Limits,
    pub work: Work,
}

/// What the first input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    Pdf,
    /// A picture, or a TIFF of several.
    Picture,
}

/// How much of a document is taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Pages of a file.
    pub pages: u32,
    /// Bytes of a file, all of which are held while a page is worked on.
    pub file_bytes: u64,
    /// Bounds on pictures.
    pub pixels: PixelLimits,
}

impl Default for Limits {
    fn default() -> Self {
        let pixels = PixelLimits::default();
        Self { pages: 10_000, file_bytes: 512 << 20, pixels: PixelLimits { file_bytes: 512 << 20, ..pixels } }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Answers [`Inspected`].
    Inspect,
    /// Writes a line of JSON for each page from this one on: a [`Look`].
    Survey { from: u32 },
    /// Writes the whole file without its encryption; answers whether there was any.
    Decrypt,
    /// Writes a page as a PPM, at most so many dots an inch (of a PDF) and pixels; answers [`Taken`].
    Take { page: u32, dpi: f64, most_pixels: u64 },
    /// Lays the PPM that is the input straight, makes it smaller if its small letters are taller than `letters` pixels, and writes how
    /// light it is as a PGM; answers [`Levelled`].
    Level { perspective: bool, letters: Option<f64> },
    /// Lays the PPM that is the input straight and writes it as a JPEG of at most so many bytes, if that can be; answers [`Straight`].
    Pack { perspective: bool, most_bytes: u64 },
    /// Reads the PPM that is the input with the models that are the second and third, and writes the lines; answers [`Straight`].
    Read { languages: Vec<String>, perspective: bool },
    /// Writes the PPM that is the input, `scale` pixels a unit, as a WebP for people: `size` units, as it was straightened; answers [`Shown`].
    Show { scale: f64, quality: u8, size: Option<(f64, f64)>, straightened: Option<Matrix> },
    /// Writes a PDF with the words of the pages in the second input, a [`Page`] a line; answers nothing.
    Searchable,
}

/// What a document is, before a page is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Inspected {
    pub pages: u32,
    pub encrypted: bool,
    /// What else it carries: `form`, `xfa`, `scripts`, `attachments`, `signed`.
    pub carries: Vec<String>,
}

/// What a page states of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Look {
    pub page: u32,
    /// In points of a PDF, in pixels of a picture.
    pub width: f64,
    pub height: f64,
    pub text: Text,
    pub lines: Vec<Line>,
    pub form: Vec<FormField>,
    pub warnings: Vec<String>,
}

/// What the text that a page states is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Text {
    /// It is the page's text.
    Stated,
    /// There is nothing on the page.
    Blank,
    /// Somebody has read a scan before.
    Embedded,
    /// The page must be read.
    Missing,
    /// The page could not even be looked at.
    Poison,
}

/// A page as pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub width: u32,
    pub height: u32,
    /// Pixels for each unit of the page.
    pub scale: f64,
    /// Something on it could not be drawn.
    pub doubtful: bool,
}

/// How pixels were laid straight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Straight {
    pub width: f64,
    pub height: f64,
    /// From the pixels that came to straight ones.
    pub matrix: Matrix,
}

/// Pixels that were laid straight and perhaps made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Levelled {
    pub straight: Straight,
    /// Pixels that were written for each straight one, at most 1.
    pub scale: f64,
}

/// A page as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub width: u32,
    pub height: u32,
}

/// Reads a file that holds a page a line, one after the other.
pub(crate) fn pages(reader: impl std::io::BufRead) -> impl Iterator<Item = std::io::Result<Page>> {
    reader.lines().map(|line| Ok(serde_json::from_str(&line?)?))
}
