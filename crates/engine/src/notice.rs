//! News of objects: a bucket says that something was put. A file that is waited for is looked for at once; in a drop-folder a job is made
//! of it. News come twice, late and in any order: each version of an object makes one job, and an object that is gone again makes none.

use gristmill_blob::hex;
use gristmill_model::JobId;
use gristmill_store::Idempotency;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::pointer::Pointer;
use crate::submit::{Bytes, File, Request};

/// A part of a bucket of whose new objects jobs are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropFolder {
    /// The bucket.
    pub bucket: String,
    /// What the names of its objects begin with, up to a slash; empty is all of it.
    pub prefix: String,
    /// The pipeline of the jobs.
    pub pipeline: String,
}

impl DropFolder {
    fn has(&self, bucket: &str, key: &str) -> bool {
        let below = || key.strip_prefix(self.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.bucket == bucket && (self.prefix.is_empty() || below())
    }
}

/// What became of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noticed {
    /// So many files that are waited for may have come, and are looked for.
    Readied(u64),
    /// A job was made of it, now or before.
    Job(JobId),
    /// It is nobody's.
    Nothing,
}

impl Engine {
    /// An object was put, as `owner` says. Nothing is believed but where it is: what is there is asked. Of the files that are waited for,
    /// those of `whose` are looked for, or all.
    ///
    /// # Errors
    /// As [`Engine::submit`]; the same news may be brought again.
    pub async fn object_put(&self, owner: &str, whose: Option<String>, bucket: &str, key: &str) -> Result<Noticed, EngineError> {
        let pointer = Pointer::Bucket { bucket: bucket.to_owned(), key: key.to_owned() };
        let awaited = self.parts.store.look_now(pointer.text(), whose).await?;
        if awaited > 0 {
            self.parts.wake.lookout.notify_one();
            return Ok(Noticed::Readied(awaited));
        }
        let Some(folder) = self.parts.terms.drops.iter().find(|folder| folder.has(bucket, key)) else { return Ok(Noticed::Nothing) };
        let object = match self.parts.sources.open(owner, &pointer).await {
            Ok(object) => object,
            Err(error) if error.is_absent() => return Ok(Noticed::Nothing),
            Err(error) => return Err(error.refused(&pointer)),
        };
        let version = object.tag().unwrap_or_default();
        let request = Request {
            owner: owner.to_owned(),
            pipeline: folder.pipeline.clone(),
            idempotency: Some(once(&pointer.text(), version)),
            ..Request::default()
        };
        let file = File::new("", Bytes::Pointer(pointer));
        Ok(Noticed::Job(self.submit(request, vec![file]).await?.job))
    }
}

/// The same for the same version of the same object, however often it is told.
fn once(place: &str, version: &str) -> Idempotency {
    let mut sha = Sha256::new();
    sha.update(place);
    sha.update([0]);
    sha.update(version);
    let hash = hex(&sha.finalize());
    Idempotency { key: format!("object {hash}"), fingerprint: hash }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_folder_has_what_is_below_it() {
        let folder = |prefix: &str| DropFolder { bucket: "in".into(), prefix: prefix.into(), pipeline: "image".into() };
        assert!(folder("a").has("in", "a/x.png") && folder("").has("in", "x.png"));
        assert!(!folder("a").has("in", "ab/x.png") && !folder("a").has("out", "a/x.png") && !folder("a").has("in", "a"));
    }

    #[test]
    fn each_version_of_each_object_is_another() {
        let keys = [("s3://a/b", "1"), ("s3://a/b", "2"), ("s3://a/c", "1")].map(|(place, version)| once(place, version).key);
        assert!(keys[0] != keys[1] && keys[0] != keys[2]);
        assert_eq!(once("s3://a/b", "1"), once("s3://a/b", "1"));
    }
}
