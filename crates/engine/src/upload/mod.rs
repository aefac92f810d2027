//! Files on their way in, piece by piece. No server holds anything of an upload: its row says how far it came, its pieces are blobs, and
//! any server may take the next one. Whoever brings a piece says where it begins; of two who bring the same, one is refused.

mod direct;
mod hash;
mod piece;

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use gristmill_blob::Key;
use gristmill_model::UploadId;
use gristmill_store::{Begun, NewUpload, Quota, Upload};
use uuid::Uuid;

pub use direct::{Direct, DirectPart};
pub use piece::{Checksum, Cut};

use crate::engine::Engine;
use crate::error::EngineError;

/// What owners may have on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadTerms {
    /// An upload is forgotten when nothing of it comes for so long.
    pub kept: Duration,
    /// What each owner may have on its way at once.
    pub quota: Quota,
}

impl Default for UploadTerms {
    /// A day; a thousand uploads and a tebibyte.
    fn default() -> Self {
        Self { kept: Duration::from_secs(86_400), quota: Quota { uploads: 1_000, bytes: 1 << 40 } }
    }
}

/// What a client says of a file before it sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// The owner's name for it.
    pub name: String,
    /// What the client said of it, given back as it came.
    pub metadata: String,
    /// Its size in bytes.
    pub length: u64,
    /// Whether it is only a piece of another.
    pub partial: bool,
}

/// Everything of an upload lies below this.
fn prefix(id: UploadId) -> String {
    format!("uploads/{id}")
}

impl Engine {
    /// Writes down that a file will come.
    ///
    /// # Errors
    /// [`EngineError::Quota`] when the owner has too much on its way.
    pub async fn begin_upload(&self, owner: &str, file: Announced) -> Result<Upload, EngineError> {
        let new = self.new_upload(owner, file);
        let id = new.id;
        match self.parts.store.begin_upload(new, self.parts.terms.uploads.quota).await? {
            Begun::Full { uploads, bytes } => Err(EngineError::Quota { uploads, bytes, quota: self.parts.terms.uploads.quota }),
            Begun::Created | Begun::Unfinished(_) => self.upload(owner, id).await,
        }
    }

    /// Makes one complete upload of complete partial ones, in this order. They are no uploads any more.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when one of them is not complete, not partial, or not there.
    pub async fn join_uploads(&self, owner: &str, pieces: Vec<UploadId>, file: Announced) -> Result<Upload, EngineError> {
        let new = self.new_upload(owner, Announced { length: 0, partial: false, ..file });
        let id = new.id;
        match self.parts.store.join_uploads(new, pieces).await? {
            Begun::Unfinished(piece) => {
                let message = format!("`{piece}` cannot be joined: only complete uploads that were begun as partial can, each once");
                Err(EngineError::invalid("upload_unfinished", message))
            }
            Begun::Created | Begun::Full { .. } => self.upload(owner, id).await,
        }
    }

    fn new_upload(&self, owner: &str, file: Announced) -> NewUpload {
        let id = UploadId::from_uuid(Uuid::now_v7());
        NewUpload {
            id,
            owner: owner.to_owned(),
            name: file.name.replace('\0', ""),
            metadata: file.metadata,
            length: file.length,
            partial: file.partial,
            prefix: prefix(id),
            multipart: None,
            kept: self.parts.terms.uploads.kept,
        }
    }

    /// An upload as it stands, if it is this owner's.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn upload(&self, owner: &str, id: UploadId) -> Result<Upload, EngineError> {
        let found = self.parts.store.upload(id).await?.filter(|u| u.owner == owner);
        found.ok_or_else(|| EngineError::NotFound { what: "upload", id: id.to_string() })
    }

    /// Takes bytes of an upload from `from` on, and answers how it stands then. What has come before a connection broke stays.
    ///
    /// # Errors
    /// [`EngineError::Moved`] when the upload does not stand at `from`; [`EngineError::Checksum`] when the bytes are not what was said,
    /// and then none of them stays; [`EngineError::Invalid`] when there are more than was said; [`EngineError::Cut`] when they ended early.
    pub async fn take_piece<S>(&self, owner: &str, id: UploadId, from: u64, body: S, sum: Option<Checksum>) -> Result<Upload, EngineError>
    where
        S: Stream<Item = Result<Bytes, Cut>> + Send + Unpin + 'static,
    {
        let upload = self.upload(owner, id).await?;
        if upload.multipart.is_some() {
            return Err(EngineError::invalid(
                "upload_direct",
                "the bytes of this upload go straight to the bucket, to the addresses of its parts",
            ));
        }
        if upload.received != from {
            return Err(EngineError::Moved { at: upload.received });
        }
        let (engine, owner) = (self.clone(), owner.to_owned());
        // Whoever asked may hang up, and what has come is to be kept all the same.
        let taking = tokio::spawn(async move {
            piece::take(&engine, &upload, body, sum).await?;
            engine.upload(&owner, id).await
        });
        taking.await.map_err(std::io::Error::other)?
    }

    /// Forgets an upload and what has come of it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn end_upload(&self, owner: &str, id: UploadId) -> Result<(), EngineError> {
        let upload = self.upload(owner, id).await?;
        self.abort_direct(&upload).await?;
        self.parts.store.end_upload(id).await?;
        self.parts.wake.outbox.notify_one();
        Ok(())
    }

    /// Publishes all of an upload under `to`, and answers its size and SHA-256. The upload stays.
    pub(crate) async fn publish_upload(&self, upload: &Upload, to: &Key) -> Result<gristmill_blob::Stored, EngineError> {
        if !upload.complete() {
            let message = format!("`{}` has {} of its {} bytes; send the others first", upload.id, upload.received, upload.length);
            return Err(EngineError::invalid("upload_unfinished", message));
        }
        let parts = upload.segments.iter().map(|s| s.key.parse()).collect::<Result<Vec<Key>, _>>();
        let parts = parts.map_err(|_| std::io::Error::other("a piece of an upload has no good key"))?;
        let bytes = self.parts.blobs.concat(&parts, to).await?;
        let sha256 = match upload.hash.as_deref().and_then(hash::restored) {
            Some(hash) => hash::hexadecimal(hash),
            None if upload.length == 0 => hash::hexadecimal(hash::fresh()),
            None => hash::of(self.parts.blobs.read(to, None).await?).await?,
        };
        Ok(gristmill_blob::Stored { bytes, sha256 })
    }
}
