//! Uploads in parts, as S3 itself keeps them: which there are, what each has, and their ends.

use std::time::{Duration, SystemTime};

use chrono::DateTime;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use quick_xml::escape::escape;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::S3;
use super::checksum::Checksum;
use super::signer::failed;
use crate::{BlobError, Result, remote, retried};

/// An upload that was begun and is not completed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Upload {
    /// The whole name of the object, prefix included.
    pub(super) key: String,
    pub(super) upload_id: String,
    initiated: String,
}

/// A part that the server has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Part {
    /// From 1 to 10,000.
    #[serde(rename = "PartNumber")]
    pub number: u32,
    /// Its bytes.
    pub size: u64,
    /// Its entity tag, quotes included.
    #[serde(rename = "ETag")]
    pub tag: String,
    last_modified: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Uploads {
    is_truncated: bool,
    next_key_marker: String,
    next_upload_id_marker: String,
    upload: Vec<Upload>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parts {
    is_truncated: bool,
    next_part_number_marker: u32,
    part: Vec<Part>,
}

/// A part of an upload that was begun with checksums.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) number: u32,
    pub(super) tag: String,
    pub(super) sum: Checksum,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    upload_id: String,
}

#[derive(Debug, Deserialize)]
struct Whole {
    #[serde(rename = "ETag")]
    _tag: String,
}

impl S3 {
    /// The unfinished uploads of all keys that begin with `prefix`.
    pub(super) async fn uploads(&self, prefix: &str) -> Result<Vec<Upload>> {
        let (mut found, mut after) = (Vec::new(), (String::new(), String::new()));
        loop {
            let mut query = vec![("uploads", ""), ("prefix", prefix)];
            if !after.0.is_empty() {
                query.extend([("key-marker", after.0.as_str()), ("upload-id-marker", after.1.as_str())]);
            }
            let page: Uploads = self.listed(&Path::default(), &query, prefix).await?;
            found.extend(page.upload);
            let next = (page.next_key_marker, page.next_upload_id_marker);
            // A server that says there is more and not where would be asked for ever.
            if !page.is_truncated || next.0.is_empty() || next == after {
                return Ok(found);
            }
            after = next;
        }
    }

    /// The parts of one upload, in order.
    pub(super) async fn parts_of(&self, path: &Path, upload: &str) -> Result<Vec<Part>> {
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let marker = after.to_string();
            let query = [("uploadId", upload), ("part-number-marker", marker.as_str())];
            let page: Parts = self.listed(path, &query, path.as_ref()).await?;
            found.extend(page.part);
            if !page.is_truncated || page.next_part_number_marker <= after {
                found.sort_by_key(|part: &Part| part.number);
                return Ok(found);
            }
            after = page.next_part_number_marker;
        }
    }

    /// Begins an upload whose parts all have a [`Checksum::Crc32`].
    pub(super) async fn create_checked(&self, path: &Path) -> Result<String> {
        let algorithm = (HeaderName::from_static("x-amz-checksum-algorithm"), HeaderValue::from_static("CRC32"));
        let begun: Created = self.posted(path, ("uploads", ""), HeaderMap::from_iter([algorithm]), String::new()).await?;
        Ok(begun.upload_id)
    }

    /// Makes the object of all its parts.
    pub(super) async fn complete_checked(&self, path: &Path, upload: &str, parts: &[Made]) -> Result<()> {
        let part = |part: &Made| {
            let (number, tag, sum) = (part.number, escape(&part.tag), part.sum.text());
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag><ChecksumCRC32>{sum}</ChecksumCRC32></Part>")
        };
        let parts: String = parts.iter().map(part).collect();
        let body = format!(r#"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{parts}</CompleteMultipartUpload>"#);
        // What fails midway is answered with 200 too, and has no tag then.
        self.posted::<Whole>(path, ("uploadId", upload), HeaderMap::new(), body).await.map(drop)
    }

    pub(super) async fn create(&self, path: &Path) -> Result<String> {
        self.signer.store().create_multipart(path).await.map_err(|e| failed(e, path.as_ref()))
    }

    /// Makes the object of its parts, of which these are the tags from the first on; answers the object's tag.
    pub(super) async fn complete(&self, path: &Path, upload: &str, tags: Vec<String>) -> Result<String> {
        let parts = tags.into_iter().map(|content_id| PartId { content_id }).collect();
        let put = self.signer.store().complete_multipart(path, &upload.to_owned(), parts).await;
        put.map(|put| put.e_tag.unwrap_or_default()).map_err(|e| failed(e, path.as_ref()))
    }

    /// Forgets an upload and its parts. One that is not there is forgotten already.
    pub(super) async fn abort(&self, path: &Path, upload: &str) -> Result<()> {
        match self.signer.store().abort_multipart(path, &upload.to_owned()).await.map_err(|e| failed(e, path.as_ref())) {
            Err(BlobError::NotFound(_)) => Ok(()),
            done => done,
        }
    }

    /// Whether anything happened to an upload since `then`.
    pub(super) async fn touched_since(&self, upload: &Upload, path: &Path, then: SystemTime) -> Result<bool> {
        let since = |text: &str| DateTime::parse_from_rfc3339(text).is_ok_and(|at| SystemTime::from(at) > then);
        if since(&upload.initiated) {
            return Ok(true);
        }
        let parts = self.parts_of(path, &upload.upload_id).await?;
        Ok(parts.iter().filter_map(|part| part.last_modified.as_deref()).any(since))
    }

    /// Aborts the uploads below our prefix to which nothing happened for `age`, and answers how many. Their parts cost money until then.
    pub async fn abort_abandoned(&self, age: Duration) -> Result<usize> {
        let then = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut aborted = 0;
        for upload in self.uploads(&self.below()).await? {
            let path = Path::parse(&upload.key).map_err(|e| BlobError::unexpected(&upload.key, e.to_string()))?;
            match self.touched_since(&upload, &path, then).await {
                // Somebody completed or aborted it just now.
                Ok(true) | Err(BlobError::NotFound(_)) => {}
                Ok(false) => {
                    self.abort(&path, &upload.upload_id).await?;
                    aborted += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(aborted)
    }

    async fn posted<T: DeserializeOwned>(&self, path: &Path, query: (&str, &str), headers: HeaderMap, body: String) -> Result<T> {
        retried(self.reading.tries, || async {
            let (url, headers) = self.signer.sign_headers(Method::POST, path, &[query], headers.clone()).await?;
            let request = self.client.post(url).headers(headers).body(body.clone());
            // A service may think for as long about its parts as about a copy of them.
            let answer = remote::sent(request, path.as_ref(), self.reading.copy()).await?;
            if !answer.status().is_success() {
                return Err(remote::refused(answer, path.as_ref(), self.reading.stall).await);
            }
            let text = answer.text().await.map_err(|e| crate::answer::broken(path.as_ref(), &e))?;
            quick_xml::de::from_str(&text).map_err(|_| BlobError::unavailable(path.as_ref(), "the server could not do it"))
        })
        .await
    }

    async fn listed<T: DeserializeOwned>(&self, path: &Path, query: &[(&str, &str)], name: &str) -> Result<T> {
        retried(self.reading.tries, || async {
            let url = self.signer.sign(Method::GET, path, query).await?;
            let answer = remote::sent(self.client.get(url), name, self.reading.stall).await?;
            if !answer.status().is_success() {
                return Err(remote::refused(answer, name, self.reading.stall).await);
            }
            let text = tokio::time::timeout(self.reading.stall, answer.text()).await;
            let text = text.map_err(|_| BlobError::unavailable(name, "a list came too slowly"))?;
            let text = text.map_err(|e| crate::answer::broken(name, &e))?;
            quick_xml::de::from_str(&text).map_err(|_| BlobError::unexpected(name, "a list that cannot be read"))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_s3_writes_them() {
        let text = r#"<?xml version="1.0"?><ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket>
            <IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>
            <Part><PartNumber>2</PartNumber><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;ab&quot;</ETag><Size>5</Size></Part>
            <Owner><ID>x</ID></Owner></ListPartsResult>"#;
        let parts: Parts = quick_xml::de::from_str(text).unwrap();
        assert_eq!((parts.is_truncated, parts.next_part_number_marker), (true, 2));
        assert_eq!((parts.part[0].number, parts.part[0].size, parts.part[0].tag.as_str()), (2, 5, "\"ab\""));
        let none: Uploads = quick_xml::de::from_str("<ListMultipartUploadsResult><Bucket>b</Bucket></ListMultipartUploadsResult>").unwrap();
        assert!(none.upload.is_empty() && !none.is_truncated);
    }
}
