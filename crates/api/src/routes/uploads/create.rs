//! `POST` announces a file, and may bring its first bytes; or joins pieces to one.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::Announced;
use gristmill_store::Upload;

use super::{address, bytes_of, standing, within};
use crate::owner::Owner;
use crate::problem::Problem;
use crate::state::Door;
use crate::tus::{self, Concat, Metadata};

/// Announce a file (tus 1.0.0).
///
/// `Location` says where its bytes go. With `Content-Type: application/offset+octet-stream` the body has the first of them, and
/// `Upload-Offset` says how many were kept. `Upload-Concat: partial` begins a piece of a file, `Upload-Concat: final;…` joins pieces.
/// Name the upload in a job as `upload:` and its id.
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    operation_id = "create_upload",
    tag = "uploads",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`."),
        ("Upload-Length" = Option<u64>, Header, description = "Its size in bytes; not for a final upload."),
        ("Upload-Metadata" = Option<String>, Header, description = "Pairs of key and Base64 value; `filename` is its name."),
        ("Upload-Concat" = Option<String>, Header, description = "`partial`, or `final;` and the addresses of the pieces."),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the Base64 hash of this body."),
    ),
    responses(
        (status = 201, description = "It may come.", headers(
            ("Location" = String, description = "Where its bytes go."),
            ("Upload-Expires" = String, description = "When it is forgotten unless more comes."),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A header is missing or not readable."),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "Another version of tus."),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "It is larger than is allowed."),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too much is on its way already."),
        (status = 460, body = Problem, content_type = "application/problem+json", description = "The bytes do not have their checksum."),
    )
)]
pub(crate) async fn create(State(door): State<Door>, Owner(owner): Owner, request: Request) -> Result<Response, Problem> {
    let headers = request.headers();
    let said = tus::metadata(tus::text(headers, &tus::METADATA)?)?;
    let begun = match tus::concat(tus::text(headers, &tus::CONCAT)?)? {
        Some(Concat::Final(pieces)) => {
            let file = announced(&said, 0, false);
            let whole = door.engine.join_uploads(&owner, pieces, file).await?;
            return Ok(created(&whole));
        }
        concat => {
            let length = length(headers)?;
            within(length, door.settings.max_upload_bytes)?;
            door.engine.begin_upload(&owner, announced(&said, length, concat.is_some())).await?
        }
    };
    if headers.get(header::CONTENT_TYPE).is_none_or(|v| v != tus::OFFSET_STREAM) {
        return Ok(created(&begun));
    }
    let sum = tus::checksum(tus::text(headers, &tus::CHECKSUM)?)?;
    let upload = door.engine.take_piece(&owner, begun.id, 0, bytes_of(request.into_body()), sum).await?;
    Ok(created(&upload))
}

fn length(headers: &HeaderMap) -> Result<u64, Problem> {
    if headers.contains_key(tus::DEFER) {
        return Err(tus::invalid(&tus::DEFER, "is not supported: say Upload-Length with the size of the file"));
    }
    tus::count(headers, &tus::LENGTH)?.ok_or_else(|| tus::invalid(&tus::LENGTH, "is missing: say the size of the file"))
}

fn announced(said: &Metadata, length: u64, partial: bool) -> Announced {
    Announced { name: said.name.clone(), metadata: said.text.clone(), length, partial }
}

fn created(upload: &Upload) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, address(upload))], standing(upload)).into_response()
}
