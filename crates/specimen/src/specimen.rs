//! What is made, and what is known of it.

use serde_json::Value;

/// A document that was made up, with the truth of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Specimen {
    /// A name for its file, such as `receipt-003.jpg`: the kind, the seed and the media.
    pub name: String,
    /// What the bytes are.
    pub media: Media,
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: u32,
    /// What is to be read on it, row by row: texts whose baselines agree stand in one row from left to right, pages follow each other.
    /// Rules, boxes, bar codes and crosses drawn by hand are not text.
    pub text: String,
    /// What a schema finds on it.
    pub record: Option<Record>,
    /// Of free forms: labels as printed, without the colon, and what stands at them; empty where a blank is left open.
    pub pairs: Vec<(String, String)>,
}

/// The fields of a document as one of the shipped schemas has them: days in ISO 8601, amounts as decimal strings, counts and rates as
/// numbers. What is not printed is not there, except `currency`, which may follow from the country alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// `invoice`, `receipt` or `submission`.
    pub schema: &'static str,
    /// An object.
    pub fields: Value,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Media {
    /// Born digital, with its text; or a scan without any, as whoever asks for it says.
    Pdf,
    /// With loss.
    Jpeg,
    /// Without loss.
    Png,
}

impl Media {
    /// Of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// How a document came to be a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A PDF as a program writes it, with its text.
    Digital,
    /// A PDF of pictures at 300 dpi, without text.
    ScannedPdf,
    /// A scan at 150 dpi: a JPEG, or a PNG where a copier left nothing but black and white.
    Scan,
}

/// What a receipt went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wear {
    /// Faded, and laid on a flat scanner.
    Scan,
    /// Crumpled, and photographed on a table.
    Photo,
}
