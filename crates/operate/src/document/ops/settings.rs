//! Options of `document.ocr`.

use serde::{Deserialize, Serialize};

use super::super::engine::Provider;
use crate::operation::{Options, read_options};

/// More languages at once make every engine worse.
const MOST_LANGUAGES: usize = 8;

/// What a step may set.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// Which engine reads.
    pub ocr_provider: Provider,
    /// Languages of the document, as Tesseract names them, the most frequent first.
    pub languages: Vec<String>,
    /// What becomes of text that a file states.
    pub text_layer: TextLayer,
    /// Dots an inch at which pages of PDFs are read.
    pub dpi: u32,
    /// Whether `searchable.pdf` is made.
    pub searchable: bool,
}

/// What becomes of text that a file states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TextLayer {
    /// It is used, page by page; what others read of a scan too.
    #[default]
    Use,
    /// Scans are read again, whatever others read of them.
    Scans,
    /// Every page is read.
    Ignore,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ocr_provider: Provider::Auto, languages: vec!["eng".to_owned()], text_layer: TextLayer::Use, dpi: 300, searchable: true }
    }
}

impl Settings {
    /// Reads and checks them.
    pub(super) fn read(options: &Options) -> Result<Self, String> {
        let settings: Self = read_options(options)?;
        let named = |l: &String| (3..=16).contains(&l.len()) && l.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if settings.languages.is_empty() || settings.languages.len() > MOST_LANGUAGES || !settings.languages.iter().all(named) {
            return Err(format!("`languages` has from 1 to {MOST_LANGUAGES} names of languages such as `eng`, `nld` or `chi_sim`"));
        }
        if !(72..=600).contains(&settings.dpi) {
            return Err(format!("`dpi` is {}; it may be from 72 to 600", settings.dpi));
        }
        Ok(settings)
    }
}
