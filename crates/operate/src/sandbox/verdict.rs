//! Why a child did not end well, and whose fault that was. Pure.

use std::path::Path;

use super::limits::Limits;
use super::sys::Ended;
use super::watch::Stop;
use crate::operation::OperationError;

/// Signals by which an operator or the kernel's out-of-memory killer ends a process. A crash (segmentation fault, abort) is none of
/// them: it comes again with the same file, so the caller is to judge it.
const FROM_OUTSIDE: [i32; 5] = [libc::SIGKILL, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT];

/// Judges the end of a run. Fine is also: it failed by itself, for the caller to explain.
pub(super) fn judge(program: &Path, stop: Option<Stop>, ended: &Ended, stderr: &str, limits: &Limits) -> Result<(), OperationError> {
    let name = name(program);
    match stop {
        Some(Stop::Cancelled) => return Err(OperationError::tool("cancelled", "The step was stopped before its end.")),
        Some(Stop::Wall) => return Err(too_long(&format!("{name} needed more than {} s", limits.wall.as_secs()))),
        Some(Stop::Silence) => return Err(too_long(&format!("{name} made no progress for {} s", limits.silence.as_secs()))),
        None if ended.code == Some(0) => return Ok(()),
        None => {}
    }
    let stderr = &said(stderr).collect::<Vec<_>>().join("\n");
    if ended.signal == Some(libc::SIGXCPU) || ended.cpu >= limits.cpu {
        return Err(too_long(&format!("{name} needed more than {} s of processor time", limits.cpu.as_secs())));
    }
    if ended.signal == Some(libc::SIGXFSZ) || stderr.contains("File too large") {
        return Err(OperationError::limit(
            "output_too_large",
            format!(
                "{name} was about to write a file above the limit of {} MiB; a smaller or shorter file may pass.",
                limits.file_bytes >> 20
            ),
        ));
    }
    if stderr.contains("No space left on device") || stderr.contains("Disk quota exceeded") {
        return Err(OperationError::tool(
            "disk_full",
            "The worker's disk is full; the step is tried again later. Free some space or move the data folder.",
        ));
    }
    if out_of_memory(stderr) {
        return Err(OperationError::limit(
            "tool_memory_limit",
            format!("{name} needed more than the {} MiB of memory it may use for this file.", limits.memory_bytes >> 20),
        ));
    }
    match ended.signal {
        Some(signal) if FROM_OUTSIDE.contains(&signal) => Err(OperationError::tool(
            "tool_killed",
            format!(
                "{name} was ended from outside by signal {signal}, by an operator or because the machine ran out of memory; the step is tried again."
            ),
        )),
        _ => Ok(()),
    }
}

/// The lines by which a tool is judged: of ffmpeg, which marks each message with its level, the errors; of other tools all. Other
/// messages of ffmpeg repeat what the file says of itself (its title, say), which must not choose the verdict.
pub(crate) fn said(stderr: &str) -> impl Iterator<Item = &str> {
    let marked = stderr.lines().any(|line| level(line).is_some());
    stderr.lines().filter(move |line| !marked || matches!(level(line), Some("error" | "fatal" | "panic")))
}

/// The level at the beginning of a line of ffmpeg, after the parts of it that speak (`[mov @ 0x55] `, at times two).
fn level(line: &str) -> Option<&str> {
    let mut rest = line;
    loop {
        let (mark, after) = rest.strip_prefix('[')?.split_once("] ")?;
        match mark {
            "panic" | "fatal" | "error" | "warning" | "info" | "verbose" | "debug" | "trace" => return Some(mark),
            speaker if speaker.contains(" @ 0x") => rest = after,
            _ => return None,
        }
    }
}

/// What is said when a program is not installed.
pub(super) fn missing(program: &Path) -> OperationError {
    let name = name(program);
    let package = match name.as_str() {
        "ffmpeg" | "ffprobe" => "ffmpeg",
        "heif-convert" | "heif-info" => "libheif-examples",
        "tesseract" => "tesseract-ocr",
        "pdftoppm" | "pdftotext" => "poppler-utils",
        "clamscan" | "clamdscan" => "clamav",
        other => other,
    };
    OperationError::tool(
        "tool_missing",
        format!("The program `{name}` is not installed on this worker. On Debian or Ubuntu: apt-get install {package}."),
    )
}

fn too_long(what: &str) -> OperationError {
    OperationError::limit("tool_time_limit", format!("{what} for this file and was stopped. A shorter or simpler file may pass."))
}

/// The words of the C library, of ffmpeg and of Rust for an allocation that was refused.
fn out_of_memory(stderr: &str) -> bool {
    ["cannot allocate", "out of memory", "memory allocation of", "memoryerror", "bad_alloc"]
        .iter()
        .any(|words| stderr.to_ascii_lowercase().contains(words))
}

fn name(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use gristmill_model::Fault;

    use super::{Ended, Limits, Stop, judge, missing, said};

    fn verdict(stop: Option<Stop>, code: Option<i32>, signal: Option<i32>, cpu: u64, stderr: &str) -> Option<(Fault, String)> {
        let ended = Ended { code, signal, cpu: Duration::from_secs(cpu), peak_bytes: 0 };
        judge(Path::new("/usr/bin/ffmpeg"), stop, &ended, stderr, &Limits::GLANCE).err().map(|e| (e.problem.fault, e.problem.code))
    }

    #[test]
    fn limits_are_the_files_fault_and_the_machine_is_not() {
        let limit = |code: &str| Some((Fault::Limit, code.to_owned()));
        let tool = |code: &str| Some((Fault::Tool, code.to_owned()));
        assert_eq!(verdict(Some(Stop::Wall), None, Some(9), 0, ""), limit("tool_time_limit"));
        assert_eq!(verdict(Some(Stop::Silence), None, Some(9), 0, ""), limit("tool_time_limit"));
        assert_eq!(verdict(None, None, Some(libc::SIGXCPU), 0, ""), limit("tool_time_limit"));
        assert_eq!(verdict(None, Some(255), None, 20, "received signal 24"), limit("tool_time_limit"), "ffmpeg catches the signal");
        assert_eq!(verdict(None, None, Some(libc::SIGXFSZ), 0, ""), limit("output_too_large"));
        assert_eq!(verdict(None, Some(1), None, 0, "Cannot allocate memory"), limit("tool_memory_limit"));
        assert_eq!(verdict(None, Some(1), None, 0, "x: No space left on device"), tool("disk_full"));
        assert_eq!(verdict(None, None, Some(libc::SIGKILL), 0, ""), tool("tool_killed"));
        assert_eq!(verdict(Some(Stop::Cancelled), None, Some(9), 0, ""), tool("cancelled"));
    }

    #[test]
    fn a_failure_of_its_own_is_left_to_the_caller() {
        assert_eq!(verdict(None, Some(1), None, 0, "Invalid data found"), None);
        assert_eq!(verdict(None, None, Some(libc::SIGSEGV), 0, ""), None);
        assert_eq!(verdict(None, Some(0), None, 0, "No space left on device"), None, "it says it went well");
    }

    #[test]
    fn what_a_file_says_of_itself_chooses_no_verdict() {
        let title = "[info]     title           : No space left on device\n                    : [error] Cannot allocate memory\n";
        assert_eq!(verdict(None, Some(1), None, 0, title), None);
        let error = format!("{title}[vist#0:0/h264 @ 0x55] [dec:h264 @ 0x56] [error] Cannot allocate memory\n");
        assert_eq!(verdict(None, Some(1), None, 0, &error), Some((Fault::Limit, "tool_memory_limit".into())));
        assert_eq!(said("[fatal] a\n[mov @ 0x5] [warning] b\n[x] [error] c\nd\n").collect::<Vec<_>>(), ["[fatal] a"]);
        assert_eq!(said("a\n[x] b").count(), 2, "no marks: not ffmpeg");
    }

    #[test]
    fn a_missing_program_names_the_package() {
        assert!(missing(Path::new("ffprobe")).problem.message.contains("apt-get install ffmpeg"));
    }
}
