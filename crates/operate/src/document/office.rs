//! Office files become PDFs by LibreOffice, confined, if it is there. It runs no macros and reaches nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::context::Context;
use crate::operation::OperationError;
use crate::sandbox::{Limits, Tool, found};

/// LibreOffice takes 2 s to start and a second for twenty pages; its address space is large though little of it is used.
const LIMITS: Limits = Limits {
    memory_bytes: 6 << 30,
    cpu: Duration::from_secs(180),
    file_bytes: 512 << 20,
    descriptors: 512,
    wall: Duration::from_secs(180),
    silence: Duration::from_secs(180),
};

/// Formats by the names that content is told by, each with the filter that reads it: none is guessed from the file.
const FORMATS: [(&str, &str); 7] = [
    ("docx", "MS Word 2007 XML"),
    ("xlsx", "Calc MS Excel 2007 XML"),
    ("pptx", "Impress MS PowerPoint 2007 XML"),
    ("odt", "writer8"),
    ("ods", "calc8"),
    ("odp", "impress8"),
    ("rtf", "Rich Text Format"),
];

/// Where it leaves the socket by which it finds itself: in its own folder, in which it starts. A whole path may be too long for a socket.
const SOCKETS: &str = "-env:OSL_SOCKET_PATH=.";

/// How it says that it made itself a profile and wants to be started again.
const AGAIN: i32 = 81;

/// Whether content of this format is an office file.
pub(crate) fn is_office(format: &str) -> bool {
    FORMATS.iter().any(|(name, _)| *name == format)
}

/// A PDF of an office file, in scratch space.
///
/// # Errors
/// `office_missing` where LibreOffice is not installed, `office_unreadable` for what it cannot read.
pub(super) async fn to_pdf(context: &Context, source: &Path, format: &str) -> Result<PathBuf, OperationError> {
    let Some(program) = program() else {
        // The file is not to blame, and no retry helps either.
        let message = "This server reads no office files: LibreOffice is not installed. Save the file as a PDF and upload that.";
        return Err(OperationError::input("office_missing", message));
    };
    let filter = FORMATS.iter().find(|(name, _)| *name == format).map_or("", |(_, filter)| filter);
    let home = context.scratch.join("office");
    std::fs::create_dir_all(&home)?;
    // Its ending would be looked at, and the path of a blob has none.
    let named = home.join(format!("source.{format}"));
    std::fs::copy(source, &named)?;
    let profile = format!("-env:UserInstallation=file://{}", home.join("profile").display());
    let infilter = format!("--infilter={filter}");
    let mut args: Vec<std::ffi::OsString> =
        [SOCKETS, profile.as_str(), "--headless", "--norestore", "--nolockcheck", "--nodefault", &infilter].map(Into::into).into();
    args.extend(["--convert-to".into(), "pdf".into(), "--outdir".into(), home.clone().into_os_string(), named.into_os_string()]);
    let tool = Tool { program, args, readable: Vec::new(), writable: Some(home.clone()), socket: None, connect: None };
    let sandbox = context.tools.sandbox.with_own_socket();
    let mut ended = sandbox.run(&tool, &LIMITS, &context.cancel, &mut |_| {}).await?;
    if ended.code == Some(AGAIN) {
        ended = sandbox.run(&tool, &LIMITS, &context.cancel, &mut |_| {}).await?;
    }
    let pdf = home.join("source.pdf");
    if ended.success && pdf.is_file() {
        return Ok(pdf);
    }
    let message =
        "The office file could not be turned into pages; it may be damaged or ask for a password. Save it as a PDF and upload that.";
    Err(OperationError::input("office_unreadable", message).because(format!("{}{}", ended.stdout, ended.stderr)))
}

/// The office itself. What starts it for people shows a picture meanwhile, and wants a socket in a folder of everyone's.
fn program() -> Option<PathBuf> {
    let starter = found("soffice")?.canonicalize().ok()?;
    Some(starter.with_file_name("soffice.bin")).filter(|p| p.is_file())
}
