//! What `file.check` reports.

use gristmill_model::operation::Kind;
use gristmill_picture::Inspected as Picture;
use serde::Serialize;

use super::probe::{Probe, Stream};
use super::sniff::Sniffed;
use crate::document::Inspected;

/// The report of a file that passed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    kind: Kind,
    format: &'static str,
    media_type: &'static str,
    bytes: u64,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    encrypted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    streams: Vec<Stream>,
    /// What an owner should know although the file passed.
    pub(super) warnings: Vec<String>,
}

impl Report {
    pub(super) fn new(sniffed: Sniffed, bytes: u64) -> Self {
        let Sniffed { kind, format, media_type } = sniffed;
        Self {
            kind,
            format,
            media_type,
            bytes,
            width: None,
            height: None,
            duration_ms: None,
            frames: None,
            pages: None,
            encrypted: false,
            streams: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Adds what a picture's headers say.
    pub(super) fn of_picture(&mut self, seen: &Picture) {
        self.width = Some(seen.width);
        self.height = Some(seen.height);
        self.frames = Some(seen.frames);
        self.pages = Some(seen.pages).filter(|pages| *pages > 1);
    }

    /// Adds what a document says of itself. Nothing it carries besides pages is run, opened or kept.
    pub(super) fn of_document(&mut self, seen: &Inspected) {
        (self.pages, self.encrypted) = (Some(seen.pages), seen.encrypted);
        if !seen.carries.is_empty() {
            self.warnings.push(format!("The document carries besides its pages: {}. Only the pages are read.", seen.carries.join(", ")));
        }
    }

    /// Adds what a probe saw, and makes a container of pictures that holds sound alone what it is.
    pub(super) fn of_media(&mut self, seen: &Probe) {
        match seen.video() {
            Some(video) => {
                self.kind = Kind::Video;
                self.width = video.width;
                self.height = video.height;
            }
            None => {
                self.kind = Kind::Audio;
                self.media_type = match self.format {
                    "mp4" => "audio/mp4",
                    "webm" => "audio/webm",
                    "matroska" => "audio/x-matroska",
                    "3gp" => "audio/3gpp",
                    "ogg" => "audio/ogg",
                    _ => self.media_type,
                };
            }
        }
        if seen.duration_measured {
            self.warnings.push("The container gives no believable duration; it was measured instead.".to_owned());
        }
        self.duration_ms = seen.duration_ms;
        self.streams.clone_from(&seen.streams);
    }
}
