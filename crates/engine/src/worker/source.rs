//! The source of an attempt: where it lies, through the gateway, or as a copy, as [`super::streaming`] decides; and what is told of that.

use std::io::{Error, ErrorKind};
use std::sync::Arc;

use gristmill_blob::{BlobError, Key, Object};
use gristmill_gateway::{Bounds, Gateway, Link};
use gristmill_operate::{HEAD, OperationError, Source};
use gristmill_store::Claimed;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::Shared;
use super::gather::Held;
use super::streaming::{Facts, why_copied, why_copied_unseen};
use crate::pointer::Pointer;

/// How a source is read. The link lives as long as this.
#[derive(Debug)]
pub(super) enum Reading {
    /// It is a file of this node.
    Local,
    /// It was copied, for this reason.
    Copy(&'static str),
    /// Tools read it through the gateway.
    Gateway(Link),
}

impl Reading {
    /// What a report says of it; nothing of what lies here anyway.
    pub(super) fn told(&self) -> Option<Value> {
        match self {
            Self::Local => None,
            Self::Copy(why) => Some(json!({ "via": "copy", "why": why })),
            Self::Gateway(link) => {
                let counts = link.counts();
                Some(
                    json!({ "via": "gateway", "why": "it is large and can be read by ranges", "bytes_fetched": counts.fetched, "requests": counts.requests }),
                )
            }
        }
    }

    /// Why tools saw connections break off, whatever they made of it.
    pub(super) fn error(&self) -> Option<OperationError> {
        match self {
            Self::Gateway(link) => link.error().map(unreadable),
            Self::Local | Self::Copy(_) => None,
        }
    }
}

/// Where a source is.
enum Place {
    /// In our own storage.
    Ours(Key),
    /// Where a pointer says.
    Theirs(Pointer),
}

impl Place {
    fn of(task: &Claimed) -> Result<Self, OperationError> {
        match Pointer::parse(&task.source) {
            Some(pointer) => Ok(Self::Theirs(pointer)),
            None => task.source.parse().map(Self::Ours).map_err(|e: gristmill_blob::InvalidKey| lost().because(e)),
        }
    }

    /// The version of it that was submitted.
    async fn object(&self, shared: &Shared, task: &Claimed) -> Result<Object, OperationError> {
        match self {
            Self::Ours(key) => shared.engine.parts.blobs.object(key).await.map_err(|e| unreadable(Arc::new(e))),
            Self::Theirs(pointer) => {
                let pinned = shared.engine.parts.sources.pinned(&task.owner, pointer, task.bytes, task.tag.as_deref());
                pinned.await.map_err(|e| e.failed(pointer))
            }
        }
    }

    /// A path with its bytes on this node.
    async fn local(&self, shared: &Shared, task: &Claimed, held: &mut Held) -> Result<Source, OperationError> {
        let path = match self {
            Self::Ours(key) => {
                let sha256 = Some(task.sha256.as_str()).filter(|sum| !sum.is_empty());
                shared.engine.parts.blobs.local(key, sha256).await.map_err(|e| unreadable(Arc::new(e)))?
            }
            Self::Theirs(pointer) => {
                let object = self.object(shared, task).await?;
                shared.engine.parts.sources.copy(&object).await.map_err(|e| e.failed(pointer))?
            }
        };
        held.push(path.clone());
        Ok(path.to_path_buf().into())
    }
}

/// The source of a task for an operation that reads it by URL so many times.
pub(super) async fn source(
    shared: &Shared,
    task: &Claimed,
    passes: Option<u32>,
    held: &mut Held,
) -> Result<(Source, Reading), OperationError> {
    let place = Place::of(task)?;
    if matches!(place, Place::Ours(_)) && !shared.engine.parts.blobs.is_remote() {
        return Ok((place.local(shared, task, held).await?, Reading::Local));
    }
    match link(shared, task, &place, passes).await? {
        Ok((source, link)) => Ok((source, Reading::Gateway(link))),
        Err(why) => Ok((place.local(shared, task, held).await?, Reading::Copy(why))),
    }
}

/// A link, or why it is better copied.
async fn link(
    shared: &Shared,
    task: &Claimed,
    place: &Place,
    passes: Option<u32>,
) -> Result<Result<(Source, Link), &'static str>, OperationError> {
    let streaming = &shared.settings.streaming;
    let confined = shared.tools.sandbox.layers().confines_connections();
    let unseen = Facts { bytes: task.bytes, head: &[], has_ranges: true, passes, confined };
    if let Some(why) = why_copied_unseen(streaming, &unseen) {
        return Ok(Err(why));
    }
    let object = place.object(shared, task).await?;
    let head = object.read_at(0..object.size().min(HEAD as u64)).await.map_err(|e| unreadable(Arc::new(e)))?;
    if let Some(why) = why_copied(streaming, &Facts { head: &head, has_ranges: object.has_ranges(), ..unseen }) {
        return Ok(Err(why));
    }
    let link = match shared.gateway.of(streaming.chunk).await.and_then(|gateway| gateway.open(&object)) {
        Ok(link) => link,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "gateway.start failed");
            return Ok(Err("the gateway could not be started"));
        }
    };
    Ok(Ok((Source::Link { url: link.url(), port: link.port(), bytes: object.size(), head }, link)))
}

/// The gateway of a worker, which is started when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Started(OnceCell<Gateway>);

impl Started {
    async fn of(&self, chunk: u64) -> std::io::Result<&Gateway> {
        self.0.get_or_try_init(|| async { Gateway::start(Bounds { chunk, ..Bounds::default() }) }).await
    }
}

/// Bytes of ours that are not there, or not readable.
pub(super) fn lost() -> OperationError {
    OperationError::tool("blob_unreadable", "Stored bytes of this file could not be read; the step is tried again.")
}

/// What an error of the storage means for the file that was read.
fn unreadable(error: Arc<BlobError>) -> OperationError {
    let told = match &*error {
        BlobError::Changed(_) => OperationError::input("source_changed", "The file was replaced while it was read. Submit it again."),
        BlobError::NotFound(_) => OperationError::input("source_gone", "The file was deleted while it was needed. Submit it again."),
        BlobError::Refused { .. } | BlobError::NoBucket(_) | BlobError::Settings(_) => {
            let message =
                "The storage of this file refused us; the step is tried again. An administrator should check `blobs.url` and its keys.";
            OperationError::tool("storage_refused", message)
        }
        BlobError::Unavailable { .. } => {
            OperationError::tool("storage_unavailable", "The storage of this file could not be reached; the step is tried again.")
        }
        BlobError::Damaged(_) => OperationError::tool(
            "source_damaged",
            "The stored bytes of this file are not those that were uploaded; the step is tried again. If that does not help, submit it again.",
        ),
        error => lost_here(error),
    };
    told.because(error)
}

/// What a copy on this node failed for: its disk is full, or bytes of ours could not be read.
pub(super) fn lost_here(error: &BlobError) -> OperationError {
    match error {
        BlobError::Io(e) if matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            OperationError::from(Error::from(e.kind()))
        }
        _ => lost(),
    }
}

#[cfg(test)]
mod tests {
    use gristmill_model::Fault;

    use super::*;

    #[test]
    fn each_error_of_the_storage_has_its_code_and_whose_fault_it_is() {
        let name = || "film".to_owned();
        for (error, fault, code) in [
            (BlobError::Changed(name()), Fault::Input, "source_changed"),
            (BlobError::NotFound(name()), Fault::Input, "source_gone"),
            (BlobError::Refused { name: name(), code: "403".into() }, Fault::Tool, "storage_refused"),
            (BlobError::Unavailable { name: name(), why: "silence".into() }, Fault::Tool, "storage_unavailable"),
            (BlobError::Damaged(name()), Fault::Tool, "source_damaged"),
            (BlobError::Io(ErrorKind::Other.into()), Fault::Tool, "blob_unreadable"),
            (BlobError::Io(ErrorKind::StorageFull.into()), Fault::Tool, "disk_full"),
        ] {
            let problem = unreadable(Arc::new(error)).problem;
            assert_eq!((problem.fault, problem.code.as_str()), (fault, code));
        }
    }
}
