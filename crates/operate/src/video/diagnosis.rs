//! What ffmpeg's last words mean: whose fault it was, in plain words. Pure.

use std::collections::BTreeMap;

use crate::operation::OperationError;
use crate::sandbox::{Finished, said};

/// Whose bytes the tool was reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// An owner's.
    Source,
    /// Ours: results of an earlier step.
    Own,
}

/// Why a run failed by itself. Limits, kills from outside and full disks have been told already by the sandbox.
pub(crate) fn explain(finished: &Finished, reading: Reading) -> OperationError {
    fault(finished, reading).because(format!("ffmpeg: {}", last_words(&finished.stderr)))
}

/// Words of ffmpeg, and what they mean to the owner of a file.
const MEANINGS: [(&str, &str, &str); 9] = [
    (
        "moov atom not found",
        "video_damaged",
        "The file's index is missing; it was probably cut off while being recorded or copied. Copy it again from where it was made.",
    ),
    (
        "not on whitelist",
        "codec_not_supported",
        "The file uses a codec that is not supported here. Convert it to H.264 and AAC and upload it again.",
    ),
    (
        "Decoder (codec",
        "codec_not_supported",
        "The file uses a codec that is not supported here. Convert it to H.264 and AAC and upload it again.",
    ),
    ("Error marking filters as finished", "video_damaged", "The picture's data is damaged beyond decoding."),
    ("error rate", "video_damaged", "Most of the file's data is damaged beyond decoding."),
    ("Could not find codec parameters", "video_damaged", "A track of the file does not say how it is encoded; the file is damaged."),
    ("Error while decoding", "video_damaged", "The file's data is damaged beyond decoding."),
    ("End of file", "video_damaged", "The file ends too early; it was probably cut off while being recorded or copied."),
    ("Invalid data found", "video_damaged", "The file's data is damaged."),
];

/// Words that mean this build of the tool lacks something or was called wrongly: never the owner's fault.
const OURS: [&str; 5] = ["Unrecognized option", "Option not found", "No such filter", "Unknown encoder", "Error parsing"];

fn fault(finished: &Finished, reading: Reading) -> OperationError {
    let stderr = said(&finished.stderr).collect::<Vec<_>>().join("\n");
    if reading == Reading::Own {
        return OperationError::tool("package_failed", "The video tool could not read what an earlier step made; the step is tried again.");
    }
    if OURS.iter().any(|words| stderr.contains(words)) {
        return OperationError::bug("tool_unsuitable", "The installed ffmpeg lacks something this step needs. Run `gristmill doctor`.");
    }
    if let Some(signal) = finished.signal {
        // A decoder that crashes will crash again on the same bytes.
        return OperationError::input("video_damaged", format!("The file is damaged in a way that stopped its decoder (signal {signal})."));
    }
    match MEANINGS.iter().find(|(words, _, _)| stderr.contains(words)) {
        Some((_, code, meaning)) => OperationError::input(code, *meaning),
        None => OperationError::input(
            "video_damaged",
            "The file cannot be decoded. Play it elsewhere to see whether it is whole, and upload it again.",
        ),
    }
}

/// The last line that is an error, cleaned; for the log.
fn last_words(stderr: &str) -> String {
    let mut errors = stderr.lines().filter(|l| is_error(l));
    errors.next_back().or_else(|| stderr.lines().next_back()).map(clean).unwrap_or_default()
}

fn is_error(line: &str) -> bool {
    ["[error]", "[fatal]", "[panic]"].iter().any(|tag| line.contains(tag))
}

/// What the line says, without who says it and without paths.
fn clean(line: &str) -> String {
    let said = ["[error]", "[fatal]", "[panic]"].iter().find_map(|tag| line.split_once(tag)).map_or(line, |(_, said)| said);
    let text = said.split_whitespace().filter(|w| !w.contains('/')).collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// What a run that succeeded complained about: at most five kinds of complaint, with how often each came.
pub(crate) fn warnings(stderr: &str) -> Vec<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    // Streams that are not used are refused their decoders on purpose.
    for line in stderr.lines().filter(|l| is_error(l) && !l.contains("not on whitelist")) {
        *counts.entry(kind(&clean(line))).or_default() += 1;
    }
    let mut found: Vec<(String, u32)> = counts.into_iter().filter(|(k, _)| !k.is_empty()).collect();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    found.into_iter().take(5).map(|(kind, n)| if n == 1 { kind } else { format!("{kind} ({n} times)") }).collect()
}

/// A complaint with its figures left out, so that equal ones are counted together.
fn kind(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#").replace("##", "#")
}

/// How many frames the source's stream `stream` was decoded to, from ffmpeg's closing account.
pub(crate) fn frames_decoded(stderr: &str, stream: u32) -> Option<u64> {
    let begin = format!("Input stream #0:{stream} (video):");
    let line = stderr.lines().rev().find(|l| l.contains(&begin))?;
    let before = line.split(" frames decoded").next()?;
    before.rsplit(' ').next()?.parse().ok()
}

/// How many packets went into output `output`, from the same account.
pub(crate) fn packets_muxed(stderr: &str, output: usize) -> Option<u64> {
    let begin = format!("Output stream #{output}:0 (");
    let line = stderr.lines().rev().find(|l| l.contains(&begin))?;
    let before = line.split(" packets muxed").next()?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gristmill_model::Fault;

    fn ended(code: Option<i32>, signal: Option<i32>, stderr: &str) -> Finished {
        Finished { success: false, code, signal, stderr: stderr.into(), stdout: String::new(), peak_bytes: 0 }
    }

    fn verdict(code: Option<i32>, signal: Option<i32>, stderr: &str) -> (Fault, String) {
        let problem = explain(&ended(code, signal, stderr), Reading::Source).problem;
        (problem.fault, problem.code)
    }

    #[test]
    fn a_damaged_file_is_its_owners_to_mend() {
        let said = "[mov @ 0x55] [error] moov atom not found\n[error] file:/x/y: Invalid data found when processing input\n";
        assert_eq!(verdict(Some(1), None, said), (Fault::Input, "video_damaged".into()));
        assert_eq!(verdict(Some(69), None, "anything"), (Fault::Input, "video_damaged".into()));
    }

    #[test]
    fn a_title_chooses_no_verdict() {
        let said = "[info]     title           : Unknown encoder\n[mov @ 0x55] [error] moov atom not found\n";
        assert_eq!(verdict(Some(1), None, said), (Fault::Input, "video_damaged".into()));
    }

    #[test]
    fn a_crash_on_hostile_bytes_is_not_tried_again() {
        assert_eq!(verdict(None, Some(libc::SIGSEGV), ""), (Fault::Input, "video_damaged".into()));
    }

    #[test]
    fn trouble_with_our_own_files_is_never_the_owners_fault() {
        let problem = explain(&ended(Some(1), None, "Invalid data found"), Reading::Own).problem;
        assert_eq!(problem.fault, Fault::Tool);
    }

    #[test]
    fn evidence_carries_no_path_of_this_machine() {
        assert_eq!(last_words("[error] file:/tmp/secret/in: Invalid data\n[info] bye"), "Invalid data");
        assert_eq!(last_words("[mp4 @ 0x55] [error] bad atom"), "bad atom");
    }

    #[test]
    fn complaints_are_counted_by_kind() {
        let said = "[h264 @ 0x1] [error] error while decoding MB 3 14\n[h264 @ 0x2] [error] error while decoding MB 11 2\n[info] fine\n";
        assert_eq!(warnings(said), ["error while decoding MB # # (2 times)"]);
    }

    #[test]
    fn the_closing_account_tells_the_frames() {
        let said = "[verbose]   Input stream #0:1 (audio): 9 packets read (1 bytes); 8 frames decoded (45056 samples); \n\
                    [verbose]   Input stream #0:0 (video): 86 packets read (3226787 bytes); 77 frames decoded; \n";
        assert_eq!(frames_decoded(said, 0), Some(77));
        assert_eq!(frames_decoded(said, 2), None);
        let said = "[verbose]   Output stream #1:0 (video): 400 packets muxed (585995 bytes); \n";
        assert_eq!((packets_muxed(said, 1), packets_muxed(said, 0)), (Some(400), None));
    }
}
