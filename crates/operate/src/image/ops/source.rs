//! Makes an input decodable in process: HEIC and AVIF are turned into PNG by `heif-convert`, confined, once their headers passed.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_model::Fault;
use gristmill_picture::{Format, Inspected};

use crate::context::{Context, Input};
use crate::operation::OperationError;
use crate::sandbox::{Finished, Limits, Tool};

/// What a decoder of the pool can read.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    /// Whether it is upright already.
    pub upright: bool,
    /// What the headers of the original say, where the decodable file is another.
    pub original: Option<Inspected>,
}

/// The limits of `heif-convert`: a 100-megapixel picture takes about 1 GB and 20 s.
const LIMITS: Limits = Limits {
    memory_bytes: 2 << 30,
    cpu: Duration::from_secs(120),
    file_bytes: 1 << 30,
    descriptors: 64,
    wall: Duration::from_secs(60),
    silence: Duration::from_secs(60),
};

/// The input itself, or a PNG of it in scratch space.
///
/// # Errors
/// Those of [`crate::image::Pool::inspect`], and `image_damaged` when no picture comes out.
pub(super) async fn prepare(context: &Context, input: &Input) -> Result<Source, OperationError> {
    let path = input.source.path()?;
    if !is_heif(path)? {
        return Ok(Source { path: path.to_owned(), upright: false, original: None });
    }
    let original = context.tools.images.inspect(path, &context.cancel).await?;
    context.progress(0.05, "decoding");
    let folder = context.scratch.join("heif");
    std::fs::create_dir_all(&folder)?;
    let tool = Tool {
        program: "heif-convert".into(),
        args: vec![OsString::from("-q"), "100".into(), path.as_os_str().to_owned(), folder.join("out.png").into_os_string()],
        readable: vec![path.to_owned()],
        writable: Some(folder.clone()),
        socket: None,
        connect: None,
    };
    let finished = context.tools.sandbox.run(&tool, &LIMITS, &context.cancel, &mut |_| {}).await.map_err(hung_is_the_file)?;
    match first_picture(&folder) {
        Some(path) if finished.success => Ok(Source { path, upright: true, original: Some(original) }),
        _ => Err(refused(&finished)),
    }
}

/// A file with the picture of an input that the decoders in our own children read.
///
/// # Errors
/// Those of [`prepare`].
pub(crate) async fn decodable(context: &Context, input: &Input) -> Result<PathBuf, OperationError> {
    Ok(prepare(context, input).await?.path)
}

/// Told by the first bytes alone.
fn is_heif(path: &Path) -> Result<bool, OperationError> {
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(4096).read_to_end(&mut head)?;
    Ok(Format::sniff(&head).is_some_and(Format::is_heif))
}

/// A file of several pictures becomes several PNGs, numbered from one.
fn first_picture(folder: &Path) -> Option<PathBuf> {
    ["out.png", "out-1.png"].into_iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn refused(finished: &Finished) -> OperationError {
    let cause = std::io::Error::other(finished.stderr.clone());
    OperationError::input(
        "image_damaged",
        "The HEIC or AVIF picture is damaged or of a kind that is not read. Export it as JPEG or PNG and upload that.",
    )
    .because(cause)
}

/// A decoder that runs into its limits does so because of the file.
fn hung_is_the_file(error: OperationError) -> OperationError {
    if error.problem.fault == Fault::Limit {
        OperationError::limit("image_timeout", error.problem.message.clone()).because(error)
    } else {
        error
    }
}
