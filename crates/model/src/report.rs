//! What a finished step leaves behind: facts for the steps after it, and its part of `report.json`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One produced file, before or after publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name within the file's results: `hls/master.m3u8`. Relative, `/`-separated, never `..`.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, lower-case hexadecimal.
    pub sha256: String,
}

/// How one step of a file went, as `report.json` tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step's id in its pipeline.
    pub step: String,
    /// The operation it ran.
    pub op: String,
    /// `succeeded`, `skipped`, `dead` or `cancelled`.
    pub state: String,
    /// Attempts used.
    pub attempts: u32,
    /// Wall time of the last attempt.
    pub duration_ms: u64,
    /// What was measured and decided, in the operation's own words.
    pub report: Value,
}

/// Whether `name` may be an artifact's name: relative, no empty, `.` or `..` parts, no control characters, at most 512 bytes.
pub fn is_artifact_name(name: &str) -> bool {
    let part_ok = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.len() <= 512 && !name.contains(['\\', '\0']) && !name.chars().any(char::is_control) && name.split('/').all(part_ok)
}

#[cfg(test)]
mod tests {
    use super::is_artifact_name;

    #[test]
    fn an_artifact_name_cannot_leave_its_folder() {
        assert!(is_artifact_name("hls/1080p/init.mp4"));
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "a\nb", "."] {
            assert!(!is_artifact_name(bad), "{bad:?}");
        }
    }
}
