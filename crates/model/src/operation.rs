//! What the engine must know of an operation without running it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which resource a task mostly uses. Workers hold slots per class, so thumbnails do not wait behind films.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Mostly waiting: checks, probes, copies.
    Io,
    /// Seconds of one core: images, pages.
    CpuSmall,
    /// Minutes of all cores: video.
    CpuLarge,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Io, Self::CpuSmall, Self::CpuLarge];

    /// The name used in rows, pipelines and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::CpuSmall => "cpu-small",
            Self::CpuLarge => "cpu-large",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == name)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a file is by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A still or animated picture.
    Image,
    /// Moving pictures, with or without sound.
    Video,
    /// Sound alone.
    Audio,
    /// Pages.
    Document,
}

impl Kind {
    /// The name used in pipelines and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
        }
    }
}
