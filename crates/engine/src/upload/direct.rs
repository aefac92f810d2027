//! Uploads whose bytes go straight to the bucket, in parts to signed addresses. What has come is known by the bucket alone, until all has.

use std::time::Duration;

use gristmill_blob::s3::SignedUrl;
use gristmill_blob::{Key, S3};
use gristmill_model::UploadId;
use gristmill_store::{Begun, Growth, NewUpload, Segment, Upload};

use super::Announced;
use crate::engine::Engine;
use crate::error::EngineError;

/// Bytes of a part, at least; more for what would have over [`PARTS`] of them.
const SMALLEST: u64 = 16 << 20;
/// The most parts: each is an address in one answer.
const PARTS: u64 = 1_000;
/// The longest that an address is good for, by S3.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// An upload and where its parts go.
#[derive(Debug, Clone)]
pub struct Direct {
    /// It, as it stands.
    pub upload: Upload,
    /// Bytes of each part but the last.
    pub part: u64,
    /// Its parts in order.
    pub parts: Vec<DirectPart>,
}

/// A part of an upload.
#[derive(Debug, Clone)]
pub struct DirectPart {
    /// From 1.
    pub number: u32,
    /// Where it is to be put.
    pub url: SignedUrl,
    /// Whether the bucket has it.
    pub come: bool,
}

impl Engine {
    /// Begins an upload whose parts go straight to the bucket.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when the blobs are in no bucket; [`EngineError::Quota`] when the owner has too much on its way.
    pub async fn begin_direct(&self, owner: &str, file: Announced) -> Result<Direct, EngineError> {
        let bucket = self.bucket()?;
        if file.length == 0 {
            return Err(EngineError::invalid("upload_empty", "a file without a byte has no parts; send it by tus, or as part of a form"));
        }
        let new = self.new_upload(owner, file);
        let (id, key) = (new.id, whole(new.id)?);
        // Begun before it is written down: what a crash leaves here is aborted when it is old.
        let multipart = bucket.begin_multipart(&key).await?;
        let quota = self.parts.terms.uploads.quota;
        let begun = self.parts.store.begin_upload(NewUpload { multipart: Some(multipart.clone()), ..new }, quota).await?;
        if let Begun::Full { uploads, bytes } = begun {
            bucket.abort_multipart(&key, &multipart).await?;
            return Err(EngineError::Quota { uploads, bytes, quota });
        }
        self.direct(owner, id).await
    }

    /// How an upload in parts stands, with addresses that are good from now on.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also for uploads of other owners, and for those whose bytes come through here.
    pub async fn direct(&self, owner: &str, id: UploadId) -> Result<Direct, EngineError> {
        let (upload, multipart) = self.in_parts(owner, id).await?;
        let (bucket, key) = (self.bucket()?, whole(id)?);
        let there = bucket.parts(&key, &multipart).await?;
        let part = part_size(upload.length);
        let time = self.parts.terms.uploads.kept.min(LONGEST);
        let mut parts = Vec::new();
        for number in (1u32..).take(usize::try_from(upload.length.div_ceil(part)).unwrap_or(usize::MAX)) {
            let url = bucket.presign_part(&key, &multipart, number, time).await?;
            parts.push(DirectPart { number, url, come: there.iter().any(|p| p.number == number) });
        }
        Ok(Direct { upload, part, parts })
    }

    /// Makes an upload of the parts that have come.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when some have not; it goes on as it stood then.
    pub async fn complete_direct(&self, owner: &str, id: UploadId) -> Result<Upload, EngineError> {
        let (upload, multipart) = self.in_parts(owner, id).await?;
        let (bucket, key) = (self.bucket()?, whole(id)?);
        let unfinished = |why: String| EngineError::invalid("upload_unfinished", format!("this upload cannot be completed: {why}"));
        match bucket.complete_multipart(&key, &multipart, upload.length).await {
            Ok(_) => {}
            // The answer to an earlier try was lost, or another server was first: then it is there.
            Err(gristmill_blob::BlobError::NotFound(_)) if bucket_has(bucket, &key, upload.length).await? => {}
            Err(gristmill_blob::BlobError::Unexpected { why, .. }) => return Err(unfinished(why)),
            Err(error) => return Err(error.into()),
        }
        let segment = Segment { key: key.to_string(), bytes: upload.length };
        let growth = Growth { id, from: upload.received, segment, hash: None, kept: self.parts.terms.uploads.kept };
        self.parts.store.grow_upload(growth).await?;
        self.upload(owner, id).await
    }

    /// Forgets the parts of an upload that goes straight to the bucket.
    pub(super) async fn abort_direct(&self, upload: &Upload) -> Result<(), EngineError> {
        if let (Some(multipart), Some(bucket)) = (&upload.multipart, self.parts.blobs.bucket()) {
            bucket.abort_multipart(&whole(upload.id)?, multipart).await?;
        }
        Ok(())
    }

    async fn in_parts(&self, owner: &str, id: UploadId) -> Result<(Upload, String), EngineError> {
        let upload = self.upload(owner, id).await?;
        let multipart = upload.multipart.clone();
        let multipart = multipart.ok_or_else(|| EngineError::NotFound { what: "upload", id: id.to_string() })?;
        Ok((upload, multipart))
    }

    fn bucket(&self) -> Result<&S3, EngineError> {
        let message = "the blobs of this server are in no bucket; send the file by tus to /api/v1/uploads, or as part of a form";
        self.parts.blobs.bucket().ok_or_else(|| EngineError::invalid("direct_not_available", message))
    }
}

async fn bucket_has(bucket: &S3, key: &Key, bytes: u64) -> Result<bool, EngineError> {
    use gristmill_blob::{BlobError, Blobs};
    match bucket.size(key).await {
        Ok(found) => Ok(found == bytes),
        Err(BlobError::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn whole(id: UploadId) -> Result<Key, EngineError> {
    Ok(format!("{}/whole", super::prefix(id)).parse().map_err(std::io::Error::other)?)
}

/// In whole mebibytes.
fn part_size(length: u64) -> u64 {
    SMALLEST.max(length.div_ceil(PARTS).next_multiple_of(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_few_and_never_too_small_for_a_bucket() {
        assert_eq!(part_size(1), SMALLEST);
        for length in [1, SMALLEST, 20 << 30, 1 << 40] {
            assert!(length.div_ceil(part_size(length)) <= PARTS && part_size(length) >= SMALLEST);
        }
    }
}
