//! The models that operations use: where they come from, what they must be, and where they lie. None is part of this program.

use std::path::{Path, PathBuf};

/// A file of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// What it is for: the folder it lies in, and the word by which people fetch it.
    pub set: &'static str,
    /// Its name.
    pub file: &'static str,
    /// The Python package it is published in, with its version.
    pub package: (&'static str, &'static str),
    /// SHA-256 of the package's wheel.
    pub wheel_sha256: &'static str,
    /// Where it lies in the wheel.
    pub inner: &'static str,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: &'static str,
    /// Under what its weights may be used.
    pub licence: &'static str,
}

const RAPIDOCR: Model = Model {
    set: "ocr",
    file: "",
    package: ("rapidocr", "3.10.0"),
    wheel_sha256: "2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050",
    inner: "",
    bytes: 0,
    sha256: "",
    licence: "Apache-2.0 (PaddleOCR)",
};

/// Finds lines of text.
pub const OCR_DETECTOR: Model = Model {
    file: "PP-OCRv6_det_small.onnx",
    inner: "rapidocr/models/PP-OCRv6_det_small.onnx",
    bytes: 9_929_594,
    sha256: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    ..RAPIDOCR
};

/// Reads lines of text.
pub const OCR_RECOGNISER: Model = Model {
    file: "PP-OCRv6_rec_small.onnx",
    inner: "rapidocr/models/PP-OCRv6_rec_small.onnx",
    bytes: 21_234_383,
    sha256: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    ..RAPIDOCR
};

/// All models that anything uses.
pub const MODELS: [Model; 2] = [OCR_DETECTOR, OCR_RECOGNISER];

/// The folder with the models of a machine.
#[derive(Debug, Clone)]
pub struct Models {
    folder: PathBuf,
}

impl Models {
    /// Those in a folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a model lies, or will lie.
    pub fn place(&self, model: &Model) -> PathBuf {
        self.folder.join(model.set).join(model.file)
    }

    /// Where a model lies, if it is there whole. What is in it was checked when it was fetched.
    pub fn file(&self, model: &Model) -> Option<PathBuf> {
        let path = self.place(model);
        let whole = |path: &Path| std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() == model.bytes);
        whole(&path).then_some(path)
    }
}
