//! Bytes as they come, cut into pieces that are each durable and written down before the next: whatever dies, so much is kept.

use std::path::Path;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use gristmill_blob::Key;
use gristmill_store::{Growth, Segment, Upload};
use sha1::Sha1;
use sha2::digest::DynDigest;
use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::hash;
use crate::engine::Engine;
use crate::error::EngineError;

/// Bytes of a piece, at least. A process that dies loses less than this.
const SMALLEST: u64 = 16 << 20;
/// The most pieces of an upload that comes at once: S3 joins ten thousand, and each is a line in the row.
const PIECES: u64 = 5_000;
/// The most pieces at all, when a client sends it in many requests.
const MOST: usize = 9_000;

/// The bytes ended before all had come: a connection broke, or what brought them did.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the bytes ended early: {0}")]
pub struct Cut(pub String);

/// What the bytes of one request must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

impl Checksum {
    /// Those there are, as they are named in HTTP.
    pub const NAMES: &str = "sha1,sha256";

    fn hasher(&self) -> Box<dyn DynDigest + Send> {
        match self {
            Self::Sha1(_) => Box::new(Sha1::new()),
            Self::Sha256(_) => Box::new(Sha256::new()),
        }
    }

    fn is(&self, found: &[u8]) -> bool {
        let (Self::Sha1(expected) | Self::Sha256(expected)) = self;
        expected == found
    }
}

/// Takes what comes. With a checksum it is one piece, so that nothing of it stays when it is wrong.
pub(super) async fn take<S>(engine: &Engine, upload: &Upload, mut body: S, sum: Option<Checksum>) -> Result<(), EngineError>
where
    S: Stream<Item = Result<Bytes, Cut>> + Send + Unpin,
{
    if upload.segments.len() >= MOST {
        let message = format!("this upload came in {MOST} pieces; send larger ones, at best all of it in one request");
        return Err(EngineError::invalid("upload_pieces", message));
    }
    let blobs = &*engine.parts.blobs;
    let size = SMALLEST.max(upload.length.div_ceil(PIECES));
    let mut writer = Writer::new(engine, upload);
    let mut hasher = sum.as_ref().map(Checksum::hasher);
    while let Some(next) = body.next().await {
        let bytes = match next {
            Ok(bytes) => bytes,
            Err(cut) => {
                if sum.is_none() {
                    writer.publish().await?;
                }
                return Err(EngineError::Cut(cut));
            }
        };
        if bytes.len() as u64 > upload.length - writer.end() {
            let message = format!("more bytes came than the {} that were announced", upload.length);
            return Err(EngineError::invalid("upload_too_long", message));
        }
        if let Some(hasher) = &mut hasher {
            hasher.update(&bytes);
        }
        writer.write(&bytes, blobs.spool()).await?;
        if sum.is_none() && writer.pending() >= size {
            writer.publish().await?;
        }
    }
    if let (Some(sum), Some(hasher)) = (&sum, hasher)
        && !sum.is(&hasher.finalize())
    {
        return Err(EngineError::Checksum);
    }
    writer.publish().await
}

/// The piece that is being made. Dropping it leaves nothing behind.
struct Writer<'a> {
    engine: &'a Engine,
    upload: &'a Upload,
    /// Where the piece begins.
    from: u64,
    /// Of all before the piece and in it; unknown when what came before was joined.
    hash: Option<Sha256>,
    piece: Option<(File, TempPath, u64)>,
}

impl<'a> Writer<'a> {
    fn new(engine: &'a Engine, upload: &'a Upload) -> Self {
        let hash = if upload.received == 0 { Some(hash::fresh()) } else { upload.hash.as_deref().and_then(hash::restored) };
        Self { engine, upload, from: upload.received, hash, piece: None }
    }

    fn pending(&self) -> u64 {
        self.piece.as_ref().map_or(0, |(.., bytes)| *bytes)
    }

    fn end(&self) -> u64 {
        self.from + self.pending()
    }

    async fn write(&mut self, bytes: &Bytes, spool: &Path) -> Result<(), EngineError> {
        if self.piece.is_none() {
            let (file, path) = tempfile::Builder::new().prefix("piece-").tempfile_in(spool)?.into_parts();
            self.piece = Some((File::from_std(file), path, 0));
        }
        if let Some((file, _, pending)) = &mut self.piece {
            file.write_all(bytes).await?;
            *pending += bytes.len() as u64;
        }
        if let Some(hash) = &mut self.hash {
            Digest::update(hash, bytes);
        }
        Ok(())
    }

    /// Makes the piece a blob, then writes it down; between the two a crash leaves a blob that goes with the upload.
    async fn publish(&mut self) -> Result<(), EngineError> {
        let Some((mut file, path, bytes)) = self.piece.take() else { return Ok(()) };
        file.flush().await?;
        drop(file);
        let key = format!("{}/{}", super::prefix(self.upload.id), Uuid::now_v7().simple());
        let at: Key = key.parse().map_err(std::io::Error::other)?;
        self.engine.parts.blobs.put_file(&at, &path).await?;
        let growth = Growth {
            id: self.upload.id,
            from: self.from,
            segment: Segment { key, bytes },
            hash: self.hash.as_ref().map(hash::kept),
            kept: self.engine.parts.terms.uploads.kept,
        };
        if self.engine.parts.store.grow_upload(growth).await? {
            self.from += bytes;
            return Ok(());
        }
        // Another request brought these bytes, or the upload was ended.
        self.engine.parts.blobs.delete(&at).await?;
        let at = self.engine.parts.store.upload(self.upload.id).await?.map_or(0, |u| u.received);
        Err(EngineError::Moved { at })
    }
}
