//! A form with a request and files. Files go to the spool piece by piece, so memory stays the same whatever their size;
//! they are temporary files, so whatever goes wrong (a caller that hangs up included), nothing stays behind.

use std::path::Path;

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use gristmill_engine::Engine;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use crate::extract::from_status;
use crate::linger::LINGER;
use crate::names::display_name;
use crate::problem::Problem;

/// The largest `request` part. The engine allows 64 KiB of options and metadata; JSON needs more room for them.
const LARGEST_REQUEST: usize = 256 * 1024;
/// The most files that are received; the engine takes no more.
const MOST_FILES: usize = 10_000;

/// A file in the spool. Dropping it removes the file.
pub(crate) struct Received {
    /// The owner's name for it, fit to be shown.
    pub name: String,
    /// Where it lies.
    pub path: TempPath,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// Reads the form. `check` may refuse the request before any file is read.
pub(crate) async fn read<T: DeserializeOwned>(
    engine: &Engine,
    most: u64,
    mut form: Multipart,
    check: impl FnOnce(&T) -> Result<(), Problem>,
) -> Result<(T, Vec<Received>), Problem> {
    let read = receive(engine, &mut form, check).await;
    match read {
        Err(problem) if problem.status == StatusCode::PAYLOAD_TOO_LARGE.as_u16() => Err(Problem::too_large(most)),
        Err(problem) => {
            linger(form).await;
            Err(problem)
        }
        read => read,
    }
}

async fn receive<T: DeserializeOwned>(
    engine: &Engine,
    form: &mut Multipart,
    check: impl FnOnce(&T) -> Result<(), Problem>,
) -> Result<(T, Vec<Received>), Problem> {
    let asked = match form.next_field().await? {
        Some(field) if field.name() == Some("request") => request(field).await?,
        _ => return Err(Problem::invalid("request_missing", "the first part of the form must be `request`, with the JSON of the job")),
    };
    check(&asked)?;
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await? {
        if field.name() != Some("file") {
            let name = display_name(field.name());
            return Err(Problem::invalid("part_unknown", format!("after `request` come `file` parts only; this form has `{name}`")));
        }
        if files.len() == MOST_FILES {
            return Err(Problem::invalid("files_invalid", format!("a job has at most {MOST_FILES} files")));
        }
        files.push(file(field, engine.blobs().spool()).await?);
    }
    Ok((asked, files))
}

async fn request<T: DeserializeOwned>(mut field: Field<'_>) -> Result<T, Problem> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await? {
        if text.len() + piece.len() > LARGEST_REQUEST {
            let detail = format!("the `request` part is larger than {LARGEST_REQUEST} bytes");
            return Err(Problem::invalid("request_too_large", detail));
        }
        text.extend_from_slice(&piece);
    }
    serde_json::from_slice(&text).map_err(|e| {
        let unreadable = e.is_syntax() || e.is_eof();
        let code = if unreadable { "body_invalid" } else { "request_invalid" };
        let status = if unreadable { StatusCode::BAD_REQUEST } else { StatusCode::UNPROCESSABLE_ENTITY };
        Problem::new(status, code, format!("the `request` part is not what is asked for: {e}"))
    })
}

async fn file(mut field: Field<'_>, spool: &Path) -> Result<Received, Problem> {
    let name = display_name(field.file_name());
    let (file, path) = tempfile::Builder::new().prefix("upload-").tempfile_in(spool)?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut sha = Sha256::new();
    while let Some(piece) = field.chunk().await? {
        sha.update(&piece);
        write(&mut file, &piece).await?;
    }
    file.flush().await?;
    Ok(Received { name, path, sha256: sha.finalize().into() })
}

async fn write(file: &mut tokio::fs::File, piece: &Bytes) -> Result<(), Problem> {
    Ok(file.write_all(piece).await?)
}

/// Reads on for a moment, as [`Lingering`](crate::linger::Lingering) does, through what the form has taken of the body already.
async fn linger(mut form: Multipart) {
    let drain = async {
        let mut left = LINGER.0;
        while let Ok(Some(mut field)) = form.next_field().await {
            while let Ok(Some(piece)) = field.chunk().await {
                left = left.saturating_sub(piece.len() as u64);
                if left == 0 {
                    return;
                }
            }
        }
    };
    let _ = tokio::time::timeout(LINGER.1, drain).await;
}

impl From<MultipartError> for Problem {
    /// A form that breaks off is the caller's doing, whatever the framework thinks of a body that cannot be read.
    fn from(error: MultipartError) -> Self {
        let status = if error.status() == StatusCode::PAYLOAD_TOO_LARGE { error.status() } else { StatusCode::BAD_REQUEST };
        from_status(status, error.body_text())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::RequestExt;
    use axum::body::Body;
    use axum::http::{Request, header};

    use super::*;
    use crate::wire::CreateJob;

    const HEAD: &str = "--x\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n";

    async fn refusal(pieces: Vec<io::Result<String>>) -> Problem {
        let body = Body::from_stream(futures::stream::iter(pieces));
        let sent = Request::post("/").header(header::CONTENT_TYPE, "multipart/form-data; boundary=x").body(body).unwrap();
        let mut form = sent.extract::<Multipart, _>().await.unwrap();
        let field = match form.next_field().await {
            Ok(field) => field.unwrap(),
            Err(error) => return error.into(),
        };
        request::<CreateJob>(field).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_form_that_breaks_off_is_the_callers_doing() {
        for end in [Err(io::Error::other("connection reset")), Ok(String::new())] {
            let problem = refusal(vec![Ok(HEAD.into()), Ok("{\"pipeline\"".into()), end]).await;
            assert_eq!((problem.status, problem.code.as_str()), (400, "body_invalid"));
        }
    }

    #[tokio::test]
    async fn a_request_part_that_is_no_job_is_told_why() {
        let part = |text: &str| vec![Ok(format!("{HEAD}{text}\r\n--x--\r\n"))];
        assert_eq!(refusal(part("{")).await.code, "body_invalid");
        let problem = refusal(part("{\"pipelin\":\"image\"}")).await;
        assert_eq!(problem.code, "request_invalid");
        assert!(problem.detail.contains("`pipeline`"), "{}", problem.detail);
    }

    #[tokio::test]
    async fn a_request_part_has_a_limit() {
        let text = " ".repeat(LARGEST_REQUEST + 1);
        assert_eq!(refusal(vec![Ok(HEAD.into()), Ok(text), Ok("\r\n--x--\r\n".into())]).await.code, "request_too_large");
    }
}
